/** Counts to draw: the two sides of a column over the same bins, or over the same categories. */

export interface SideSummary {
  /** values that are not missing */
  readonly present: number;
  /** null when no value is present, or for categories */
  readonly min: number | null;
  readonly median: number | null;
  readonly max: number | null;
}

export interface Histogram {
  readonly type: 'number';
  /** ascending; bin i is from edge i, inclusive, to edge i + 1, exclusive but for the last */
  readonly edges: readonly number[];
  readonly reference: readonly number[];
  readonly current: readonly number[];
  readonly summary: { readonly reference: SideSummary; readonly current: SideSummary };
}

export interface CategoryCounts {
  readonly type: 'category';
  readonly labels: readonly string[];
  readonly reference: readonly number[];
  readonly current: readonly number[];
  /** how many categories the last label stands for, 0 when each has its own */
  readonly others: number;
}

export type Distribution = Histogram | CategoryCounts;
