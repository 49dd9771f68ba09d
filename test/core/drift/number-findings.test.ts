import { expect } from 'chai';
import { chanceOfNone } from '../../../core/drift/chance.js';
import { codesOf, columnOf, compare, frame, normals, numbers, SETTINGS } from './frames.js';

const N = 4000;
const M = 2000;

describe('the chance that what so many rows have was never seen before', () => {
  it('is that of drawing them all from the current side', () => {
    // scipy.stats.hypergeom(6000, 3, 2000).pmf(3)
    expect(chanceOfNone(3, 4000, 2000)).to.be.closeTo(0.03699999794341627, 1e-12);
    expect(chanceOfNone(0, 10, 10)).to.equal(1);
    expect(chanceOfNone(11, 10, 10)).to.equal(0);
  });
});

describe('findings of numbers', () => {
  const normal = normals(11);
  /** Uniform over 0 … 10 in the reference; `draw` says what the current rows are. */
  const findings = (
    draw: (i: number) => number,
    reference: (i: number) => number = (i) => (10 * (i % 1000)) / 999,
  ): Map<string, string> => {
    const report = compare(frame({ x: numbers(N, reference) }), frame({ x: numbers(M, draw) }));
    return new Map(columnOf(report, 'x').findings.map(({ code, text }) => [code, text]));
  };
  const usual = (i: number): number => (10 * (i % 1000)) / 999;

  it('say what share of the values lies outside of the range, on which side and how far', () => {
    const found = findings((i) => (i % 50 === 0 ? 35 : i % 100 === 1 ? 10.5 : usual(i)));
    expect([...found]).to.deep.equal([
      ['outside_range', 'The reference lies between 0 and 10; 3.0 % are larger, up to 35, 2.5 times its width beyond.'],
    ]);
  });

  it('leave the verdict to the effect: a tail of 3 % is no drift', () => {
    const report = compare(frame({ x: numbers(N, usual) }), frame({ x: numbers(M, (i) => (i % 33 === 0 ? 50 : usual(i))) }));
    expect(columnOf(report, 'x').verdict).to.equal('no_drift');
    expect(codesOf(report, 'x')).to.deep.equal(['outside_range']);
    expect(report.recommendation.retrain).to.equal(false);
  });

  it('name negative values where there were none', () => {
    const found = findings((i) => (i % 20 === 0 ? -usual(i) - 1 : usual(i)));
    expect([...found.keys()]).to.deep.equal(['outside_range', 'sign_changed']);
    expect(found.get('sign_changed')).to.equal('5.0 % of the values are negative; the reference had none that were.');
  });

  it('name positive values where there were none', () => {
    expect([
      ...findings(
        (i) => (i % 20 === 0 ? 3 : -usual(i)),
        (i) => -usual(i),
      ).keys(),
    ]).to.include('sign_changed');
  });

  it('name fractions among whole numbers, and only there', () => {
    const whole = (i: number): number => i % 100;
    expect(findings((i) => (i % 4 === 0 ? (i % 99) + 0.5 : i % 100), whole).get('fractions')).to.equal(
      '25.0 % of the values have a fraction; the reference had whole numbers only.',
    );
    expect([...findings(whole, whole)]).to.deep.equal([]);
    expect([...findings(usual)]).to.deep.equal([]);
  });

  it('name infinite values apart from the range', () => {
    const found = findings((i) => (i % 40 === 0 ? Infinity : usual(i)));
    expect([...found]).to.deep.equal([['infinite_values', '2.5 % of the values are infinite; the reference had none that were.']]);
    expect([
      ...findings(
        (i) => (i % 40 === 0 ? Infinity : usual(i)),
        (i) => (i === 7 ? Infinity : usual(i)),
      ),
    ]).to.deep.equal([]);
  });

  it('survive a reference of one value, and one of none', () => {
    expect(
      [
        ...findings(
          (i) => (i % 10 === 0 ? 4 : 3),
          () => 3,
        ),
      ].map(([, text]) => text),
    ).to.deep.equal(['Every value of the reference is 3; 10.0 % are larger, up to 4.']);
    expect([...findings(usual, () => NaN).keys()]).to.deep.equal(['missing_rate_changed']);
  });

  it('are rarer than the accepted rate where nothing has changed: chance puts some rows outside of every range', () => {
    let reports = 0;
    for (let run = 0; run < 200; run++) {
      const draw = (n: number) => frame({ a: numbers(n, normal), b: numbers(n, normal), c: numbers(n, () => Math.abs(normal())) });
      const { columns } = compare(draw(400), draw(200));
      if (columns.some(({ findings: found }) => found.length > 0)) reports++;
    }
    expect(reports).to.be.at.most(200 * SETTINGS.falseAlarmRate);
  });
});
