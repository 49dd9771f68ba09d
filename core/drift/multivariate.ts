/** Have the columns changed together? A test of the table, beside those of its columns. */
import type { Column, Frame } from '../frame.js';
import type { Profile } from '../profile/profile.js';
import type { RowSample } from '../profile/row-sample.js';
import { domainClassifier, type DomainClassifier, type DomainColumn } from '../statistics/domain-classifier.js';
import { normalQuantile } from '../statistics/distributions/normal.js';
import { POWER } from '../statistics/power.js';
import { isUndefined } from '../statistics/undefined.js';
import type { DriftVerdict, Finding, TableTest } from './report.js';
import { effectText, listed, pText } from './text.js';
import type { DriftSettings } from './verdict.js';

/** Draws of the test; any number would do, and the same one gives the same answer. */
const SEED = 1;

/** Columns that are named as telling the sides apart. */
const MOST_NAMED = 3;

export interface Together {
  readonly test: DomainClassifier;
  /** names of the columns it saw, in the order of its contributions */
  readonly columns: readonly string[];
}

/** The column on both sides, categories under shared codes; null where the sample has other values than the column. */
const pairOf = (cells: RowSample['columns'][string], column: Column): readonly [DomainColumn, DomainColumn] | null => {
  if (column.type === 'number') {
    if (cells.some((cell) => typeof cell === 'string')) return null;
    return [
      { type: 'number', values: Float64Array.from(cells, (cell) => (cell === null ? NaN : Number(cell))) },
      { type: 'number', values: column.values },
    ];
  }
  if (cells.some((cell) => typeof cell === 'number')) return null;
  const codes = new Map(column.categories.map((category, code) => [category, code]));
  const codeOf = (cell: (typeof cells)[number]): number => {
    if (typeof cell !== 'string') return -1;
    if (!codes.has(cell)) codes.set(cell, codes.size);
    return codes.get(cell)!;
  };
  return [
    { type: 'category', codes: Int32Array.from(cells, codeOf) },
    { type: 'category', codes: column.codes },
  ];
};

/** @returns why it could not be done, as a finding, or what it says */
export const testTogether = ({ sample }: Profile, current: Frame): Together | Finding => {
  const untested = (why: string): Finding => ({ code: 'multivariate_untested', text: `The columns were not tested together: ${why}.` });
  if (!sample) return untested('the reference keeps no rows');
  const now = new Map(Object.entries(current.columns));
  const pairs = Object.entries(sample.columns).flatMap(([name, cells]) => {
    const column = now.get(name);
    const pair = column ? pairOf(cells, column) : null;
    return pair ? [{ name, pair }] : [];
  });
  const test = domainClassifier(
    pairs.map(({ pair }) => pair[0]),
    pairs.map(({ pair }) => pair[1]),
    { seed: SEED },
  );
  return isUndefined(test) ? untested(test.reason) : { test, columns: pairs.map(({ name }) => name) };
};

/** The columns that told the sides apart, most first. */
const mostly = ({ test, columns }: Together): string[] =>
  columns
    .map((name, i) => ({ name, part: test.contributions[i]! }))
    .filter(({ part }) => part > 0)
    .sort((a, b) => b.part - a.part)
    .slice(0, MOST_NAMED)
    .map(({ name }) => name);

const textOf = (verdict: DriftVerdict, together: Together, threshold: number, adjusted: number | null, strays: boolean): string => {
  const told = `a learner tells current rows from those of the reference with an AUC of ${effectText(together.test.auc)}`;
  const limit = `from ${effectText(threshold)} on it matters`;
  if (strays) return `Taken together, ${told}; rows of this stream resemble their neighbours, as its chunks show, so that proves nothing.`;
  switch (verdict) {
    case 'drift':
      return `Taken together, the columns have changed: ${told}, and ${limit} (${pText(adjusted!)}), mostly by ${listed(mostly(together))}.`;
    case 'no_drift':
      return `Taken together, the columns are as they were: ${told}, and ${limit}.`;
    case 'insufficient_data':
      return `Taken together, the columns cannot be judged: ${told}, with ${together.test.rows.current} rows only, and ${limit}.`;
  }
};

/**
 * Sides whose best score lies a KS distance of `minShift` apart give an AUC of at least (1 + minShift)/2: that is where it matters. On a
 * stream whose own chunks raised a threshold rows are not independent, and the test decides nothing.
 *
 * @param adjusted its p-value among all that decide
 * @param alpha level of a single test after adjustment
 * @param strays did the reference's own chunks raise a threshold?
 */
export const judgeTogether = (
  together: Together,
  adjusted: number | null,
  alpha: number,
  strays: boolean,
  { minShift, falseAlarmRate }: DriftSettings,
): TableTest => {
  const { auc, interval, pValue } = together.test;
  const threshold = (1 + minShift) / 2;
  const standardError = (interval[1] - interval[0]) / 2 / normalQuantile(0.975);
  const visible = (normalQuantile(1 - alpha) + normalQuantile(POWER)) * standardError;
  const drifted = auc >= threshold && adjusted !== null && adjusted <= falseAlarmRate;
  const verdict = strays ? 'insufficient_data' : drifted ? 'drift' : visible <= threshold - 0.5 ? 'no_drift' : 'insufficient_data';
  const parts = together.columns.map((column, i) => ({ column, share: together.test.contributions[i]! }));
  return {
    name: 'domain_classifier',
    statistic: auc,
    interval: [...interval],
    threshold,
    pValue,
    adjustedPValue: adjusted,
    verdict,
    contributions: parts.filter((part) => part.share > 0).sort((a, b) => b.share - a.share),
    text: textOf(verdict, together, threshold, adjusted, strays),
  };
};
