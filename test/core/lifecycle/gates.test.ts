import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { compareModels, type CompareModels, type ModelComparison } from '../../../core/lifecycle/compare-models.js';
import { BinaryMetrics, GateResult } from '../../../core/lifecycle/gates.js';
import { mulberry32 } from '../../../core/statistics/index.js';

interface Fortnight {
  readonly name: string;
  readonly inputs: { readonly labels: string; readonly champion: number[]; readonly challenger: number[] };
  readonly expected: Readonly<Record<'champion' | 'challenger', Readonly<Record<string, number>>>>;
}

/** Scores of models trained on the electricity stream; the file says by what. */
const FORTNIGHTS = JSON.parse(readFileSync(new URL('./gates-electricity.json', import.meta.url), 'utf8')) as Fortnight[];
const GATES = {
  rocAuc: { min: 0.7, alpha: 0.05 },
  f1: { maxDrop: 0.02 },
  precision: { maxDrop: 0.05 },
  recall: { maxDrop: 0.05 },
  latencyP99Ms: { max: 5 },
};

const given = (asOf: string): CompareModels => {
  const { inputs } = FORTNIGHTS.find(({ name }) => name === asOf)!;
  return {
    labels: Uint8Array.from(inputs.labels, Number),
    championScores: Float64Array.from(inputs.champion),
    challengerScores: Float64Array.from(inputs.challenger),
    gates: GATES,
    latencyP99Ms: 0.4,
    seed: 1,
  };
};
const verdicts = ({ gates }: ModelComparison): Record<string, string> =>
  Object.fromEntries(gates.map(({ gate, verdict }) => [gate, verdict]));
const reasonOf = ({ gates }: ModelComparison, name: string): string => gates.find(({ gate }) => gate === name)!.reason;

describe('judging challengers on the electricity stream', () => {
  for (const { name, expected } of FORTNIGHTS) {
    it(`measures both models as of ${name} as scikit-learn does`, () => {
      const { champion, challenger, gates } = compareModels(given(name));
      for (const [side, metrics] of Object.entries({ champion, challenger })) {
        BinaryMetrics.parse(metrics);
        for (const [metric, value] of Object.entries(expected[side as 'champion'])) {
          expect(metrics![metric as 'f1'], `${side} ${metric}`).to.be.closeTo(value, 1e-9);
        }
      }
      for (const gate of gates) GateResult.parse(gate);
    });
  }

  it('holds back the one as of 05-13: better by 0.019, which a fortnight of half hours cannot tell from chance', () => {
    const comparison = compareModels(given('1997-05-13'));
    expect(comparison).to.deep.include({ outcome: 'inconclusive', failedGates: [] });
    expect(verdicts(comparison)['rocAuc.alpha']).to.equal('inconclusive');
    expect(comparison.reasons).to.have.length(1);
    expect(comparison.reasons[0]).to.match(
      /^ROC-AUC 0\.762 against the champion's 0\.743 on the same 672 rows: better, but it may be chance \(p = 0\.\d{3}, wanted at most 0\.05\)\.$/,
    );
  });

  it('keeps the champion as of 05-20: the challenger is under the floor', () => {
    const comparison = compareModels(given('1997-05-20'));
    expect(comparison).to.deep.include({ outcome: 'keep', failedGates: ['rocAuc.min'] });
    expect(comparison.reasons).to.deep.equal(['ROC-AUC 0.685 is under the floor of 0.7.']);
  });

  it('promotes the one as of 05-27: every gate passes', () => {
    const comparison = compareModels(given('1997-05-27'));
    expect(comparison).to.deep.include({ outcome: 'promote', failedGates: [] });
    expect(verdicts(comparison)).to.deep.equal({
      'rocAuc.min': 'pass',
      'rocAuc.alpha': 'pass',
      'f1.maxDrop': 'pass',
      'precision.maxDrop': 'pass',
      'recall.maxDrop': 'pass',
      'latencyP99Ms.max': 'pass',
    });
    expect(reasonOf(comparison, 'rocAuc.alpha')).to.match(
      /^ROC-AUC 0\.870 against the champion's 0\.651 on the same 672 rows: better \(p < 0\.001\)\.$/,
    );
  });

  it('keeps the champion when the challenger was trained on shuffled labels', () => {
    const input = given('1997-05-27');
    const random = mulberry32(4);
    const comparison = compareModels({
      ...input,
      challengerScores: input.challengerScores.map(random),
    });
    expect(comparison.outcome).to.equal('keep');
    expect(comparison.failedGates).to.include.members(['rocAuc.min', 'rocAuc.alpha']);
  });

  it('gives the same verdict again for the same seed', () => {
    expect(compareModels(given('1997-05-27'))).to.deep.equal(compareModels(given('1997-05-27')));
  });

  it('bootstraps without a champion by absolute gates alone, and says what did not apply', () => {
    const comparison = compareModels({ ...given('1997-05-13'), championScores: null });
    expect(comparison).to.deep.include({ outcome: 'promote', champion: null });
    expect(verdicts(comparison)).to.deep.equal({ 'rocAuc.min': 'pass', 'latencyP99Ms.max': 'pass' });
    expect(comparison.reasons.at(-1)).to.equal(
      'Nothing serves yet: the comparisons with a champion (rocAuc, f1, precision, recall) do not apply.',
    );
  });
});

