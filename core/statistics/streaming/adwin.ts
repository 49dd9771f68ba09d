import { invalid } from '../invalid.js';
import { streamDetector, type StreamDetector, type StreamState } from './detector.js';

/** Sum of some neighbouring values, and of the squares of their deviations from their own mean. */
interface Bucket {
  readonly total: number;
  readonly squares: number;
}

export interface AdwinState extends StreamState {
  /** values in the window */
  readonly width: number;
  readonly total: number;
  /** sum of squared deviations in the window; divided by `width` it is the variance */
  readonly squares: number;
  /** values seen since the last change */
  readonly seen: number;
  /** row i holds buckets of 2^i values, oldest first; the oldest values are in the last row */
  readonly rows: readonly (readonly Bucket[])[];
}

export interface AdwinOptions {
  /** bound on the probability of a false alarm at one check, in (0, 1); 0.002 */
  readonly delta?: number;
  /** looks for a change after every so many values; 32 */
  readonly clock?: number;
  /** buckets of one size before the two oldest merge; 5. More is finer and slower. */
  readonly maxBuckets?: number;
  /** fewest values on either side of a cut; 5 */
  readonly minWindowLength?: number;
  /** no check before the window is longer; 10 */
  readonly gracePeriod?: number;
}

const START: AdwinState = { drift: false, warning: false, width: 0, total: 0, squares: 0, seen: 0, rows: [[]] };

type Window = Omit<AdwinState, 'drift' | 'warning'>;

/** Two buckets of `size` values each as one: Chan, Golub & LeVeque (1983). */
const merged = (a: Bucket, b: Bucket, size: number): Bucket => {
  const apart = a.total / size - b.total / size;
  return { total: a.total + b.total, squares: a.squares + b.squares + size * 0.5 * apart * apart };
};

/** Puts a bucket into the first row; a row that is overfull gives its two oldest as one to the next. */
const inserted = (rows: Window['rows'], bucket: Bucket, maxBuckets: number): Window['rows'] => {
  const next = [...rows];
  next[0] = [...rows[0]!, bucket];
  for (let i = 0; next[i]!.length > maxBuckets; i++) {
    const [oldest, second, ...rest] = next[i]!;
    next[i] = rest;
    next[i + 1] = [...(next[i + 1] ?? []), merged(oldest!, second!, 2 ** i)];
  }
  return next;
};

const grown = (window: Window, value: number, maxBuckets: number): Window => {
  const { width, total, squares } = window;
  const apart = width > 0 ? value - total / width : 0;
  return {
    width: width + 1,
    total: total + value,
    squares: squares + (width * apart * apart) / (width + 1),
    seen: window.seen + 1,
    rows: inserted(window.rows, { total: value, squares: 0 }, maxBuckets),
  };
};

/** The window without its oldest bucket. */
const shrunk = (window: Window): Window => {
  const last = window.rows.length - 1;
  const [oldest, ...rest] = window.rows[last]!;
  const size = 2 ** last;
  const width = window.width - size;
  const total = window.total - oldest!.total;
  const apart = oldest!.total / size - total / width;
  const squares = window.squares - (oldest!.squares + (size * width * apart * apart) / (size + width));
  const rows = rest.length > 0 || last === 0 ? [...window.rows.slice(0, last), rest] : window.rows.slice(0, last);
  return { width, total, squares, seen: window.seen, rows };
};

/** Whether some cut of the window leaves means that are further apart than chance allows. */
const mustBeCut = ({ width, total, squares, rows }: Window, delta: number, least: number): boolean => {
  const confidence = Math.log((2 * Math.log(width)) / delta);
  const variance = squares / width;
  let before = 0;
  let totalBefore = 0;
  let totalAfter = total;
  for (let i = rows.length - 1; i >= 0; i--) {
    for (const bucket of rows[i]!) {
      before += 2 ** i;
      totalBefore += bucket.total;
      totalAfter -= bucket.total;
      const after = width - before;
      if (before < least || after < least || after === 0) continue;
      const harmonic = 1 / (before - least + 1) + 1 / (after - least + 1);
      const allowed = Math.sqrt(2 * harmonic * variance * confidence) + (2 / 3) * confidence * harmonic;
      if (Math.abs(totalBefore / before - totalAfter / after) > allowed) return true;
    }
  }
  return false;
};

/**
 * ADWIN: keeps the longest window of recent values whose older and newer parts could have one mean, and calls it a change when the
 * older part has to go. It needs no window length from you, works on any numbers (losses, scores, a feature), and remembers n values in
 * O(log n) buckets. It has no warning zone.
 *
 * A check compares every cut of the window with a bound of Bernstein's kind: small shifts are found with many values, large ones soon.
 * `delta` bounds false alarms at *one* check of independent values; autocorrelated streams raise more.
 *
 * @throws RekindleError STATISTIC_OPTIONS_INVALID
 * @see Bifet & Gavaldà, Learning from Time-Changing Data with Adaptive Windowing (2007); `river.drift.ADWIN`, whose values these are
 */
export const adwin = (options: AdwinOptions = {}): StreamDetector<AdwinState> => {
  const { delta = 0.002, clock = 32, maxBuckets = 5, minWindowLength = 5, gracePeriod = 10 } = options;
  if (!(delta > 0 && delta < 1)) throw invalid(`delta of ADWIN is ${delta}, not in (0, 1).`);
  if (!(clock >= 1) || !(maxBuckets >= 2)) {
    throw invalid(`ADWIN needs a clock of at least 1 and at least 2 buckets per size.`);
  }
  return streamDetector(START, (state, value) => {
    let window = grown(state, value, maxBuckets);
    let drift = false;
    if (window.seen % clock === 0 && window.width > gracePeriod) {
      while (mustBeCut(window, delta, minWindowLength)) {
        window = shrunk(window);
        drift = true;
      }
    }
    return { ...window, drift, warning: false };
  });
};
