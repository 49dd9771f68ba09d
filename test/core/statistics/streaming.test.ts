/** Values computed by river; what a detector promises beside them. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import type { TestCase } from '../../../scripts/conformance/adapter.js';
import { streamingAndQualityAdapter } from '../../../scripts/conformance/streaming-and-quality.js';
import { isRekindleError } from '../../../core/errors.js';
import {
  adwin,
  ddm,
  detectChanges,
  eddm,
  hddmA,
  mulberry32,
  pageHinkley,
  type StreamDetector,
  type StreamState,
} from '../../../core/statistics/index.js';

describe('values of streaming.json', () => {
  const cases = JSON.parse(readFileSync(new URL('../../reference/streaming.json', import.meta.url), 'utf8')) as (TestCase & {
    source: string;
    expected: { drift_at: number[] };
  })[];

  for (const testCase of cases) {
    it(`${testCase.name} equals ${testCase.source}`, async () => {
      expect(await streamingAndQualityAdapter.check('streaming.json', testCase)).to.deep.equal({ verdict: 'pass' });
    });
  }

  it('are missed by a drift one value late', async () => {
    const found = cases.find(({ expected }) => expected.drift_at.length > 0)!;
    const expected = { ...found.expected, drift_at: found.expected.drift_at.map((at) => at + 1) };
    expect(await streamingAndQualityAdapter.check('streaming.json', { ...found, expected })).to.have.property('verdict', 'fail');
  });
});

/** 600 right-or-wrong answers of a model whose error rate goes from 5 % to 60 %. */
const ERRORS = ((random) => Array.from({ length: 600 }, (_, i) => Number(random() < (i < 300 ? 0.05 : 0.6))))(mulberry32(3));

const sentences = <S extends StreamState>(name: string, detector: StreamDetector<S>): void => {
  describe(name, () => {
    it('finds a tenfold error rate within 100 values, and nothing before it', () => {
      const { driftAt } = detectChanges(detector, ERRORS);
      expect(driftAt[0]).to.be.within(300, 400);
    });

    it('goes on from a stored state as if it had never stopped', () => {
      fc.assert(
        fc.property(fc.array(fc.constantFrom(0, 0, 0, 1), { maxLength: 400 }), fc.nat(400), (values, at) => {
          const whole = detectChanges(detector, values);
          const first = detectChanges(detector, values.slice(0, at));
          const second = detectChanges(detector, values.slice(at), JSON.parse(JSON.stringify(first.state)) as S);
          expect(second.state).to.deep.equal(whole.state);
          expect([...first.driftAt, ...second.driftAt.map((position) => position + Math.min(at, values.length))]).to.deep.equal(
            whole.driftAt,
          );
        }),
        { numRuns: 50 },
      );
    });

    it('leaves the state that it was given alone', () => {
      const { state } = detectChanges(detector, ERRORS.slice(0, 200));
      const before = JSON.stringify(state);
      detector.update(state, 1);
      expect(JSON.stringify(state)).to.equal(before);
    });

    it('takes missing and infinite values for nothing, and reports a drift once', () => {
      const holes = ERRORS.flatMap((value) => [value, NaN, Infinity]);
      const plain = detectChanges(detector, ERRORS);
      expect(detectChanges(detector, holes).driftAt).to.deep.equal(plain.driftAt.map((position) => 3 * position));
    });
  });
};

sentences('ADWIN', adwin());
sentences('Page–Hinkley', pageHinkley({ threshold: 10 }));
sentences('DDM', ddm());
sentences('EDDM', eddm({ beta: 0.7 }));
sentences('HDDM-A', hddmA());

describe('a detector', () => {
  it('remembers a long stream in few numbers', () => {
    const random = mulberry32(5);
    const { state } = detectChanges(adwin(), Array.from({ length: 20_000 }, random));
    expect(state.width).to.equal(20_000);
    expect(state.rows.flat().length).to.be.below(80);
  });

  it('that watches both sides finds a falling mean, one that watches one side does not', () => {
    const falling = Array.from({ length: 400 }, (_, i) => (i < 200 ? 1 : i % 2));
    expect(detectChanges(hddmA(), falling).driftAt).to.be.empty;
    expect(detectChanges(hddmA({ twoSidedTest: true }), falling).driftAt).to.not.be.empty;
    expect(detectChanges(pageHinkley({ threshold: 10, mode: 'up' }), falling).driftAt).to.be.empty;
    expect(detectChanges(pageHinkley({ threshold: 10, mode: 'down' }), falling).driftAt).to.not.be.empty;
  });

  it('refuses options that make no sense', () => {
    for (const make of [
      () => adwin({ delta: 0 }),
      () => adwin({ clock: 0 }),
      () => eddm({ alpha: 0.5 }),
      () => hddmA({ driftConfidence: 1 }),
    ]) {
      expect(make).to.throw().that.satisfies(isRekindleError).and.has.property('code', 'STATISTIC_OPTIONS_INVALID');
    }
  });
});
