import type { CategoryTable } from './category-table.js';
import { chanceOfNone } from './chance.js';
import type { Finding } from './report.js';
import { listed, share } from './text.js';

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/**
 * New and vanished categories, among those that are named; and that not all are. A category has vanished when chance, which leaves rare
 * ones out, does not explain that no row has it.
 *
 * @param level rate of chance findings that the column may have
 */
export const categoryFindings = ({ categories, counts: [reference, current], other }: CategoryTable, level: number): Finding[] => {
  const [n, m] = [total(reference), total(current)];
  const findings: Finding[] = [];
  const added = { names: [] as string[], rows: 0 };
  const gone = { names: [] as string[], rows: 0 };
  const hasGone = (rows: number): boolean => chanceOfNone(Math.round(rows), m, n) <= level / categories.length;
  categories.forEach((category, i) => {
    const [before, now] = [reference[i]!, current[i]!];
    if (before + now === 0) return;
    const list = before === 0 ? added : now === 0 && hasGone(before) ? gone : null;
    if (list === null) return;
    list.names.push(category);
    list.rows += before + now;
  });
  if (added.names.length > 0)
    findings.push({
      code: 'new_categories',
      text: `${share(added.rows / m)} of the rows have a category that the reference never had: ${listed(added.names)}.`,
    });
  if (gone.names.length > 0)
    findings.push({
      code: 'vanished_categories',
      text: `${share(gone.rows / n)} of the reference had a category that no row has now: ${listed(gone.names)}.`,
    });
  if (other)
    findings.push({
      code: 'many_categories',
      text:
        `${categories.length.toLocaleString('en-US')} categories are compared by name; the others, at least ` +
        `${other.categories.toLocaleString('en-US')}, count as one: ${share(reference.at(-1)! / n)} of the reference and ${share(current.at(-1)! / m)} of the rows.`,
    });
  return findings;
};
