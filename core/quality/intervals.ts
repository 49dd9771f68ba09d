/** How far a metric would vary in other samples of the same rows. */
export type Interval = readonly [number, number];

/** By name of the metric; null where it has none. */
export type Intervals<K extends string> = Readonly<Record<K, Interval | null>>;

export interface IntervalOptions {
  /** of the bootstrap: the same seed, the same intervals */
  readonly seed: number;
  /** one minus the confidence level; 0.05 */
  readonly alpha?: number;
}
