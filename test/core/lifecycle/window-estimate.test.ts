import { expect } from 'chai';
import { estimateWindow, WindowEstimate } from '../../../core/lifecycle/window-estimate.js';
import { fitCbpe, type CbpeReference } from '../../../core/quality/cbpe.js';
import { usualOfSize } from '../../../core/quality/usual-of-size.js';
import { rocAuc } from '../../../core/statistics/roc-auc.js';

/** mulberry32: the same numbers from 0 to 1 for the same seed. */
const chance = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

/**
 * Answers that are true probabilities, even between `low` and 1 − `low`. With `low` 0 the AUC is 5/6: 4x(1 − y) integrated over x > y; the
 * accuracy is the mean of max(p, 1 − p): 3/4.
 */
const calibrated = (rows: number, seed: number, low = 0) => {
  const next = chance(seed);
  const scores = Float64Array.from({ length: rows }, () => low + next() * (1 - 2 * low));
  const labels = Uint8Array.from(scores, (score) => Number(next() < score));
  return { scores, labels };
};

const unknown = (rows: number): Int8Array => new Int8Array(rows).fill(-1);
const reference = calibrated(20_000, 1);

const made = (window: Parameters<typeof estimateWindow>[1], from = reference): WindowEstimate =>
  WindowEstimate.parse(estimateWindow(from, window));

describe('the estimate of a window without labels', () => {
  it('is what theory says of true probabilities', () => {
    const { scores } = calibrated(5_000, 2);
    const { metrics, rows, referenceRows, labelled } = made({ scores, labels: unknown(5_000) });
    expect({ rows, referenceRows, labelled }).to.deep.equal({ rows: 5_000, referenceRows: 20_000, labelled: null });
    expect(metrics.rocAuc.value).to.be.closeTo(5 / 6, 0.01);
    expect(metrics.accuracy.value).to.be.closeTo(3 / 4, 0.01);
    const [low, high] = metrics.rocAuc.interval!;
    expect((high - low) / 2).to.be.closeTo(3 * metrics.rocAuc.samplingError!, 1e-12);
  });

  it('sees what worse data do to quality', () => {
    const { scores } = calibrated(5_000, 3, 0.3);
    const { metrics } = made({ scores, labels: unknown(5_000) });
    expect(metrics.accuracy.value).to.be.closeTo(0.6, 0.01); // the mean of max(p, 1 - p) between 0.3 and 0.7
    expect(metrics.accuracy.value).to.be.below(metrics.accuracy.usual![0]);
  });

  it('cannot see that the same inputs mean something else; the labels beside it can', () => {
    const { scores, labels } = calibrated(2_000, 4);
    const turned = Int8Array.from(labels, (label, row) => (row % 2 === 0 ? 1 - label : -1));
    const { metrics, labelled } = made({ scores, labels: turned });
    expect(metrics.rocAuc.value).to.be.closeTo(5 / 6, 0.02);
    expect(labelled!.rows).to.equal(1_000);
    expect(labelled!.rocAuc.value).to.be.closeTo(5 / 6, 0.02);
    expect(labelled!.realized!.value).to.be.closeTo(1 / 6, 0.04);
    expect(labelled!.realized!.interval[1]).to.be.below(labelled!.rocAuc.interval![0]);
  });

  it('leaves out rows without a score, and says so by their number', () => {
    const { scores } = calibrated(1_000, 5);
    scores.fill(NaN, 0, 400);
    expect(made({ scores, labels: unknown(1_000) }).rows).to.equal(600);
  });

  it('is a reason where there is none', () => {
    expect(estimateWindow(reference, { scores: Float64Array.of(NaN), labels: unknown(1) })).to.deep.include({
      reason: 'no row of the window has a score',
    });
    const empty = { scores: new Float64Array(0), labels: new Uint8Array(0) };
    expect(estimateWindow(empty, { scores: Float64Array.of(0.5), labels: unknown(1) })).to.deep.include({ reason: 'no rows with a score' });
  });
});

describe('where a metric would lie in a window of some size', () => {
  const fit = fitCbpe(reference.labels, reference.scores) as CbpeReference;

  for (const rows of [100, 1_000]) {
    it(`holds nearly all windows of ${rows} rows in which nothing has changed, and few in which something has`, () => {
      const { lower, upper } = usualOfSize(fit, reference, rows).rocAuc!;
      const inside = (low: number): number =>
        Array.from({ length: 200 }, (_, i) => {
          const { labels, scores } = calibrated(rows, 100 + i, low);
          const auc = rocAuc(labels, scores) as number;
          return auc >= lower! && auc <= upper!;
        }).filter(Boolean).length;
      expect(inside(0)).to.be.at.least(196);
      if (rows === 1_000) expect(inside(0.35)).to.be.at.most(4);
    });
  }

  it('is wider where the stream itself moves than chance would have it', () => {
    const [calm, wild] = [calibrated(10_000, 6), calibrated(10_000, 6)];
    const next = chance(7);
    // in every second tenth two of five labels are a coin's
    wild.labels.forEach((_, row) => {
      if (Math.floor(row / 1_000) % 2 === 0 && next() < 0.4) wild.labels[row] = Number(next() < 0.5);
    });
    const width = (rows: typeof calm): number => {
      const { lower, upper } = usualOfSize(fitCbpe(rows.labels, rows.scores) as CbpeReference, rows, 1_000).rocAuc!;
      return upper! - lower!;
    };
    expect(width(wild)).to.be.above(1.5 * width(calm));
  });

  it('is not known where the reference is too short for ten chunks with both classes', () => {
    const one = { labels: Uint8Array.of(1, 0, 1), scores: Float64Array.of(0.9, 0.2, 0.8) };
    expect(usualOfSize(fitCbpe(one.labels, one.scores) as CbpeReference, one, 10).rocAuc).to.equal(null);
  });
});
