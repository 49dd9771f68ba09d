/** Compares what we say with what is expected, field by field; says where they part. */
import { isUndefined } from '../../core/statistics/undefined.js';

export type Tolerances = Readonly<Record<string, { readonly rel?: number; readonly abs?: number }>>;

const EXACT = new Set(
  'n n1 n2 n_reference n_current dof tp fp fn tn incorrect support positives negatives statistic_sign table confusion_matrix reference_counts current_counts'.split(
    ' ',
  ),
);
const P_VALUE = /pvalue|^adjusted$/;

const tolerance = (field: string, given: Tolerances): { rel: number; abs: number } => {
  const own = given[field];
  if (own) return { rel: own.rel ?? 0, abs: own.abs ?? 0 };
  return P_VALUE.test(field) ? { rel: 1e-6, abs: 1e-300 } : { rel: 1e-9, abs: 1e-12 };
};

const numberDiffers = (expected: number, actual: unknown, field: string, given: Tolerances): boolean => {
  if (typeof actual !== 'number') return true;
  if (expected === actual) return false;
  if (!Number.isFinite(expected) || !Number.isFinite(actual)) return true;
  if (EXACT.has(field) && Number.isInteger(expected)) return true;
  const { rel, abs } = tolerance(field, given);
  return Math.abs(expected - actual) > Math.max(abs, rel * Math.abs(expected));
};

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

/** The first difference, or null. `field` is the innermost name, by which the tolerance is chosen. */
const difference = (expected: unknown, actual: unknown, path: string, field: string, given: Tolerances): string | null => {
  if (expected === 'Infinity' || expected === '-Infinity')
    return Number(expected) === actual ? null : `${path}: ${show(actual)} is not ${expected}`;
  if (typeof expected === 'number') {
    return numberDiffers(expected, actual, field, given) ? `${path}: ${show(actual)} is not ${expected}` : null;
  }
  if (typeof expected !== 'object' || expected === null) {
    return expected === actual ? null : `${path}: ${show(actual)} is not ${show(expected)}`;
  }
  if (typeof actual !== 'object' || actual === null) return `${path}: ${show(actual)} is not ${show(expected).slice(0, 80)}`;
  if (Array.isArray(expected) && (expected as unknown[]).length !== (actual as { length?: number }).length) {
    return `${path}: ${(actual as { length?: number }).length} entries are not ${(expected as unknown[]).length}`;
  }
  for (const [key, value] of Object.entries(expected)) {
    const inner = Array.isArray(expected) ? field : key;
    const found = difference(value, (actual as Record<string, unknown>)[key], path === '' ? key : `${path}.${key}`, inner, given);
    if (found) return found;
  }
  return null;
};

/**
 * @param expected `{ undefined: true }` asks for an answer that says why there is none; `why_null` asks for a reason beside each
 *   such null; `note` is for people. Wording is not compared.
 */
export const firstDifference = (expected: Readonly<Record<string, unknown>>, actual: unknown, given: Tolerances = {}): string | null => {
  if (expected['undefined'] === true) return isUndefined(actual) ? null : `answered ${show(actual)} where the result is undefined`;
  if (isUndefined(actual)) return `undefined: ${actual.reason}`;
  const { why_null: whyNull, note: _note, ...fields } = expected;
  const reasons = (actual as { why_null?: Record<string, string> }).why_null ?? {};
  for (const field of Object.keys(whyNull ?? {})) if (!reasons[field]) return `${field}: null without a reason`;
  return difference(fields, actual, '', '', given);
};
