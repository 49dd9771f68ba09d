/** What kind of problem a file of predictions is about. */
import type { Finding } from '../../core/drift/report.js';
import type { ProblemKind } from '../../core/quality/report.js';
import type { FileTable } from '../tables/messy/file-table.js';
import { kindOf } from '../tables/messy/kinds.js';
import type { FoundColumns } from './columns.js';
import { speller } from './classes.js';

/** Whole numbers with more different values than this are amounts, not classes. */
const MOST_CLASSES_IN_NUMBERS = 20;

const isNumbers = (table: FileTable, name: string): boolean => kindOf(table.columns.get(name)!) === 'number';

interface Found {
  readonly kind: ProblemKind;
  readonly finding: Finding | null;
}

/**
 * By the columns that were named, else by what is in them: numbers that are not whole, or more than twenty different ones, make a regression;
 * two classes are binary.
 */
export const kindOfProblem = async (table: FileTable, columns: FoundColumns): Promise<Found> => {
  if (columns.scores.length > 0) return { kind: 'multiclass', finding: null };
  if (columns.score !== null) return { kind: 'binary', finding: null };
  const both = [columns.target, columns.prediction!];
  const because = (kind: ProblemKind, why: string): Found => ({
    kind,
    finding: { code: 'kind_found', text: `Measured as ${kind}: ${why}. Say --kind when it is another.`, file: table.name },
  });
  if (both.every((name) => isNumbers(table, name))) {
    const { columns: read } = await table.read(new Map(both.map((name) => [name, 'number'] as const)));
    const different = new Set<number>();
    for (const name of both) {
      const { values } = read[name] as { values: Float64Array };
      for (let row = 0; row < values.length; row++) {
        const value = values[row]!;
        if (Number.isNaN(value)) continue;
        if (!Number.isInteger(value)) return because('regression', `'${name}' has numbers that are not whole`);
        different.add(value);
        if (different.size > MOST_CLASSES_IN_NUMBERS)
          return because('regression', `'${both.join("' and '")}' have more than ${MOST_CLASSES_IN_NUMBERS} different numbers`);
      }
    }
  }
  const { columns: read } = await table.read(new Map(both.map((name) => [name, 'category'] as const)));
  const names = both.flatMap((name) => (read[name] as { categories: readonly string[] }).categories);
  const classes = new Set(names.map(speller(names)));
  return because(classes.size <= 2 ? 'binary' : 'multiclass', `there ${classes.size === 1 ? 'is 1 class' : `are ${classes.size} classes`}`);
};
