import { expect } from 'chai';
import { readConceptDrift, type WindowEvidence } from '../../../core/quality/concept-drift.js';

const quiet: WindowEvidence = {
  drift: 'no_drift',
  metric: 'ROC-AUC',
  higherIsBetter: true,
  usual: { lower: 0.8, upper: 0.9 },
  estimated: { value: 0.85, band: { lower: 0.83, upper: 0.87 } },
  realized: { value: 0.85, interval: [0.83, 0.87], rows: 1000 },
};
const low = { value: 0.7, interval: [0.66, 0.74] as const, rows: 1000 };
const expectedLow = { value: 0.7, band: { lower: 0.66, upper: 0.74 } };

describe('quality and drift read together', () => {
  const cases: readonly [string, Partial<WindowEvidence>, string][] = [
    ['good data and worse quality are a change of concept', { realized: low }, 'concept_drift'],
    ['they are without an estimate as well', { realized: low, estimated: null }, 'concept_drift'],
    [
      'worse quality as expected of new data is a drift of the data',
      { drift: 'drift', realized: low, estimated: expectedLow },
      'data_drift',
    ],
    ['so is an expected fall before any label has arrived', { drift: 'drift', realized: null, estimated: expectedLow }, 'data_drift'],
    [
      'worse than the new data explain is both',
      { drift: 'drift', realized: { value: 0.5, interval: [0.45, 0.55], rows: 1000 }, estimated: expectedLow },
      'data_and_concept_drift',
    ],
    ['new data and quality as ever are harmless', { drift: 'drift' }, 'harmless_drift'],
    ['nothing is nothing', {}, 'as_usual'],
    [
      'new data and worse quality without an estimate could be either',
      { drift: 'drift', realized: low, estimated: null },
      'worse_for_unknown_reason',
    ],
    ['few rows and no labels say nothing', { drift: 'insufficient_data', realized: null, estimated: null }, 'not_known'],
    ['an interval that reaches into the usual is not worse', { realized: { value: 0.7, interval: [0.59, 0.81], rows: 40 } }, 'as_usual'],
    [
      'without a usual range quality far from its estimate is a change of concept',
      { usual: { lower: null, upper: null }, realized: low },
      'concept_drift',
    ],
  ];
  for (const [sentence, evidence, reading] of cases) {
    it(sentence, () => expect(readConceptDrift({ ...quiet, ...evidence }).reading).to.equal(reading));
  }

  it('turns round for metrics of which less is better', () => {
    const errors: WindowEvidence = {
      ...quiet,
      metric: 'MAE',
      higherIsBetter: false,
      usual: { lower: 1, upper: 2 },
      estimated: { value: 1.5, band: { lower: 1.4, upper: 1.6 } },
      realized: { value: 3, interval: [2.8, 3.2], rows: 500 },
    };
    expect(readConceptDrift(errors).reading).to.equal('concept_drift');
    expect(readConceptDrift({ ...errors, realized: { value: 0.5, interval: [0.4, 0.6], rows: 500 } }).reading).to.equal('as_usual');
  });

  it('says what it rests on, and what to do', () => {
    expect(readConceptDrift({ ...quiet, realized: low })).to.deep.equal({
      reading: 'concept_drift',
      reasons: [
        'ROC-AUC is 0.7 (0.66 to 0.74) on 1000 labelled rows, worse than the usual 0.8 to 0.9.',
        'For these inputs 0.85 (0.83 to 0.87) was to be expected: these inputs do not explain what was measured.',
        'The inputs are as they were.',
      ],
      advice: 'Retrain on recent rows only: older labels teach what no longer holds.',
    });
  });
});
