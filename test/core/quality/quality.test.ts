/** Beyond the reference vectors: what they do not ask. */
import { expect } from 'chai';
import { binaryMetrics } from '../../../core/quality/binary-metrics.js';
import { binaryQuality } from '../../../core/quality/binary.js';
import { reliability } from '../../../core/quality/calibration.js';
import { metricInterval } from '../../../core/quality/metric-interval.js';
import { multiclassQuality } from '../../../core/quality/multiclass.js';
import { pairedDifference } from '../../../core/quality/paired.js';
import { bootstrap, isUndefined, mulberry32, wilsonInterval } from '../../../core/statistics/index.js';

const random = mulberry32(2);
const N = 2000;
const labels = Uint8Array.from({ length: N }, () => Number(random() < 0.4));
const scores = Float64Array.from(labels, (label) => Math.min(1, Math.max(0, 0.3 * label + 0.7 * random())));

describe('quality', () => {
  it('says why each undefined metric is undefined', () => {
    const quality = binaryQuality(Uint8Array.of(0, 0), Float64Array.of(-3, 0.2));
    expect(isUndefined(quality)).to.equal(false);
    expect(quality).to.deep.include({ precision: null, recall: null, f1: null, rocAuc: null, logLoss: null });
    expect((quality as { whyNull: object }).whyNull).to.deep.include({
      precision: 'no predicted positives',
      recall: 'no actual positives',
      logLoss: 'the scores are not probabilities',
    });
  });

  it('has an AUC but no interval when a class has one row', () => {
    expect(binaryMetrics(Uint8Array.of(1, 0, 0), Float64Array.of(0.9, 0.2, 0.3))).to.deep.include({ rocAuc: 1, rocAucInterval: null });
  });

  it('keeps a 0/0 class out of the means unless told to count it as 0', () => {
    const of = (zeroDivision: 0 | null): number | null => {
      const quality = multiclassQuality([0, 1, 1], [0, 1, 0], { labels: [0, 1, 2], zeroDivision });
      return isUndefined(quality) ? null : quality.macro.precision;
    };
    expect(of(null)).to.equal(0.75); // (0.5 + 1) / 2
    expect(of(0)).to.equal(0.5); // sklearn precision_score(average='macro', zero_division=0, labels=[0, 1, 2])
  });

  it('puts every row into one bin of the reliability curve', () => {
    const bins = reliability(Uint8Array.of(0, 1, 1), Float64Array.of(0.05, 0.95, 1), 10);
    expect(bins).to.deep.equal([
      { rows: 1, predicted: 0.05, observed: 0 },
      { rows: 2, predicted: 0.975, observed: 1 },
    ]);
  });
});

describe('intervals', () => {
  it('hold the metric, are the same for the same seed, and narrow with alpha', () => {
    const metrics = binaryMetrics(labels, scores);
    for (const metric of ['rocAuc', 'f1', 'precision', 'recall', 'logLoss'] as const) {
      const of = (alpha: number): readonly [number, number] =>
        metricInterval(metric, { labels, scores, threshold: 0.5 }, { alpha, seed: 3 }) as [number, number];
      const [low, high] = of(0.05);
      expect(metrics[metric], metric).to.be.within(low, high);
      expect(of(0.05)).to.deep.equal([low, high]);
      expect(of(0.5)[1] - of(0.5)[0]).to.be.below(high - low);
    }
  });

  it('of a bootstrap of a mean agree with Wilson', () => {
    const of = bootstrap(N, (rows) => rows.reduce((sum, row) => sum + labels[row]!, 0) / N, { seed: 1 });
    const wilson = wilsonInterval(
      labels.reduce((a, b) => a + b, 0),
      N,
    );
    if (isUndefined(of) || isUndefined(wilson)) throw new Error('defined');
    expect(of.interval[0]).to.be.closeTo(wilson[0], 0.003);
    expect(of.interval[1]).to.be.closeTo(wilson[1], 0.003);
  });

  it('of a bootstrap in blocks widen with autocorrelation', () => {
    const runs = Uint8Array.from({ length: N }, (_, i) => Math.floor(i / 50) % 2);
    const width = (blockRows: number): number => {
      const of = bootstrap(N, (rows) => rows.reduce((sum, row) => sum + runs[row]!, 0) / N, { seed: 1, blockRows });
      if (isUndefined(of)) throw new Error('defined');
      return of.interval[1] - of.interval[0];
    };
    expect(width(25)).to.be.above(3 * width(1));
  });

  it('of a bootstrap are undefined when the statistic mostly is', () => {
    expect(isUndefined(bootstrap(10, () => null, { seed: 1 }))).to.equal(true);
    expect(isUndefined(bootstrap(0, () => 1, { seed: 1 }))).to.equal(true);
  });
});

describe('a paired difference', () => {
  const pair = { labels, champion: scores, threshold: 0.5 };

  it('is nothing, for certain, between a model and itself', () => {
    for (const metric of ['rocAuc', 'f1', 'precision', 'recall', 'logLoss'] as const) {
      const same = pairedDifference(metric, { ...pair, challenger: scores }, { alpha: 0.05, seed: 1 });
      expect(same, metric).to.deep.equal({ difference: 0, interval: [0, 0], pValue: 1 });
    }
  });

  it('finds a better model in every metric', () => {
    const better = Float64Array.from(labels, (label) => Math.min(1, Math.max(0, 0.6 * label + 0.5 * random())));
    const metrics = [binaryMetrics(labels, scores), binaryMetrics(labels, better)];
    for (const metric of ['rocAuc', 'f1', 'precision', 'recall', 'logLoss'] as const) {
      const measured = pairedDifference(metric, { ...pair, challenger: better }, { alpha: 0.05, seed: 1 });
      if (isUndefined(measured)) throw new Error('defined');
      expect(measured.difference, metric).to.be.closeTo(metrics[1]![metric]! - metrics[0]![metric]!, 1e-12);
      expect(measured.pValue, metric).to.be.below(0.01);
      expect(measured.difference).to.be.within(measured.interval[0], measured.interval[1]);
    }
  });
});
