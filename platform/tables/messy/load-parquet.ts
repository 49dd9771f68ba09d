import { RekindleError } from '../../../core/errors.js';
import { describe, rowsOf } from '../queries.js';
import { identifier, literal } from '../sql.js';
import type { FoundFile } from './bytes.js';
import { asWritten, cleaned, withCleaned } from './cells.js';
import { cleanNames } from './header.js';
import type { Loaded, LoadOptions } from './loaded.js';

/** @throws FILE_UNREADABLE */
export const loadParquet = async ({ name, path }: FoundFile, { connection }: LoadOptions): Promise<Loaded> => {
  const file = `read_parquet(${literal(path)})`;
  const found = await describe(connection, file).catch((error: unknown) => {
    throw new RekindleError(
      'FILE_UNREADABLE',
      `${name}: this Parquet file cannot be read; it may be cut off.`,
      { file: name },
      { cause: error },
    );
  });
  const [size] = await rowsOf(connection, `SELECT count(*) AS rows FROM ${file}`);
  const { names, findings } = cleanNames(
    found.map((column) => column.name),
    { file: name },
  );
  const texts = found.filter(({ type }) => type === 'VARCHAR');
  const from = withCleaned(
    file,
    texts.map((column) => identifier(column.name)),
  );
  return {
    rows: size!['rows'] as number,
    from,
    numbered: `(SELECT *, row_number() OVER () - 1 AS __row FROM ${from})`,
    columns: found.map((column, i) => {
      const text = texts.indexOf(column);
      const cell = text < 0 ? { value: identifier(column.name), written: null } : { value: cleaned(text), written: asWritten(text) };
      return { name: names[i]!, type: column.type, ...cell };
    }),
    findings,
    linesOf: (wanted) => Promise.resolve(wanted.map(() => undefined)),
  };
};
