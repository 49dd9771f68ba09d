import { groupByValue, type ValueGroups } from '../statistics/groups.js';
import { rocAuc } from '../statistics/roc-auc.js';
import { isUndefined } from '../statistics/undefined.js';
import { equalCountCalibrationError } from './calibration.js';
import { isotonicAt, isotonicOfGroups, type Isotonic } from './isotonic.js';
import { stratifiedShuffleSplits } from './shuffle-split.js';

/** How scores become probabilities. */
export interface Calibrator {
  /** null: the scores are used as they are */
  readonly isotonic: Isotonic | null;
  /** why */
  readonly reason: string;
}

/** Beyond this AUC an isotonic fit is a single step, and its error is luck. */
const NEARLY_PERFECT = 0.999;

interface GroupSums {
  readonly rows: Float64Array;
  readonly positives: Float64Array;
}

const sumsOf = (labels: Uint8Array, { values, groupOf }: ValueGroups): GroupSums => {
  const rows = new Float64Array(values.length);
  const positives = new Float64Array(values.length);
  for (let i = 0; i < labels.length; i++) {
    rows[groupOf[i]!]!++;
    positives[groupOf[i]!]! += labels[i]!;
  }
  return { rows, positives };
};

/** Calibration error on rows that were set apart, before and after a fit to the others. */
const errorsApart = (
  labels: Uint8Array,
  scores: Float64Array,
  groups: ValueGroups,
  all: GroupSums,
): { before: number; after: number } | string => {
  const splits = stratifiedShuffleSplits(labels, { splits: 10, testShare: 0.1, seed: 42 });
  if (isUndefined(splits)) return splits.reason;
  const total = splits.reduce((sum, apart) => sum + apart.length, 0);
  const outcomes = new Uint8Array(total);
  const given = new Float64Array(total);
  const calibrated = new Float64Array(total);
  let at = 0;
  for (const apart of splits) {
    const rows = all.rows.slice();
    const positives = all.positives.slice();
    for (let k = 0; k < apart.length; k++) {
      const row = apart[k]!;
      rows[groups.groupOf[row]!]!--;
      positives[groups.groupOf[row]!]! -= labels[row]!;
      outcomes[at + k] = labels[row]!;
      given[at + k] = scores[row]!;
    }
    const fit = isotonicOfGroups(groups.values, positives, rows);
    if (isUndefined(fit)) return fit.reason;
    calibrated.set(isotonicAt(fit, given.subarray(at, at + apart.length)), at);
    at += apart.length;
  }
  const before = equalCountCalibrationError(outcomes, given);
  const after = equalCountCalibrationError(outcomes, calibrated);
  return before === null || after === null ? 'too few rows to measure calibration' : { before, after };
};

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/**
 * Decides whether scores are better probabilities after an isotonic fit, on rows that the fit has not seen (ten splits, a tenth set
 * apart each time), and fits all rows if so.
 *
 * @param labels what happened, 1 for the positive class
 * @param scores without NaN, in [0, 1] if they are to be used as they are
 * @see NannyML, whose rule and whose splits these are
 */
export const calibratorFor = (labels: Uint8Array, scores: Float64Array): Calibrator => {
  const auc = rocAuc(labels, scores);
  if (isUndefined(auc)) return { isotonic: null, reason: `not calibrated: ${auc.reason}` };
  if (auc > NEARLY_PERFECT) return { isotonic: null, reason: `not calibrated: an AUC of ${auc.toFixed(4)} leaves nothing to fit` };
  const groups = groupByValue(scores);
  const sums = sumsOf(labels, groups);
  const errors = errorsApart(labels, scores, groups, sums);
  if (typeof errors === 'string') return { isotonic: null, reason: `not calibrated: ${errors}` };
  const { before, after } = errors;
  if (before <= after) {
    return { isotonic: null, reason: `not calibrated: the error of ${percent(before)} would become ${percent(after)}` };
  }
  const isotonic = isotonicOfGroups(groups.values, sums.positives, sums.rows);
  if (isUndefined(isotonic)) return { isotonic: null, reason: `not calibrated: ${isotonic.reason}` };
  return { isotonic, reason: `calibrated: the error falls from ${percent(before)} to ${percent(after)} on rows set apart` };
};
