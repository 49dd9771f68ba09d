import type { Column, Frame } from '../frame.js';
import type { Profile } from '../profile/profile.js';
import { adjustPValues } from '../statistics/multiple-testing.js';
import { evidenceOf, missingIn, type Evidence } from './evidence.js';
import { judgeTogether, testTogether } from './multivariate.js';
import { recommend } from './recommendation.js';
import type { ColumnReport, DriftReport, DriftVerdict, Finding, RootCause } from './report.js';
import { rootCausesOf } from './root-causes.js';
import { seasonalReference } from './seasonal-reference.js';
import { thresholds } from './thresholds.js';
import { knownImportance } from './weights.js';
import { judgeColumn, type Adjusted, type DriftSettings, type JudgedColumn } from './verdict.js';

export type { DriftSettings } from './verdict.js';

/**
 * Adjusts all the p-values that decide together, and says at which level a single one of them is tested at the least. Each column is asked
 * for two things, whether its values and whether its missing share moved, so that it does not depend on the data how many tests there are:
 * where nothing is missing, the answer is sure, and counts.
 */
const adjustAll = (
  evidence: readonly Evidence[],
  together: number | null,
  rate: number,
): { adjusted: Adjusted[]; togetherAdjusted: number | null; alpha: number } => {
  const ofColumns = evidence.flatMap(({ tests, missingTest }) => {
    const effect = tests[0]?.pValue ?? null;
    return [effect, missingTest?.pValue ?? (effect === null ? null : 1)];
  });
  const raw = [...ofColumns, together];
  const made = raw.filter((p) => p !== null).length;
  const all = adjustPValues(raw, 'fdr_bh');
  return {
    adjusted: evidence.map((_, i) => ({ effect: all[2 * i]!, missing: all[2 * i + 1]! })),
    togetherAdjusted: all.at(-1)!,
    alpha: rate / Math.max(1, made),
  };
};

/** A column that only the current data have. */
const unknownColumn = (name: string, column: Column, rows: number): ColumnReport => ({
  name,
  type: column.type,
  verdict: 'insufficient_data',
  effect: null,
  tests: [],
  missing: { reference: 1, current: rows === 0 ? 0 : missingIn(column) / rows },
  findings: [{ code: 'column_added', text: 'The reference has no such column, so there is nothing to compare it with.' }],
  minimumDetectable: null,
});

const RANK: Readonly<Record<DriftVerdict, number>> = { drift: 0, insufficient_data: 1, no_drift: 2 };

/** How many times its threshold an effect is; a column that drifted without a measured effect comes first. */
const severity = ({ verdict, effect }: ColumnReport): number => {
  if (effect === null) return verdict === 'drift' ? Infinity : 0;
  return effect.threshold === 0 ? effect.value * Number.MAX_VALUE : effect.value / effect.threshold;
};

const worstFirst = (a: ColumnReport, b: ColumnReport): number => {
  const [left, right] = [severity(a), severity(b)];
  return RANK[a.verdict] - RANK[b.verdict] || (left === right ? 0 : right - left) || (a.name < b.name ? -1 : 1);
};

const weightiestFirst = (columns: readonly JudgedColumn[], causes: readonly RootCause[]): JudgedColumn[] => {
  const ranks = new Map(causes.map(({ column }, rank) => [column, rank]));
  return [...columns].sort((a, b) => (ranks.get(a.name) ?? Infinity) - (ranks.get(b.name) ?? Infinity) || 0);
};

/** One column that cannot be judged says nothing about a table of many; half of them do. */
const tableVerdict = (columns: readonly JudgedColumn[]): DriftVerdict => {
  const having = (verdict: DriftVerdict): number => columns.filter((column) => column.verdict === verdict).length;
  if (having('drift') > 0) return 'drift';
  return having('insufficient_data') * 2 >= columns.length ? 'insufficient_data' : 'no_drift';
};

const tableFindings = (reference: Profile, current: Frame): Finding[] => [
  ...(current.rows === 0 ? [{ code: 'no_rows', text: 'The current data have no row.' }] : []),
  ...(reference.rows === 0 ? [{ code: 'no_reference_rows', text: 'The reference has no row.' }] : []),
];

/**
 * Has the data moved away from the reference? Per column one deciding effect (KS D for numbers, Cramér's V for categories), which must
 * be large enough to matter and too large for chance, adjusted over the columns. What is broken in a column is a finding of that column
 * and costs no other its result.
 *
 * @param stored the profile of what the model was trained on
 * @param current live rows with the same columns
 */
export const driftReport = (stored: Profile, current: Frame, given: DriftSettings): DriftReport => {
  const importance = knownImportance(given.importance, stored);
  const settings: DriftSettings = importance ? { ...given, importance } : given;
  const { reference, findings: seasonal } = settings.season
    ? seasonalReference(stored, current, settings.season)
    : { reference: stored, findings: [] };
  const currentColumns = new Map(Object.entries(current.columns));
  const columns = Object.entries(reference.columns);
  const level = settings.falseAlarmRate / Math.max(1, columns.length);
  const evidence = columns.map(([name, profile]) => evidenceOf(name, profile, currentColumns.get(name), current.rows, level));
  const tried = settings.multivariate === true ? testTogether(stored, current) : null;
  const together = tried !== null && 'test' in tried ? tried : null;
  const { adjusted, togetherAdjusted, alpha } = adjustAll(evidence, together?.test.pValue ?? null, settings.falseAlarmRate);
  const names = evidence.filter(({ effect }) => effect !== null).map(({ name }) => name);
  const limits = thresholds(reference.chunkEffects, names, settings.minShift, settings.falseAlarmRate);
  const judged = evidence
    .map((column, i) => {
      const threshold = limits.get(column.name) ?? { value: settings.minShift, chunks: null };
      return judgeColumn(column, adjusted[i]!, threshold, alpha, current.rows, settings);
    })
    .sort(worstFirst);
  const known = new Set(evidence.map(({ name }) => name));
  const added = [...currentColumns].filter(([name]) => !known.has(name)).map(([name, column]) => unknownColumn(name, column, current.rows));
  const strays = [...limits.values()].some(({ chunks }) => chunks !== null);
  const tests = together ? [judgeTogether(together, togetherAdjusted, alpha, strays, settings)] : [];
  const changedTogether = tests.filter(({ verdict: each }) => each === 'drift');
  const verdict = changedTogether.length > 0 ? 'drift' : tableVerdict(judged);
  const rootCauses = rootCausesOf(judged, settings);
  return {
    schema: 'rekindle/drift-report/1',
    verdict,
    recommendation: recommend(
      verdict,
      settings.importance || settings.harm ? weightiestFirst(judged, rootCauses) : judged,
      changedTogether,
      current.rows,
      settings,
    ),
    reference: { rows: reference.rows },
    current: { rows: current.rows },
    rootCauses,
    ...(tests.length > 0 ? { tests } : {}),
    columns: [...judged.map(({ cause: _cause, ...column }) => column), ...added].sort(worstFirst),
    findings: [...tableFindings(reference, current), ...seasonal, ...(tried !== null && together === null ? [tried as Finding] : [])],
  };
};
