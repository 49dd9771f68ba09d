/** Reading and writing tables without row objects: DuckDB behind a small interface. */
import type { Frame } from '../../core/frame.js';
import type { Source } from '../../core/lifecycle/model-spec.js';
import type { FeatureType } from '../../core/lifecycle/signature.js';
import type { ValidationReport } from '../../core/validation/report.js';
import type { CheckSuite } from '../../core/validation/suite.js';

export interface TableInfo {
  readonly rows: number;
  /** name and DuckDB type, in order */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export interface Cancellable {
  /** interrupts the query */
  readonly signal?: AbortSignal;
}

export interface ExtractOptions extends Cancellable {
  readonly time: string;
  /** event times, half-open */
  readonly from: string;
  readonly to: string;
  /** Parquet to write */
  readonly path: string;
  /** columns that keep their spelling, so that the category '007' does not become 7 */
  readonly text?: readonly string[];
}

export interface CheckOptions extends Cancellable {
  readonly time: string;
  readonly columns: Readonly<Record<string, FeatureType>>;
  /** what to call the table in messages */
  readonly table: string;
}

export interface SnapshotOptions extends Cancellable {
  readonly from: string;
  readonly to: string;
  readonly time: string;
  readonly columns: Readonly<Record<string, FeatureType>>;
  /** rows with `since` ≤ time < `until` */
  readonly since: string;
  readonly until: string;
  /** a row without this column's value is left out */
  readonly required: string;
}

export interface ValidateOptions extends Cancellable {
  /** the event clock, ISO 8601 */
  readonly asOf: string;
  /** what checks call a column → its name in the file. They may name all others too, which are no part of the rows: nothing else is asked of them */
  readonly columns: Readonly<Record<string, string>>;
  /** SQL: rows that are checked */
  readonly where?: string;
}

export interface Tables {
  /** Newest event time (ISO 8601, UTC) of a source. @throws SOURCE_NOT_FOUND SOURCE_UNREADABLE COLUMN_NOT_FOUND DATA_EMPTY */
  newestEvent(source: Source, time: string, options?: Cancellable): Promise<string>;
  /**
   * Rows of `source` with `from` ≤ time < `to`, in time order (rows of one time in file order), as Parquet at `path`; the
   * time column becomes TIMESTAMP in UTC.
   * @returns also how many rows of the source have no time and so fall in no window
   * @throws SOURCE_NOT_FOUND SOURCE_UNREACHABLE SOURCE_UNREADABLE COLUMN_NOT_FOUND COLUMN_TYPE_INVALID COLUMN_EMPTY DATA_EMPTY
   */
  extract(source: Source, options: ExtractOptions): Promise<TableInfo & { readonly withoutTime: number }>;
  /** Line (row of a Parquet file) of the first row of a source where `column` reads `value`; undefined if there is none. */
  lineOf(source: Source, column: string, value: string): Promise<number | undefined>;
  /**
   * Runs `sql`, one SELECT, over the table `raw` (the Parquet at `from`) into Parquet at `to`. `variables` are
   * `getvariable('name')` in it: an ISO time is a TIMESTAMP there, anything else text.
   * @throws TRANSFORM_FAILED with DuckDB's own message
   */
  transform(
    sql: string,
    options: { from: string; to: string; variables: Readonly<Record<string, string>> } & Cancellable,
  ): Promise<TableInfo>;
  /**
   * Has the Parquet at `path` every column, with values that fit its type, and not only missing ones?
   * @throws COLUMN_NOT_FOUND COLUMN_EMPTY COLUMN_TYPE_INVALID (`details`: column, value, time of the first bad row)
   */
  check(path: string, options: CheckOptions): Promise<void>;
  /** Classes of `target` and their rows among the rows of the Parquet at `path` with time < `before`, by name. */
  classes(path: string, options: { time: string; target: string; before: string }): Promise<{ name: string; rows: number }[]>;
  /**
   * Typed copy of the Parquet at `from`: the columns as DOUBLE or VARCHAR, then the time as TIMESTAMP; in time order, ties
   * broken by the values. The same rows give the same bytes.
   * @throws COLUMN_NOT_FOUND COLUMN_TYPE_INVALID
   */
  snapshot(options: SnapshotOptions): Promise<TableInfo>;
  /**
   * Columns of Parquet files as typed arrays, in file and row order; missing numbers are NaN, missing categories −1. The arrays
   * lie in shared memory: worker threads read them without a copy.
   * @throws COLUMN_NOT_FOUND COLUMN_TYPE_INVALID
   */
  read(
    paths: readonly string[],
    columns: Readonly<Record<string, FeatureType>>,
    options?: { where?: string; orderBy?: string } & Cancellable,
  ): Promise<Frame>;
  /**
   * Runs a suite of checks over the Parquet at `path`, in a database of its own: SQL of checks sees the rows and nothing else.
   * What a check finds, or why it could not run, is in the report.
   */
  validate(path: string, suite: CheckSuite, options: ValidateOptions): Promise<ValidationReport>;
  /** Any SQL; rows as plain objects: for small results only. `path` parameters are written as `$name`. Times come as 'YYYY-MM-DD hh:mm:ss', counts as numbers. */
  query(sql: string, parameters?: Record<string, string | number>, options?: Cancellable): Promise<Record<string, unknown>[]>;
  close(): void;
}
