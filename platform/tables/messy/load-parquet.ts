import { RekindleError } from '../../../core/errors.js';
import { describe, rowsOf } from '../queries.js';
import { identifier, literal } from '../sql.js';
import type { FoundFile } from './bytes.js';
import { cleanNames } from './header.js';
import type { Loaded, LoadOptions } from './loaded.js';

/** @throws FILE_UNREADABLE */
export const loadParquet = async ({ name, path }: FoundFile, { connection }: LoadOptions): Promise<Loaded> => {
  const from = `read_parquet(${literal(path)})`;
  const found = await describe(connection, from).catch((error: unknown) => {
    throw new RekindleError(
      'FILE_UNREADABLE',
      `${name}: this Parquet file cannot be read; it may be cut off.`,
      { file: name },
      { cause: error },
    );
  });
  const [size] = await rowsOf(connection, `SELECT count(*) AS rows FROM ${from}`);
  const { names, findings } = cleanNames(
    found.map((column) => column.name),
    { file: name },
  );
  return {
    rows: size!['rows'] as number,
    from,
    numbered: `(SELECT *, row_number() OVER () - 1 AS __row FROM ${from})`,
    columns: found.map((column, i) => ({ name: names[i]!, raw: identifier(column.name), type: column.type })),
    findings,
    linesOf: (wanted) => Promise.resolve(wanted.map(() => undefined)),
  };
};
