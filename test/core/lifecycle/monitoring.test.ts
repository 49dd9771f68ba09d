import { expect } from 'chai';
import type { BinaryMetrics } from '../../../core/lifecycle/gates.js';
import { callsOf, qualityOf, readingOf, recommendationOf, triggerOf, withheld, type Quality } from '../../../core/lifecycle/monitoring.js';
import type { EstimatedMetric } from '../../../core/lifecycle/window-estimate.js';

const metrics: BinaryMetrics = {
  n: 336,
  rocAuc: 0.66,
  rocAucInterval: [0.6, 0.72],
  f1: 0.5,
  precision: 0.6,
  recall: null,
  accuracy: 0.7,
  logLoss: 0.8,
  incorrect: 100,
};
const latency = { meanMs: 2, p99Ms: 6 };

describe('checks of realized quality', () => {
  it('holds each metric against its floor or ceiling', () => {
    const limits = { rocAuc: { min: 0.7 }, f1: { min: 0.4 }, logLoss: { max: 0.7 }, latencyP99Ms: { max: 5 } };
    const { checks, failedChecks } = qualityOf(limits, metrics, latency);
    expect(failedChecks).to.deep.equal(['rocAuc', 'logLoss', 'latencyP99Ms']);
    expect(checks.map(({ reason }) => reason)).to.deep.equal([
      'rocAuc 0.66 is under 0.7',
      'f1 0.5 is within its limits',
      'logLoss 0.8 is over 0.7',
      'latencyP99Ms 6 is over 5',
    ]);
  });

  it('does not fail what cannot be measured', () => {
    const limits = { recall: { min: 0.9 }, rocAuc: { min: 0.7 }, latencyP99Ms: { max: 5 } };
    const verdicts = ({ checks }: ReturnType<typeof qualityOf>) => checks.map(({ verdict }) => verdict);
    expect(verdicts(qualityOf(limits, metrics, latency))).to.deep.equal(['inconclusive', 'fail', 'fail']);
    expect(verdicts(qualityOf(limits, null, null))).to.deep.equal(['inconclusive', 'inconclusive', 'inconclusive']);
  });

  it('with alpha fails an AUC only when it lies below its limit by more than chance', () => {
    // standard error 0.06 / 1.96 = 0.0306; one-sided 5 %: 0.66 + 1.645 · 0.0306 = 0.7104
    expect(qualityOf({ rocAuc: { min: 0.7, alpha: 0.05 } }, metrics, null).failedChecks).to.deep.equal([]);
    expect(qualityOf({ rocAuc: { min: 0.72, alpha: 0.05 } }, metrics, null).failedChecks).to.deep.equal(['rocAuc']);
    // an interval that was clipped at 1 is whole on its other side: 0.9 + 1.645 · 0.1 / 1.96 = 0.984
    const clipped: BinaryMetrics = { ...metrics, rocAuc: 0.9, rocAucInterval: [0.8, 0.95] };
    expect(qualityOf({ rocAuc: { min: 0.98, alpha: 0.05 } }, clipped, null).failedChecks).to.deep.equal([]);
    expect(qualityOf({ rocAuc: { min: 0.99, alpha: 0.05 } }, clipped, null).failedChecks).to.deep.equal(['rocAuc']);
  });
});

const metric = (value: number): EstimatedMetric => ({
  value,
  samplingError: 0.01,
  interval: [value - 0.03, value + 0.03],
  usual: [0.7, 0.9],
});
const estimate = (value: number, realized: { value: number; interval: [number, number] } | null): NonNullable<Quality['estimated']> => ({
  version: 'v1',
  rows: 336,
  referenceRows: 672,
  calibration: 'calibrated',
  metrics: {
    rocAuc: metric(value),
    f1: metric(0.6),
    precision: metric(0.6),
    recall: metric(0.6),
    specificity: metric(0.6),
    accuracy: metric(0.6),
  },
  labelled: realized && { rows: 300, rocAuc: metric(value), realized },
});

describe('quality that is estimated', () => {
  it('is told where nothing can be measured, and fails no check', () => {
    const { checks, failedChecks } = qualityOf({ rocAuc: { min: 0.9 }, logLoss: { max: 1 } }, null, null, estimate(0.8, null));
    expect(failedChecks).to.deep.equal([]);
    expect(checks.map(({ reason }) => reason)).to.deep.equal([
      'rocAuc cannot be measured in this window; estimated without labels it is 0.8 (0.77 to 0.83)',
      'logLoss cannot be measured in this window',
    ]);
  });
});

