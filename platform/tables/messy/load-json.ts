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

interface Fields {
  readonly names: readonly string[];
  /** the cells as c0, c1 and so on: what stands behind FROM */
  readonly cells: string;
}

/** DuckDB takes names that differ in case only for one, and calls the second one `A_1`. */
const hasCollision = (names: readonly string[]): boolean => {
  const lower = new Set(names.map((name) => name.toLowerCase()));
  return names.some((name) => /_\d+$/.test(name) && lower.has(name.replace(/_\d+$/, '').toLowerCase()));
};

/** Slower, but each name is what it is. */
const fieldsByKey = async (connection: DuckDBConnection, { path, gzipped }: FoundFile, isArray: boolean): Promise<Fields> => {
  const objects =
    `read_json_objects(${literal(path)}, format = '${isArray ? 'array' : 'newline_delimited'}', ` +
    `compression = '${gzipped ? 'gzip' : 'uncompressed'}')`;
  const keys = await rowsOf(connection, `SELECT DISTINCT unnest(json_keys(json)) AS key FROM ${objects} ORDER BY key`);
  const names = keys.map(({ key }) => key as string);
  const cells = names.map((name, i) => `json ->> ${literal(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)} AS c${i}`);
  return { names, cells: `(SELECT ${cells.join(', ')} FROM ${objects})` };
};

/** The fields of all objects; undefined when some line is no object. */
const fieldsOf = async (connection: DuckDBConnection, file: FoundFile, isArray: boolean): Promise<Fields | undefined> => {
  try {
    const found = await describe(connection, readJson(file, isArray, 'sample_size = -1, union_by_name = true'));
    const names = found.map(({ name }) => name);
    const isWhole = found.length === 1 && names[0] === 'json';
    if (isWhole && found[0]!.type === 'JSON') return undefined;
    if (isWhole || hasCollision(names)) return await fieldsByKey(connection, file, isArray);
    const columns = `{${names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ')}}`;
    const cells = names.map((name, i) => `${identifier(name)} AS c${i}`).join(', ');
    return { names, cells: `(SELECT ${cells} FROM ${readJson(file, isArray, `columns = ${columns}`)})` };
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
  if (fields.names.length === 0)
    throw new RekindleError('FILE_UNREADABLE', `${name}, line 1: no object has a field.`, { file: name, line: 1 });
  await createCleaned(connection, table, fields.cells, fields.names.length);
  const [size] = await rowsOf(connection, `SELECT count(*) AS rows FROM ${table}`);
  const { names, findings } = cleanNames(fields.names, { file: name });
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
