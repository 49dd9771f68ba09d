import type { Finding } from './report.js';
import { listed, share } from './text.js';

/** A category that should have occurred this often and did not has vanished; chance alone leaves it out in 1 of 150 windows. */
const EXPECTED_ROWS = 5;

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/**
 * New and vanished categories.
 *
 * @param table counts of the reference, then of the current rows, for each of `categories`
 */
export const categoryFindings = (
  categories: readonly string[],
  [reference, current]: readonly [readonly number[], readonly number[]],
): Finding[] => {
  const [n, m] = [total(reference), total(current)];
  const findings: Finding[] = [];
  const added = categories.filter((_, i) => reference[i] === 0);
  if (added.length > 0) {
    const rows = total(current.filter((_, i) => reference[i] === 0));
    findings.push({
      code: 'new_categories',
      text: `${share(rows / m)} of the rows have a category that the reference never had: ${listed(added)}.`,
    });
  }
  const gone = categories.filter((_, i) => current[i] === 0 && (reference[i]! / n) * m >= EXPECTED_ROWS);
  if (gone.length > 0) {
    const rows = total(reference.filter((count, i) => current[i] === 0 && (count / n) * m >= EXPECTED_ROWS));
    findings.push({
      code: 'vanished_categories',
      text: `${share(rows / n)} of the reference had a category that no row has now: ${listed(gone)}.`,
    });
  }
  return findings;
};
