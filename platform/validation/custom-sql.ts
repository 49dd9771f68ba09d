/** Checks in SQL that somebody wrote: they see the table `data`, and nothing else of the machine. */
import { StatementType } from '@duckdb/node-api';
import type { CheckOf } from '../../core/validation/check.js';
import type { Measured } from '../../core/validation/judge.js';
import { gist } from '../tables/failures.js';
import type { FileTable } from '../tables/messy/file-table.js';
import { rowsOf } from '../tables/queries.js';
import { bare, list } from '../tables/sql.js';
import { asData, type CheckColumn } from './cells.js';

const MOST_EXAMPLES = 5;

/**
 * Makes the table `data`, then takes files, network and settings away from the whole database, for good: whatever must read or write other
 * files comes before.
 *
 * @param files what the table itself is read from, when it is not in memory
 */
export const openData = async (
  { source }: FileTable,
  columns: ReadonlyMap<string, CheckColumn>,
  files: readonly string[],
): Promise<void> => {
  const { connection, loaded } = source;
  await connection.run(`CREATE OR REPLACE TEMP VIEW data AS SELECT ${[...columns.values()].map(asData).join(', ')} FROM ${loaded.from}`);
  await connection.run(`SET allowed_paths = ${list(files)}`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
};

const problemOf = (error: unknown): Measured => ({ problem: gist(error instanceof Error ? error.message : String(error)) });

/** Runs one SELECT; rows that it returns fail. After {@link openData}. */
export const runSql = async ({ source }: FileTable, { sql }: Pick<CheckOf<'sql'>, 'sql'>): Promise<Measured> => {
  const { connection } = source;
  try {
    const { count } = await connection.extractStatements(sql);
    if (count !== 1) return { problem: `the SQL must be one SELECT; it has ${count} statements.` };
    const prepared = await connection.prepare(sql);
    const { statementType } = prepared;
    prepared.destroySync();
    if (statementType !== StatementType.SELECT) return { problem: 'the SQL must be one SELECT that returns the rows which are wrong.' };
    const [counted] = await rowsOf(connection, `SELECT count(*) AS failing FROM (${bare(sql)}\n)`);
    const failing = counted!['failing'] as number;
    if (failing === 0) return { failing, examples: [] };
    const found = await rowsOf(
      connection,
      `SELECT CAST(to_json(wrong) AS VARCHAR) AS value FROM (${bare(sql)}\n) AS wrong LIMIT ${MOST_EXAMPLES}`,
    );
    return { failing, examples: found.map(({ value }) => ({ value: value as string, row: null, line: null })) };
  } catch (error) {
    return problemOf(error);
  }
};
