/** A file as people have them, as a table: what its columns are, and their cells as typed arrays. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Finding } from '../../../core/drift/report.js';
import type { Frame } from '../../../core/frame.js';
import { rowsOf } from '../queries.js';
import { asNumber, isWord } from './cells.js';
import type { ColumnStats, ReadAs, Side, TimeOrder } from './kinds.js';
import { counted, type Loaded, type LoadedColumn } from './loaded.js';
import { cellsAs, declaredKind, isText, isWide } from './read-as.js';
import { readCells, type CellsToRead } from './read-cells.js';
import { dictionaryStats, longCounts, presentCounts, textStats, type Changed } from './stats.js';

export interface FileColumn extends Side {
  readonly name: string;
}

export interface FileTable {
  /** as the file was named */
  readonly name: string;
  readonly rows: number;
  readonly columns: ReadonlyMap<string, FileColumn>;
  /** what was wrong with the file as a whole */
  readonly findings: readonly Finding[];
  /** what checks of their own SQL select from, and by which connection */
  readonly source: { readonly connection: DuckDBConnection; readonly loaded: Loaded };
  /** What was unusual in the cells of columns that are read so. */
  cellFindings(columns: ReadonlyMap<string, ReadAs>): Promise<Finding[]>;
  /** The columns in typed arrays; a time as seconds since 1970. */
  read(columns: ReadonlyMap<string, ReadAs>): Promise<Frame>;
}

interface Known extends FileColumn {
  readonly loaded: LoadedColumn;
  readonly changed: Changed;
}

const UNCHANGED: Changed = { padded: 0, words: 0 };

const typedStats = (present: number, long: number, isNumber: boolean): ColumnStats => ({
  present,
  numbers: isNumber ? present : 0,
  long,
  zeros: 0,
  infinite: 0,
  times: null,
});

const NOTHING: ColumnStats & Changed = { ...typedStats(0, 0, false), ...UNCHANGED };

/** What the columns of text hold. */
const learnTexts = async (
  connection: DuckDBConnection,
  from: string,
  texts: readonly LoadedColumn[],
): Promise<ReadonlyMap<LoadedColumn, ColumnStats & Changed>> => {
  const learnt = new Map<LoadedColumn, ColumnStats & Changed>();
  const plain = texts.filter(({ dictionary }) => !dictionary);
  const stats = await textStats(
    connection,
    from,
    plain.map(({ value, written }) => ({ value, written: written! })),
  );
  plain.forEach((column, i) => learnt.set(column, stats[i]!));
  const counted = texts.filter(({ dictionary }) => dictionary);
  for (const all of new Set(counted.map(({ dictionary }) => dictionary!.all))) {
    const found = await dictionaryStats(connection, all);
    for (const column of counted) if (column.dictionary!.all === all) learnt.set(column, found.get(column.dictionary!.index) ?? NOTHING);
  }
  return learnt;
};

/** What the columns of other types hold. */
const learnTyped = async (
  connection: DuckDBConnection,
  from: string,
  typed: readonly LoadedColumn[],
): Promise<ReadonlyMap<LoadedColumn, ColumnStats & Changed>> => {
  const valuesOf = (columns: readonly LoadedColumn[]): string[] => columns.map(({ value }) => value);
  const uncounted = typed.filter(({ present }) => present === undefined);
  const present = await presentCounts(connection, from, valuesOf(uncounted));
  const wide = typed.filter(isWide);
  const long = await longCounts(connection, from, valuesOf(wide));
  return new Map(
    typed.map((column) => {
      const there = column.present ?? present[uncounted.indexOf(column)]!;
      const stats = typedStats(there, long[wide.indexOf(column)] ?? 0, declaredKind(column) === 'number');
      return [column, { ...stats, ...UNCHANGED }];
    }),
  );
};

const learn = async (connection: DuckDBConnection, { from, columns }: Loaded): Promise<Map<string, Known>> => {
  const learnt = new Map([
    ...(await learnTexts(connection, from, columns.filter(isText))),
    ...(await learnTyped(
      connection,
      from,
      columns.filter((column) => !isText(column)),
    )),
  ]);
  return new Map(
    columns.map((loaded) => {
      const found = learnt.get(loaded)!;
      return [loaded.name, { name: loaded.name, loaded, declared: declaredKind(loaded), stats: found, changed: found }] as const;
    }),
  );
};

/** Something that was seen in cells of a column; `where` finds the first of them. */
interface Suspicion {
  readonly code: string;
  readonly column: LoadedColumn;
  readonly where: string;
  readonly text: (first: string) => string;
}