describe('drift, estimated and realized quality read together', () => {
  const limits = { quality: { rocAuc: { min: 0.65 } } };
  const read = (drift: 'drift' | 'no_drift', value: number, realized: number | null, failedChecks: string[] = []) =>
    readingOf(limits, drift, {
      estimated: estimate(value, realized === null ? null : { value: realized, interval: [realized - 0.04, realized + 0.04] }),
      failedChecks,
    })!;

  it('calls it concept drift when the data are as they were and the labels show worse than they explain', () => {
    const { reading, summary, reasons, advice } = read('no_drift', 0.8, 0.6);
    expect(reading).to.equal('concept_drift');
    expect(summary).to.match(/^Concept drift: the predictions are worse than the data explain/);
    expect(reasons.join(' ')).to.match(
      /ROC-AUC is 0\.6 \(0\.56 to 0\.64\) on 300 labelled rows.*For these inputs 0\.8 .*The inputs are as they were\./,
    );
    expect(advice).to.match(/^Retrain on recent rows only/);
  });

  it('calls it a drift of the data when these data were expected to be answered worse', () => {
    expect(read('drift', 0.6, 0.6).reading).to.equal('data_drift');
  });

  it('never calls good what the model must not be: a failed check is worse, whatever is usual', () => {
    expect(read('drift', 0.8, 0.75).reading).to.equal('harmless_drift');
    expect(read('drift', 0.8, 0.75, ['rocAuc']).reading).to.equal('worse_for_unknown_reason');
    const { reading, reasons } = read('drift', 0.8, 0.72, ['rocAuc']);
    expect(reading).to.equal('concept_drift'); // at most 0.76, and at least 0.77 was to be expected
    expect(reasons[0]).to.match(/worse than the required 0\.65\.$/);
  });

  it('says that it is without labels where it is', () => {
    expect(read('no_drift', 0.8, null).summary).to.equal('As far as can be told without labels: the predictions are as good as usual.');
  });

  it('is nothing without an estimate', () => {
    expect(readingOf(limits, 'drift', { estimated: null, failedChecks: [] })).to.equal(null);
  });
});

describe('what a window calls for', () => {
  const bad = qualityOf({ rocAuc: { min: 0.7 }, f1: { min: 0.9 } }, metrics, null);
  const good = qualityOf({}, metrics, null);
  const window = { from: '1997-05-06T00:00:00.000Z', to: '1997-05-13T00:00:00.000Z' };
  const drift = { retrain: true, reasons: ['vicprice moved.', 'transfer moved.'] };
  const calm = { retrain: false, reasons: ['too few rows.'] };

  it('is a retraining for drift and one for quality, each with its reasons', () => {
    expect(callsOf({ on: ['drift', 'quality'] }, { window, drift, quality: bad })).to.deep.equal([
      { source: 'drift', reason: 'vicprice moved. transfer moved.', key: 'drift-1997-05-13' },
      { source: 'quality', reason: 'rocAuc 0.66 is under 0.7; f1 0.5 is under 0.9', key: 'quality-1997-05-13' },
    ]);
  });

  it('is nothing when nothing is wrong or nothing is known', () => {
    expect(callsOf({ on: ['drift', 'quality'] }, { window, drift: calm, quality: good })).to.deep.equal([]);
  });

  it('is no retraining when what drifted is broken: a challenger would learn the fault', () => {
    const broken = { retrain: false, reasons: ['Every value of vicprice is missing.'] };
    expect(callsOf({ on: ['drift', 'quality'] }, { window, drift: broken, quality: good })).to.deep.equal([]);
    expect(callsOf({ on: ['drift', 'quality'] }, { window, drift: broken, quality: bad }).map(({ source }) => source)).to.deep.equal([
      'quality',
    ]);
  });

  it('is only what the model listens to', () => {
    expect(callsOf({ on: ['quality'] }, { window, drift, quality: bad }).map(({ source }) => source)).to.deep.equal(['quality']);
    expect(callsOf({ on: ['schedule'] }, { window, drift, quality: bad })).to.deep.equal([]);
  });

  it('has keys that tell windows of one day apart', () => {
    const morning = { from: '1997-05-13T00:00:00.000Z', to: '1997-05-13T06:00:00.000Z' };
    expect(callsOf({ on: ['drift'] }, { window: morning, drift, quality: good })[0]!.key).to.equal('drift-1997-05-13T06:00:00.000Z');
  });
});

