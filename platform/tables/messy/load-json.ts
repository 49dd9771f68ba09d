import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Finding } from '../../../core/drift/report.js';
import { RekindleError } from '../../../core/errors.js';
import { describe, rowsOf } from '../queries.js';
import { identifier, literal } from '../sql.js';
import type { FoundFile } from './bytes.js';
import { cleanNames } from './header.js';
import { counted, createCleaned, textColumns, type Loaded, type LoadOptions } from './loaded.js';
import { keepObjects, linesOfObjects } from './ndjson-lines.js';

const readJson = ({ path, gzipped }: FoundFile, isArray: boolean, more: string): string =>
  `read_json(${literal(path)}, format = '${isArray ? 'array' : 'newline_delimited'}', compression = '${gzipped ? 'gzip' : 'uncompressed'}', ${more})`;

/** Names of the fields of all objects; undefined when some line is no object. */
const fieldsOf = async (connection: DuckDBConnection, file: FoundFile, isArray: boolean): Promise<string[] | undefined> => {
  try {
    const columns = await describe(connection, readJson(file, isArray, 'sample_size = -1, union_by_name = true'));
    return columns.length === 1 && columns[0]!.name === 'json' && columns[0]!.type === 'JSON' ? undefined : columns.map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && /Malformed JSON|Invalid Input/.test(error.message)) return undefined;
    throw error;
  }
};

/** All values are read as text, as they are written: a number of 18 digits keeps them. */
export const loadJson = async (given: FoundFile, isArray: boolean, { connection, scratch, table }: LoadOptions): Promise<Loaded> => {
  const { name } = given;
  let file = given;
  const found: Finding[] = [];
  let fields = await fieldsOf(connection, file, isArray);
  if (fields === undefined && !isArray) {
    const { kept, bad, badLine, ...copy } = await keepObjects(file, join(scratch, `${table}.ndjson`));
    if (kept === 0)
      throw new RekindleError('FILE_UNREADABLE', `${name}, line ${badLine ?? 1}: this is no JSON object, and no other line is one.`, {
        file: name,
        line: badLine ?? 1,
      });
    file = copy.file;
    if (bad > 0)
      found.push({ code: 'malformed_rows', text: `${counted(bad, 'line')} left out: no JSON object.`, file: name, line: badLine ?? 1 });
    fields = await fieldsOf(connection, file, isArray);
  }
  if (fields === undefined)
    throw new RekindleError('FILE_UNREADABLE', `${name}: this is not JSON, or not an array of objects.`, { file: name });
  const columns = `{${fields.map((field) => `${literal(field)}: 'VARCHAR'`).join(', ')}}`;
  const cells = `(SELECT ${fields.map((field, i) => `${identifier(field)} AS c${i}`).join(', ')} FROM ${readJson(file, isArray, `columns = ${columns}`)})`;
  await createCleaned(connection, table, cells, fields.length);
  const [size] = await rowsOf(connection, `SELECT count(*) AS rows FROM ${table}`);
  const { names, findings } = cleanNames(fields, { file: name });
  const areAllGood = file === given;
  return {
    rows: size!['rows'] as number,
    from: table,
    numbered: `(SELECT *, rowid AS __row FROM ${table})`,
    columns: textColumns(names),
    findings: [...found, ...findings],
    linesOf: (wanted) => (isArray ? Promise.resolve(wanted.map(() => undefined)) : linesOfObjects(given, wanted, areAllGood)),
  };
};
