/** Decisions that peers get wrong, and that each verdict must get right: the cases of `npm run bench -- decisions`, each once. */
import { expect } from 'chai';
import { falseAlarms } from '../../bench/decisions/alarms.js';
import { DECISIONS } from '../../bench/decisions/found.js';
import { autocorrelated, independent } from '../../bench/decisions/tables.js';
import { joinRare } from '../../core/drift/rare-categories.js';

describe('a decision', function () {
  this.timeout(60_000);

  for (const { name, isRight } of DECISIONS)
    it(`is right: ${name}`, () => {
      expect(isRight(20_261_124)).to.equal(true);
    });

  it('raises few alarms on 25 columns in which nothing changes, although a fifth have rare levels or missing values', () => {
    const { alarmed, windows } = falseAlarms({
      name: 'test',
      source: independent,
      reference: 2000,
      rows: 100,
      references: 5,
      windows: 20,
    });
    expect(windows).to.equal(100);
    expect(alarmed).to.be.at.most(10); // 5 % of 100 are 5; more than 10 come up in 1 of 100 runs at that rate
  });

  it('raises few alarms on 25 streams that remember, from 40 windows of each', () => {
    const { alarmed } = falseAlarms({
      name: 'test',
      source: (draws) => autocorrelated(draws, 0.9),
      reference: 8000,
      rows: 200,
      references: 4,
      windows: 10,
    });
    expect(alarmed).to.be.at.most(6); // of 40; without thresholds of its own, every one alarms
  });
});

describe('rare categories', () => {
  it('are joined until 5 rows are expected on the smaller side, by hand', () => {
    // 10 of 110 rows are current ones: of categories with 88, 11, 6 and 5 rows are expected 8, 1, 0.55 and 0.45
    expect(
      joinRare([
        [80, 10, 6, 4],
        [8, 1, 0, 1],
      ]),
    ).to.deep.equal([[100], [10]]);
    expect(
      joinRare([
        [500, 300, 3, 2],
        [490, 310, 2, 3],
      ]),
    ).to.deep.equal([
      [500, 300, 5],
      [490, 310, 5],
    ]);
  });

  it('stay what they are where enough are expected of each', () => {
    const counts = [
      [50, 50],
      [40, 60],
    ] as const;
    expect(joinRare(counts)).to.deep.equal(counts);
  });
});