describe('when drift calls', () => {
  const settings = { minShift: 0.1, falseAlarmRate: 0.05 };
  const twoOfThree = { ...settings, windows: { of: 3, drifted: 2, clearAfter: 0 } };
  const seen = (verdict: 'drift' | 'no_drift' | 'insufficient_data', version: string | null = 'v1') => ({
    verdict,
    versions: version === null ? [] : [{ version, rows: 336 }],
  });

  it('is at every window that has drifted, unless the model says otherwise', () => {
    expect(triggerOf(settings, [seen('no_drift')], seen('drift'))).to.deep.include({
      fires: true,
      rule: { windows: 1, drifted: 1, clearAfter: 0 },
    });
    expect(triggerOf(settings, [seen('drift')], seen('no_drift')).fires).to.equal(false);
  });

  it('is when so many of the last windows have, with windows of other versions and without data left out', () => {
    expect(triggerOf(twoOfThree, [seen('no_drift'), seen('no_drift')], seen('drift')).fires).to.equal(false);
    expect(triggerOf(twoOfThree, [seen('drift'), seen('no_drift')], seen('drift')).fires).to.equal(true);
    expect(triggerOf(twoOfThree, [seen('drift'), seen('insufficient_data', null), seen('no_drift')], seen('drift')).fires).to.equal(true);
    expect(triggerOf(twoOfThree, [seen('drift', 'v0'), seen('no_drift')], seen('drift')).fires).to.equal(false);
  });

  it('is not again until so many windows were quiet, where the model asks for that', () => {
    const once = { ...settings, windows: { of: 1, drifted: 1, clearAfter: 2 } };
    const after = (...verdicts: ('drift' | 'no_drift')[]): boolean =>
      triggerOf(
        once,
        verdicts.slice(0, -1).map((verdict) => seen(verdict)),
        seen(verdicts.at(-1)!),
      ).fires;
    expect(after('drift')).to.equal(true);
    expect(after('drift', 'drift')).to.equal(false);
    expect(after('drift', 'no_drift', 'drift')).to.equal(false);
    expect(after('drift', 'no_drift', 'no_drift', 'drift')).to.equal(true);
  });

  const drift = { retrain: true, reasons: ['vicprice has shifted.'] };
  const window = { from: '1997-05-06T00:00:00.000Z', to: '1997-05-13T00:00:00.000Z' };
  const quality = { ...qualityOf({ rocAuc: { min: 0.6 } }, metrics, null), estimated: null, notEstimated: null };

  it('is no call while the rule waits, and the report says that one window alone would have called', () => {
    const trigger = triggerOf(twoOfThree, [seen('no_drift')], seen('drift'));
    const calls = callsOf({ on: ['drift'] }, { window, drift, quality, trigger });
    expect(calls).to.deep.equal([]);
    const { retrain, reasons } = recommendationOf({ on: ['drift'] }, { drift, quality, trigger }, calls);
    expect(retrain).to.equal(false);
    expect(reasons.join(' ')).to.match(
      /vicprice has shifted\. By itself the drift of this window would have called for a retraining\. .*1 of the last 2 judged windows.*No check of quality has failed\./,
    );
  });

  it('is no call of a model that does not listen, and the report says that it would have been', () => {
    const trigger = triggerOf(settings, [], seen('drift'));
    const failing = { ...quality, ...qualityOf({ rocAuc: { min: 0.9 } }, metrics, null) };
    expect(withheld({ on: ['schedule'] }, { drift, quality: failing, trigger })).to.deep.equal([
      'The drift would have called for a retraining; this model does not listen to it (retrain.on).',
      'The quality would have called for a retraining; this model does not listen to it (retrain.on).',
    ]);
    expect(withheld({ on: ['drift', 'quality'] }, { drift, quality: failing, trigger })).to.deep.equal([]);
  });

  it('recommends what is called for, with the reasons of the calls', () => {
    const trigger = triggerOf(settings, [], seen('drift'));
    const calls = callsOf({ on: ['drift'] }, { window, drift, quality, trigger });
    expect(recommendationOf({ on: ['drift'] }, { drift, quality, trigger }, calls)).to.deep.equal({
      retrain: true,
      reasons: ['vicprice has shifted.'],
    });
  });
});
