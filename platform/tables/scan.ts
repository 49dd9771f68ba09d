/** A source file as something SQL can select from. */
import type { Source } from '../../core/lifecycle/model-spec.js';
import type { LocalFile } from '../sources/local.js';
import { identifier, literal, utc } from './sql.js';

export interface TypedColumn {
  readonly name: string;
  /** DuckDB type */
  readonly type: string;
}

const record = (types: Iterable<TypedColumn>): string =>
  `{${[...types].map(({ name, type }) => `${literal(name)}: ${literal(type)}`).join(', ')}}`;

/**
 * @param types the types to read with (all columns); without them DuckDB looks at every row to find them: looking at a
 *   sample only would fail on a late row, and text that is not UTF-8 behind the sample brings the whole database down
 */
export const scan = (kind: Source['kind'], { path, gzipped }: LocalFile, types?: readonly TypedColumn[]): string => {
  const compression = `compression = ${gzipped ? "'gzip'" : "'auto_detect'"}`;
  switch (kind) {
    case 'csv':
      return `read_csv(${literal(path)}, header = true, sample_size = -1, ${gzipped ? "compression = 'gzip'" : "compression = 'none'"}${types ? `, types = ${record(types)}` : ''})`;
    case 'ndjson':
      return `read_json(${literal(path)}, format = 'newline_delimited', ${compression}, ${types ? `columns = ${record(types)}` : 'sample_size = -1'})`;
    case 'parquet':
      return `read_parquet(${literal(path)})`;
  }
};

/** Types that keep `text` as it was written: '007' stays '007', and a time keeps its zone until we read it. */
export const keepText = (columns: readonly TypedColumn[], text: readonly string[]): TypedColumn[] =>
  columns.map(({ name, type }) => ({ name, type: text.includes(name) || type === 'JSON' ? 'VARCHAR' : type }));

/** Names that a user's column cannot sensibly have. */
export const ROW = '__rekindle_row';
export const TIME = '__rekindle_time';

/** The scan with each row's number in the file (1 for the first) and its event time in UTC. */
export const placed = (from: string, time: TypedColumn): string =>
  `(SELECT *, row_number() OVER () AS ${ROW}, ${utc(identifier(time.name), time.type)} AS ${TIME} FROM ${from})`;
