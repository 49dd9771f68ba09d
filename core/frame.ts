/** A table in memory, column by column: what profiles, verdicts, gates and the serving runtime read. */
export interface NumberColumn {
  readonly type: 'number';
  /** NaN is a missing value */
  readonly values: Float64Array;
}

export interface CategoryColumn {
  readonly type: 'category';
  /** index into `categories`; −1 is a missing value */
  readonly codes: Int32Array;
  readonly categories: readonly string[];
}

export type Column = NumberColumn | CategoryColumn;

export interface Frame {
  readonly rows: number;
  /** every column has `rows` entries */
  readonly columns: Readonly<Record<string, Column>>;
}
