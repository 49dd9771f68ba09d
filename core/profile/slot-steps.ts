/** Distribution functions of several parts, ready to be mixed with any weights. */
import type { NumberProfile } from './profile.js';

/** The steps of all parts, ascending. */
export interface SlotSteps {
  readonly values: Float64Array;
  /** the part that has the step */
  readonly parts: Int32Array;
  /** rows of the part that are at the step */
  readonly rows: Float64Array;
}

export const slotSteps = (profiles: readonly NumberProfile[]): SlotSteps => {
  const length = profiles.reduce((sum, { values }) => sum + values.length, 0);
  const all = { values: new Float64Array(length), parts: new Int32Array(length), rows: new Float64Array(length) };
  let at = 0;
  profiles.forEach(({ values, cumulative }, part) =>
    values.forEach((value, i) => {
      all.values[at] = value;
      all.parts[at] = part;
      all.rows[at++] = cumulative[i]! - (cumulative[i - 1] ?? 0);
    }),
  );
  const order = Uint32Array.from({ length }, (_, i) => i).sort((a, b) => all.values[a]! - all.values[b]! || all.parts[a]! - all.parts[b]!);
  return {
    values: Float64Array.from(order, (i) => all.values[i]!),
    parts: Int32Array.from(order, (i) => all.parts[i]!),
    rows: Float64Array.from(order, (i) => all.rows[i]!),
  };
};

/**
 * The mixture of the parts in which a row of part i counts `scale[i]`.
 *
 * @returns distinct values and how many rows, which need not be whole, are ≤ each
 */
export const mixSteps = ({ values, parts, rows }: SlotSteps, scale: ArrayLike<number>): Pick<NumberProfile, 'values' | 'cumulative'> => {
  const mixed = { values: [] as number[], cumulative: [] as number[] };
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const factor = scale[parts[i]!]!;
    if (factor === 0) continue;
    sum += rows[i]! * factor;
    const last = mixed.values.length - 1;
    if (last >= 0 && mixed.values[last] === values[i]) mixed.cumulative[last] = sum;
    else {
      mixed.values.push(values[i]!);
      mixed.cumulative.push(sum);
    }
  }
  return mixed;
};
