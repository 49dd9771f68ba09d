/** A suite run over a table: one scan for what rows show by themselves, a query each for the rest. */
import { RekindleError } from '../../core/errors.js';
import { listed } from '../../core/drift/text.js';
import type { Finding } from '../../core/drift/report.js';
import type { Check, CheckOf } from '../../core/validation/check.js';
import { judge, type Measured } from '../../core/validation/judge.js';
import { verdictOf, type ValidationReport } from '../../core/validation/report.js';
import { namesOf, type CheckSuite } from '../../core/validation/suite.js';
import { gist } from '../tables/failures.js';
import type { FileTable } from '../tables/messy/file-table.js';
import { columnsOf, type CheckColumn } from './cells.js';
import { checkColumns } from './columns-check.js';
import { countAll, countingOf, measure, type CellCheck } from './count-rows.js';
import { openData, runSql } from './custom-sql.js';
import { duplicates, unique } from './repeats.js';

export interface RunOptions {
  /** the event clock, ISO 8601: how old the newest row is, is asked as of then */
  readonly asOf: string;
  /** files that the table is read from while it is checked; none when it is in memory */
  readonly files?: readonly string[];
  /** columns that checks may name, and that are no part of the rows: neither too many nor compared for duplicates */
  readonly aside?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (what: string, share?: number) => void;
}

type Columns = ReadonlyMap<string, CheckColumn>;

const isCellCheck = (check: Check): check is CellCheck => ['range', 'not_null', 'categories', 'freshness'].includes(check.check);

const namedBy = (check: Check): readonly string[] => {
  switch (check.check) {
    case 'range':
    case 'not_null':
    case 'categories':
    case 'freshness':
      return [check.column];
    case 'unique':
      return check.columns;
    case 'duplicates':
      return check.except ?? [];
    default:
      return [];
  }
};

const absentOf = (check: Check, columns: Columns): Measured | undefined => {
  const absent = namedBy(check).filter((name) => !columns.has(name));
  if (absent.length === 0) return undefined;
  return { problem: `there is no column ${listed(absent)}; there are ${listed([...columns.keys()])}.` };
};

const rowCount = ({ min, max }: CheckOf<'row_count'>, rows: number): Measured => {
  const isGood = rows >= (min ?? 0) && rows <= (max ?? Infinity);
  const [least, most] = [min?.toLocaleString('en-US'), max?.toLocaleString('en-US')];
  const asked = min === undefined ? `at most ${most}` : max === undefined ? `at least ${least}` : `${least} to ${most}`;
  const there = rows === 1 ? 'There is 1 row' : `There are ${rows.toLocaleString('en-US')} rows`;
  return { failing: isGood ? 0 : 1, examples: [], text: `${there}, and ${asked} ${isGood ? 'may' : 'must'} be.` };
};

/** Checks that ask something of their own. */
const runOne = async (table: FileTable, check: Check, columns: Columns, aside: readonly string[]): Promise<Measured> => {
  switch (check.check) {
    case 'schema':
      return checkColumns(table, check, columns, aside);
    case 'row_count':
      return rowCount(check, table.rows);
    case 'unique':
      return unique(
        table,
        check.columns.map((name) => columns.get(name)!),
      );
    case 'duplicates':
      return duplicates(table, [...aside, ...(check.except ?? [])], columns);
    default:
      return runSql(table, check as CheckOf<'sql'>);
  }
};

/** Whatever goes wrong in one check is its own result; what ends all work, such as Ctrl-C, ends it. */
const guarded = async (work: () => Promise<Measured>, signal: AbortSignal | undefined): Promise<Measured> => {
  try {
    const measured = await work();
    signal?.throwIfAborted(); // SQL of somebody else's tells its own interruption as a problem
    return measured;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RekindleError) throw error;
    return { problem: gist(error instanceof Error ? error.message : String(error)) };
  }
};

const measureAll = async (table: FileTable, { checks }: CheckSuite, columns: Columns, options: RunOptions): Promise<Measured[]> => {
  const { asOf, files = [], aside = [], signal, onProgress = () => undefined } = options;
  const measured = new Map<Check, Measured>();
  const runnable = checks.filter((check) => {
    const absent = absentOf(check, columns);
    if (absent) measured.set(check, absent);
    return !absent;
  });
  const cells = runnable.filter(isCellCheck);
  const countings = cells.map((check) => countingOf(check, columns.get(check.column)!, asOf));
  onProgress('Checking');
  const counts = await countAll(table, countings, signal);
  signal?.throwIfAborted();
  for (const [i, counting] of countings.entries()) {
    const counted = counts[i]!;
    measured.set(counting.check, 'problem' in counted ? counted : await guarded(() => measure(table, counting, counted, asOf), signal));
  }
  // custom SQL comes last: it takes the database's rights away first
  const others = runnable.filter((check) => !isCellCheck(check));
  const custom = others.filter(({ check }) => check === 'sql');
  let opening: Promise<void> | undefined;
  for (const [i, check] of [...others.filter(({ check: kind }) => kind !== 'sql'), ...custom].entries()) {
    onProgress('Checking', (cells.length + i) / runnable.length);
    const work = async (): Promise<Measured> => {
      // when its rights could not be taken away, no such check runs
      if (check.check === 'sql') await (opening ??= openData(table, columns, files));
      return runOne(table, check, columns, aside);
    };
    measured.set(check, await guarded(work, signal));
  }
  return checks.map((check) => measured.get(check)!);
};

/** @returns the examples with their lines, where the file has lines */
const withLines = async (table: FileTable, measured: readonly Measured[]): Promise<Measured[]> => {
  const rows = [
    ...new Set(measured.flatMap((one) => ('failing' in one ? one.examples.flatMap(({ row }) => (row === null ? [] : [row - 1])) : []))),
  ];
  if (rows.length === 0) return [...measured];
  const lines = await table.source.loaded.linesOf(rows);
  const lineOf = new Map(rows.map((row, i) => [row, lines[i] ?? null]));
  return measured.map((one) =>
    'failing' in one
      ? {
          ...one,
          examples: one.examples.map((example) => ({
            ...example,
            line: example.row === null ? null : (lineOf.get(example.row - 1) ?? null),
          })),
        }
      : one,
  );
};

/**
 * Runs every check, whatever comes of the others. Checks in custom SQL take the rights to files and network away from the table's database:
 * it serves nothing else afterwards.
 *
 * @param findings what was unusual in the file, for the report
 */
export const runSuite = async (
  table: FileTable,
  suite: CheckSuite,
  options: RunOptions & { readonly findings?: readonly Finding[] },
): Promise<ValidationReport> => {
  const names = namesOf(suite.checks);
  const measured = await withLines(table, await measureAll(table, suite, columnsOf(table), options));
  const checks = suite.checks.map((check, i) => judge(check, names[i]!, measured[i]!, table.rows));
  return {
    schema: 'rekindle/validation-report/1',
    verdict: verdictOf(checks),
    rows: table.rows,
    checks,
    findings: [...(options.findings ?? [])],
  };
};