const suspicionsOf = ({ name, loaded, stats, changed, declared }: Known, as: ReadAs): Suspicion[] => {
  const found: Suspicion[] = [];
  const add = (code: string, where: string, text: Suspicion['text']): void => void found.push({ code, column: loaded, where, text });
  const { value, written } = loaded;
  const number = asNumber(value);
  if (written !== null) {
    if (changed.padded > 0)
      add(
        'cells_trimmed',
        `${written} IS NOT NULL AND ${value} IS NOT NULL`,
        () => `Column '${name}': white space around ${counted(changed.padded, 'value')} was taken away.`,
      );
    if (changed.words > 0)
      add(
        'missing_words',
        `${value} IS NULL AND ${written} IS NOT NULL AND ${isWord(written)}`,
        (first) =>
          `Column '${name}': ${counted(changed.words, 'cell')} such as '${first.trim()}' count${changed.words === 1 ? 's' : ''} as missing.`,
      );
    const junk = stats.present - stats.numbers;
    if (as === 'number' && junk > 0)
      add(
        'mixed_types',
        `${value} IS NOT NULL AND ${number} IS NULL`,
        (first) =>
          `Column '${name}' has numbers, but ${counted(junk, 'value is', 'values are')} none, such as '${first}': counted as missing.`,
      );
    if (as === 'category' && stats.numbers > 0 && stats.numbers < stats.present)
      add(
        'mixed_types',
        `${number} IS NOT NULL`,
        (first) =>
          `Column '${name}': ${counted(stats.numbers, 'value')} of ${stats.present.toLocaleString('en-US')} ${stats.numbers === 1 ? 'is a number' : 'are numbers'}, such as '${first}', the others are words: compared as categories.`,
      );
    if (as === 'category' && stats.numbers < stats.present)
      add(
        'decimal_comma',
        `regexp_full_match(${value}, '[+-]?[0-9]+,[0-9]+')`,
        (first) => `Column '${name}' has values such as '${first}': compared as categories. If they are numbers, write them with a point.`,
      );
    if (as === 'number' && stats.infinite > 0)
      add(
        'infinite_values',
        `isinf(${number})`,
        () => `Column '${name}': ${counted(stats.infinite, 'value is', 'values are')} infinite: beyond all others in the order.`,
      );
    if (as === 'category' && stats.zeros > 0 && stats.long === 0)
      add(
        'leading_zeros',
        `${value} >= '00' AND ${value} < '0:'`,
        (first) => `Column '${name}' has leading zeros, such as '${first}': compared as categories, as they are written.`,
      );
    const times = stats.times;
    if (as === 'time' && times && times.order !== 'iso')
      add(
        'date_order',
        `${value} IS NOT NULL`,
        (first) => `Column '${name}': dates such as '${first}' were read with ${DATE_ORDERS[times.order]}.`,
      );
    if (as === 'time' && times && times.count < stats.present)
      add(
        'mixed_types',
        `${value} IS NOT NULL AND ${cellsAs(loaded, 'time', times.order)} IS NULL`,
        (first) =>
          `Column '${name}' has times, but ${counted(stats.present - times.count, 'value is', 'values are')} none, such as '${first}': counted as missing.`,
      );
  }
  if (as === 'category' && stats.long > 0)
    add(
      'long_integers',
      isText(loaded) ? `abs(${number}) >= 9007199254740992` : `abs(${value}) >= 9007199254740992`,
      (first) =>
        `Column '${name}' has whole numbers that no double holds exactly, such as ${first}: compared as categories, digit by digit.`,
    );
  if (as !== declared && declared === 'number' && as === 'category' && stats.long === 0)
    add(
      'read_as_category',
      `${value} IS NOT NULL`,
      () => `Column '${name}' has numbers here and categories in the other file: compared as categories.`,
    );
  return found;
};

const DATE_ORDERS: Readonly<Record<TimeOrder, string>> = {
  iso: 'the year first',
  day_first: 'the day first, because some can be read in no other way',
  month_first: 'the month first, because some can be read in no other way',
  unclear: 'the day first; nothing in them says that it is not the month',
};

export const fileTable = async (connection: DuckDBConnection, name: string, loaded: Loaded): Promise<FileTable> => {
  const known = await learn(connection, loaded);
  const { from, numbered, rows } = loaded;

  const firstOf = async ({ column, where }: Suspicion): Promise<{ row: number; value: string } | undefined> => {
    // most suspicions are wrong, and a few different cells say so sooner than all
    if (column.dictionary && (await rowsOf(connection, `SELECT 1 FROM ${column.dictionary.from} WHERE ${where} LIMIT 1`)).length === 0)
      return undefined;
    const [first] = await rowsOf(
      connection,
      `SELECT __row AS row, ${column.written === null ? '' : `coalesce(${column.written}, `}CAST(${column.value} AS VARCHAR)${column.written === null ? '' : ')'} AS value FROM ${numbered} WHERE ${where} ORDER BY __row LIMIT 1`,
    );
    return first as { row: number; value: string } | undefined;
  };

  return {
    name,
    rows,
    columns: known,
    findings: loaded.findings,
    source: { connection, loaded },

    async cellFindings(columns) {
      const suspicions = [...columns].flatMap(([column, as]) => suspicionsOf(known.get(column)!, as));
      const firsts: Awaited<ReturnType<typeof firstOf>>[] = [];
      for (const suspicion of suspicions) firsts.push(await firstOf(suspicion));
      const lines = await loaded.linesOf(firsts.flatMap((first) => (first ? [first.row] : [])));
      const lineOf = new Map(firsts.flatMap((first) => (first ? [first.row] : [])).map((row, i) => [row, lines[i]]));
      return suspicions.flatMap(({ code, text }, i) => {
        const first = firsts[i];
        if (!first) return [];
        const line = lineOf.get(first.row);
        return [{ code, text: text(first.value), file: name, ...(line === undefined ? {} : { line }) }];
      });
    },

    read: (columns) =>
      readCells(
        connection,
        from,
        rows,
        [...columns].map(([column, as]): CellsToRead => {
          const { loaded: source, stats } = known.get(column)!;
          if (as !== 'category') return { name: column, as: 'number', sql: cellsAs(source, as, stats.times?.order ?? 'iso') };
          const { dictionary } = source;
          if (!dictionary) return { name: column, as, sql: cellsAs(source, as, 'iso') };
          return {
            name: column,
            as,
            sql: dictionary.cell,
            dictionary: `(SELECT cell, ${source.value} AS category FROM ${dictionary.from})`,
          };
        }),
      ),
  };
};
