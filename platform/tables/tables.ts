/** Reading and writing tables without row objects: DuckDB behind a small interface. */
import type { Frame } from '../../core/frame.js';
import type { Source } from '../../core/lifecycle/model-spec.js';
import type { FeatureType } from '../../core/lifecycle/signature.js';

export interface TableInfo {
  readonly rows: number;
  /** name and DuckDB type, in order */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export interface Tables {
  /** Newest event time (ISO 8601, UTC) of a source. @throws SOURCE_NOT_FOUND SOURCE_UNREADABLE COLUMN_NOT_FOUND DATA_EMPTY */
  newestEvent(source: Source, time: string): Promise<string>;
  /**
   * Rows of `source` with `from` ≤ time < `to`, in time order, as Parquet at `path`.
   * @throws SOURCE_NOT_FOUND SOURCE_UNREADABLE COLUMN_NOT_FOUND COLUMN_TYPE_INVALID DATA_EMPTY
   */
  extract(source: Source, options: { time: string; from: string; to: string; path: string }): Promise<TableInfo>;
  /** Runs `sql` over the table `raw` (the Parquet at `from`) into Parquet at `to`. `variables` are `getvariable('name')`. @throws TRANSFORM_FAILED */
  transform(sql: string, options: { from: string; to: string; variables: Record<string, string> }): Promise<TableInfo>;
  /** Columns of Parquet files as typed arrays, in file and row order; missing numbers are NaN, missing categories −1. */
  read(
    paths: readonly string[],
    columns: Readonly<Record<string, FeatureType>>,
    options?: { where?: string; orderBy?: string },
  ): Promise<Frame>;
  /** Any SQL; rows as plain objects: for small results only. `path` parameters are written as `$name`. */
  query(sql: string, parameters?: Record<string, string | number>): Promise<Record<string, unknown>[]>;
  close(): void;
}
