/** A source file as something SQL can select from. */
import type { Source } from '../../core/lifecycle/model-spec.js';
import type { LocalFile } from '../sources/local.js';
import { literal } from './sql.js';

export interface TypedColumn {
  readonly name: string;
  /** DuckDB type */
  readonly type: string;
}

const record = (types: Iterable<TypedColumn>): string =>
  `{${[...types].map(({ name, type }) => `${literal(name)}: ${literal(type)}`).join(', ')}}`;

/**
 * @param types the types to read with (all columns), found by a scan without them. That one looks at every row: a sample
 *   would miss a late row, and text that is not UTF-8 behind the sample brings the whole database down
 */
export const scan = (kind: Source['kind'], { path, gzipped }: LocalFile, types?: readonly TypedColumn[]): string => {
  const call = (reader: string, ...options: string[]): string => `${reader}(${[literal(path), ...options].join(', ')})`;
  switch (kind) {
    case 'csv':
      return call(
        'read_csv',
        'header = true',
        `compression = '${gzipped ? 'gzip' : 'none'}'`,
        types ? `types = ${record(types)}` : 'sample_size = -1',
      );
    case 'ndjson':
      return call(
        'read_json',
        "format = 'newline_delimited'",
        `compression = '${gzipped ? 'gzip' : 'uncompressed'}'`,
        types ? `columns = ${record(types)}` : 'sample_size = -1',
      );
    case 'parquet':
      return call('read_parquet');
  }
};

/** A CSV read as given, without looking for anything. */
export const strictCsv = ({ path, gzipped }: LocalFile, delimiter: string, columns: readonly TypedColumn[]): string =>
  `read_csv(${literal(path)}, auto_detect = false, header = true, compression = '${gzipped ? 'gzip' : 'none'}', ` +
  `delim = ${literal(delimiter)}, quote = '"', escape = '"', columns = ${record(columns)})`;

/** Types that keep `text` as it was written: '007' stays '007', and a time keeps its zone until we read it. */
export const keepText = (columns: readonly TypedColumn[], text: readonly string[]): TypedColumn[] =>
  columns.map(({ name, type }) => ({ name, type: text.includes(name) || type === 'JSON' ? 'VARCHAR' : type }));
