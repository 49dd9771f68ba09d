import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Finding } from '../../../core/drift/report.js';
import { RekindleError } from '../../../core/errors.js';
import { rowsOf } from '../queries.js';
import { literal } from '../sql.js';
import { headOf, type FoundFile } from './bytes.js';
import { dialectOf, type Dialect } from './csv-text.js';
import { copyAsUtf8 } from './encoding.js';
import { cleanNames } from './header.js';
import { lineOfByte, linesOfRows } from './lines.js';
import { counted, createCleaned, textColumns, type Loaded, type LoadOptions } from './loaded.js';

/** Enough for the header and some rows of the widest tables. */
const HEAD_BYTES = 1 << 20;
/** Beyond this a line number is not worth the reading. */
const FIND_LINES_UP_TO = 1 << 29;

interface Reject {
  /** from 0 */
  readonly byte: number;
  readonly kind: string;
  readonly fields: number | null;
  readonly lines: number;
}

const readCsv = ({ path, gzipped }: FoundFile, { delimiter, header, blank }: Dialect): string =>
  `read_csv(${literal(path)}, auto_detect = false, header = true, skip = ${blank}, delim = ${literal(delimiter)}, quote = '"', escape = '"', ` +
  `compression = '${gzipped ? 'gzip' : 'none'}', store_rejects = true, max_line_size = 16777216, ` +
  `columns = {${header.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ')}})`;

const createTable = async (connection: DuckDBConnection, table: string, from: string, fields: number): Promise<Reject[]> => {
  for (const name of ['reject_errors', 'reject_scans']) await connection.run(`DROP TABLE IF EXISTS ${name}`);
  await createCleaned(connection, table, from, fields);
  const rows = await rowsOf(
    connection,
    `SELECT line_byte_position - 1 AS byte, CAST(first(error_type) AS VARCHAR) AS kind,
       TRY_CAST(regexp_extract(first(error_message), 'Found: ([0-9]+)', 1) AS INTEGER) AS fields,
       length(regexp_replace(trim(first(csv_line), chr(10) || chr(13)), '[^' || chr(10) || ']', '', 'g')) AS lines
     FROM reject_errors GROUP BY line_byte_position ORDER BY line_byte_position`,
  );
  return rows as unknown as Reject[];
};

const isMixedEnds = (error: unknown): boolean => error instanceof Error && error.message.includes('state machine reached an invalid state');

/** What was wrong with the lines that were left out. */
const rejectFindings = async (
  file: FoundFile,
  name: string,
  rejects: readonly Reject[],
  fields: number,
  rows: number,
): Promise<Finding[]> => {
  const isRagged = ({ kind }: Reject): boolean => /COLUMNS/.test(kind);
  const open = rejects.find((reject) => !isRagged(reject) && reject.lines > 0);
  const [ragged, other] = [rejects.filter(isRagged), rejects.filter((reject) => !isRagged(reject))];
  if (open) {
    const line = await lineOfByte(file, open.byte);
    throw new RekindleError(
      'FILE_UNREADABLE',
      `${name}, line ${line}: a quote opens here that nothing closes, so all that follows is one field.`,
      {
        file: name,
        line,
      },
    );
  }
  const findings: Finding[] = [];
  if (ragged.length > 0) {
    const [first] = ragged;
    const line = await lineOfByte(file, first!.byte);
    const has = first!.fields === null ? '' : ` of ${counted(first!.fields, 'field')}`;
    if (ragged.length > rows)
      throw new RekindleError(
        'FILE_UNREADABLE',
        `${name}, line ${line}: most rows have not as many fields as the header (${fields}): ${ragged.length} of ${ragged.length + rows}; here is one${has}.`,
        {
          file: name,
          line,
        },
      );
    findings.push({
      code: 'ragged_rows',
      text: `${counted(ragged.length, 'row')} left out: not as many fields as the header (${fields}). The first is one${has}.`,
      file: name,
      line,
    });
  }
  if (other.length > 0) {
    const line = await lineOfByte(file, other[0]!.byte);
    findings.push({
      code: 'malformed_rows',
      text: `${counted(other.length, 'row')} left out: quotes do not stand around whole fields.`,
      file: name,
      line,
    });
  }
  return findings;
};

/**
 * @param file UTF-8
 * @throws FILE_EMPTY FILE_UNREADABLE
 */
export const loadCsv = async (given: FoundFile, { connection, scratch, table }: LoadOptions): Promise<Loaded> => {
  const { name } = given;
  let file = given;
  const head = new TextDecoder().decode(await headOf(file, HEAD_BYTES));
  if (head.trim() === '')
    throw new RekindleError('FILE_EMPTY', `${name}, line 1: the file has nothing but white space.`, { file: name, line: 1 });
  const dialect = dialectOf(head);
  const fields = dialect.header.length;
  const { names, findings: ofHeader } = cleanNames(dialect.header, { file: name, line: dialect.blank + 1 });
  const findings: Finding[] = [...ofHeader];
  let rejects: Reject[];
  try {
    rejects = await createTable(connection, table, readCsv(file, dialect), fields);
  } catch (error) {
    if (!isMixedEnds(error)) throw error;
    file = await copyAsUtf8(file, 'utf-8', join(scratch, `${table}.csv`));
    findings.push({ code: 'mixed_line_ends', text: 'Lines end in different ways (LF, CRLF, CR); all were read as line ends.', file: name });
    rejects = await createTable(connection, table, readCsv(file, dialect), fields);
  }
  const [size] = await rowsOf(connection, `SELECT count(*) AS rows FROM ${table}`);
  const rows = size!['rows'] as number;
  findings.push(...(await rejectFindings(file, name, rejects, fields, rows)));
  return {
    rows,
    from: table,
    numbered: `(SELECT *, rowid AS __row FROM ${table})`,
    columns: textColumns(names),
    findings,
    linesOf: (wanted) =>
      given.bytes > FIND_LINES_UP_TO
        ? Promise.resolve(wanted.map(() => undefined))
        : linesOfRows(file, wanted, {
            blank: dialect.blank,
            delimiter: dialect.delimiter,
            left: rejects.map(({ byte }) => byte),
            areBlanksRows: fields === 1,
          }),
  };
};