describe('a gate', () => {
  const champion = given('1997-05-27').championScores!;

  it('does not let an equal challenger replace the champion where it must be better', () => {
    const comparison = compareModels({ ...given('1997-05-27'), challengerScores: champion, gates: { rocAuc: { alpha: 0.05 } } });
    expect(comparison).to.deep.include({ outcome: 'keep', failedGates: ['rocAuc.alpha'] });
    expect(comparison.reasons[0]).to.match(/: no better\.$/);
  });

  it('lets an equal challenger replace it where nothing better is asked for', () => {
    expect(compareModels({ ...given('1997-05-27'), challengerScores: champion, gates: { f1: { maxDrop: 0 } } }).outcome).to.equal(
      'promote',
    );
  });

  it('never lets a significantly worse challenger through, asked for or not', () => {
    const { challengerScores } = given('1997-05-27');
    const comparison = compareModels({ ...given('1997-05-27'), championScores: challengerScores, challengerScores: champion, gates: {} });
    expect(comparison).to.deep.include({ outcome: 'keep', failedGates: ['rocAuc.notWorse'] });
  });

  it('fails on a drop beyond what is allowed, and passes within it with a note on what the interval allows', () => {
    const swapped = {
      ...given('1997-05-20'),
      championScores: given('1997-05-20').challengerScores,
      challengerScores: given('1997-05-20').championScores!,
    };
    const judge = (maxDrop: number, alpha?: number): ModelComparison =>
      compareModels({ ...swapped, gates: { rocAuc: alpha === undefined ? { maxDrop } : { maxDrop, alpha } } });
    expect(judge(0.01).failedGates).to.deep.equal(['rocAuc.maxDrop']);
    expect(verdicts(judge(0.015))['rocAuc.maxDrop']).to.equal('pass');
    expect(reasonOf(judge(0.015), 'rocAuc.maxDrop')).to.match(/worse by 0\.012, 0\.015 is allowed; it could be worse by up to 0\.0\d\d\.$/);
    expect(verdicts(judge(0.015, 0.05))['rocAuc.maxDrop'], 'with alpha the whole interval must keep within').to.equal('inconclusive');
    expect(verdicts(judge(0.2, 0.05))['rocAuc.maxDrop']).to.equal('pass');
  });

  it('reads log loss and latency the other way round', () => {
    const better = compareModels({
      ...given('1997-05-27'),
      gates: { logLoss: { maxDrop: 0, max: 0.5, alpha: 0.05 }, latencyP99Ms: { max: 0.3 } },
    });
    expect(verdicts(better)).to.deep.include({ 'logLoss.max': 'pass', 'logLoss.maxDrop': 'pass', 'latencyP99Ms.max': 'fail' });
    const worse = compareModels({
      ...given('1997-05-27'),
      championScores: given('1997-05-27').challengerScores,
      challengerScores: champion,
      gates: { logLoss: { maxDrop: 0.05 } },
    });
    expect(worse.failedGates).to.include('logLoss.maxDrop');
  });
});

describe('no evidence is never a pass', () => {
  const labels = Uint8Array.of(1, 1, 1, 1);
  const scores = Float64Array.of(0.9, 0.8, 0.7, 0.2);

  it('one class leaves what needs two inconclusive', () => {
    const comparison = compareModels({
      labels,
      championScores: scores,
      challengerScores: scores,
      gates: { rocAuc: { min: 0.5 } },
      seed: 1,
    });
    expect(comparison.outcome).to.equal('inconclusive');
    expect(verdicts(comparison)).to.deep.equal({ 'rocAuc.min': 'inconclusive', 'rocAuc.notWorse': 'inconclusive' });
    expect(comparison.reasons[0]).to.equal('ROC-AUC is unknown: only one class is present.');
  });

  it('no rows leave everything inconclusive', () => {
    const none = { labels: new Uint8Array(), championScores: new Float64Array(), challengerScores: new Float64Array() };
    const comparison = compareModels({ ...none, gates: { ...GATES, logLoss: { max: 1 } }, seed: 1 });
    expect(comparison.outcome).to.equal('inconclusive');
    expect(new Set(Object.values(verdicts(comparison)))).to.deep.equal(new Set(['inconclusive']));
    expect(comparison.challenger).to.deep.include({ n: 0, rocAuc: null, f1: null, logLoss: null });
  });

  it('nothing predicted positive has no precision, and an unmeasured latency no pass', () => {
    const timid = Float64Array.of(0.1, 0.2, 0.3, 0.4);
    const comparison = compareModels({
      labels: Uint8Array.of(0, 0, 1, 1),
      championScores: null,
      challengerScores: timid,
      gates: { precision: { min: 0.5 }, latencyP99Ms: { max: 5 } },
      seed: 1,
    });
    expect(comparison.gates.map(({ reason }) => reason)).to.deep.equal([
      'Precision is unknown: nothing was predicted positive.',
      'Latency (99th percentile) is unknown: it was not measured.',
    ]);
    expect(comparison.outcome).to.equal('inconclusive');
  });

  it('a challenger that answers rows with no probability fails, one champion that does proves nothing', () => {
    const broken = Float64Array.of(0.9, NaN, 0.7, 0.2);
    const both = Uint8Array.of(1, 0, 1, 0);
    const challenger = compareModels({ labels: both, championScores: scores, challengerScores: broken, gates: {}, seed: 1 });
    expect(challenger.failedGates).to.include('scores.challenger');
    expect(challenger.challenger.n).to.equal(3);
    const champion = compareModels({ labels: both, championScores: broken, challengerScores: scores, gates: {}, seed: 1 });
    expect(verdicts(champion)['scores.champion']).to.equal('inconclusive');
  });

  it('refuses scores of other rows', () => {
    expect(() => compareModels({ labels, championScores: null, challengerScores: new Float64Array(3), gates: {}, seed: 1 })).to.throw(
      RangeError,
      'differ in length: 4, 3, 4',
    );
  });
});
