/** What every detector says after a value. Its whole state is plain JSON: store it, and go on another day on another machine. */
export interface StreamState {
  /** the stream has changed; the next value starts afresh */
  readonly drift: boolean;
  /** it may be about to: begin to collect rows for a new model */
  readonly warning: boolean;
}

/**
 * A detector of change in a stream: a value at a time, in memory that does not grow with the stream (ADWIN's grows with its logarithm).
 * `update` is pure: it gives a new state and leaves the old one alone, so a state can be stored, compared and replayed.
 */
export interface StreamDetector<S extends StreamState> {
  /** the state before any value */
  readonly start: S;
  /**
   * @param value a value that is missing or infinite (NaN, ±Infinity) adds nothing
   * @returns the state after it; after a drift the old state is forgotten first
   */
  readonly update: (state: S, value: number) => S;
}

export const streamDetector = <S extends StreamState>(start: S, step: (state: S, value: number) => S): StreamDetector<S> => ({
  start,
  update: (state, value) => {
    const from = state.drift ? start : state;
    return Number.isFinite(value) ? step(from, value) : from;
  },
});

/** What a detector found in a stream. */
export interface StreamFindings<S extends StreamState> {
  /** positions from 0 of the values at which the stream was found to have changed */
  readonly driftAt: readonly number[];
  /** number of values after which a warning stood */
  readonly warnings: number;
  /** position of the first of them */
  readonly firstWarning: number | null;
  /** the state after the last value: go on from here */
  readonly state: S;
}

/**
 * Runs a detector over values in time order.
 *
 * @param from the state to go on from; positions count from the first of `values`
 */
export const detectChanges = <S extends StreamState>(
  detector: StreamDetector<S>,
  values: Iterable<number>,
  from: S = detector.start,
): StreamFindings<S> => {
  const driftAt: number[] = [];
  let warnings = 0;
  let firstWarning: number | null = null;
  let state = from;
  let position = 0;
  for (const value of values) {
    state = detector.update(state, value);
    if (state.drift) driftAt.push(position);
    if (state.warning) {
      warnings++;
      firstWarning ??= position;
    }
    position++;
  }
  return { driftAt, warnings, firstWarning, state };
};

/** A mean that takes one value at a time: West (1979). */
export interface RunningMean {
  readonly n: number;
  readonly mean: number;
}

export const NO_VALUES: RunningMean = { n: 0, mean: 0 };

export const withValue = ({ n, mean }: RunningMean, value: number): RunningMean => ({
  n: n + 1,
  mean: mean + (1 / (n + 1)) * (value - mean),
});
