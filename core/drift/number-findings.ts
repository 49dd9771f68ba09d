/** Values that the reference never had: outside of its range, with another sign, with a fraction, without end. */
import { LARGEST, present } from '../profile/number-profile.js';
import type { NumberProfile } from '../profile/profile.js';
import { chanceOfNone } from './chance.js';
import type { Finding } from './report.js';
import { share, valueText } from './text.js';

/** Tests that these findings make of a column: they share the rate of false alarms that one column may have. */
const TESTS = 5;

/** How many of the ascending values are < `value`, or ≤ it when `inclusive`. */
const countBelow = (sorted: Float64Array, value: number, inclusive: boolean): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value || (inclusive && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
};

const withFraction = (sorted: Float64Array): number => {
  let count = 0;
  for (let i = 0; i < sorted.length; i++) if (!Number.isInteger(sorted[i])) count++;
  return count;
};

/** A hundredth of the width beyond is as good as at the edge. */
const WORTH_SAYING = 0.01;

/** `1.3 times its width beyond`; nothing to measure by when the reference had one value only. */
const howFar = (beyond: number, width: number): string => {
  const times = beyond / width;
  return Number.isFinite(times) && times >= WORTH_SAYING ? `, ${valueText(times)} times its width beyond` : '';
};

const outside = (
  { min, max }: { readonly min: number; readonly max: number },
  finite: Float64Array,
  m: number,
  unlikely: (seen: number) => boolean,
): Finding[] => {
  const below = countBelow(finite, min, false);
  const above = finite.length - countBelow(finite, max, true);
  const [low, high] = [unlikely(below), unlikely(above)];
  if (!low && !high) return [];
  const [smallest, largest] = [finite[0]!, finite.at(-1)!];
  const sides = [
    ...(low ? [`${share(below / m)} are smaller, down to ${valueText(smallest)}${howFar(min - smallest, max - min)}`] : []),
    ...(high ? [`${share(above / m)} are larger, up to ${valueText(largest)}${howFar(largest - max, max - min)}`] : []),
  ];
  const lies =
    min === max
      ? `Every value of the reference is ${valueText(min)}`
      : `The reference lies between ${valueText(min)} and ${valueText(max)}`;
  return [{ code: 'outside_range', text: `${lies}; ${sides.join(', and ')}.` }];
};

/**
 * Each finding says that so many rows have what no row of the reference had that chance alone, at `level` for the whole column, does not
 * explain it. They are no verdict: whether the column as a whole has moved is for its effect to say.
 *
 * @param sorted the present values, from `orderedValues`
 */
export const numberFindings = (reference: NumberProfile, sorted: Float64Array, level: number): Finding[] => {
  const [n, m] = [present(reference), sorted.length];
  const { min, max } = reference;
  if (min === null || max === null || m === 0) return [];
  const unlikely = (seen: number): boolean => seen > 0 && chanceOfNone(seen, n, m) <= level / TESTS;
  const first = countBelow(sorted, -LARGEST, true);
  const last = countBelow(sorted, LARGEST, false);
  const finite = sorted.subarray(first, last);
  const found: Finding[] = [];

  const infinite = m - finite.length;
  if (min > -LARGEST && max < LARGEST && unlikely(infinite))
    found.push({ code: 'infinite_values', text: `${share(infinite / m)} of the values are infinite; the reference had none that were.` });
  if (finite.length > 0) found.push(...outside({ min, max }, finite, m, unlikely));
  const negative = countBelow(finite, 0, false);
  const positive = finite.length - countBelow(finite, 0, true);
  if (min >= 0 && unlikely(negative))
    found.push({ code: 'sign_changed', text: `${share(negative / m)} of the values are negative; the reference had none that were.` });
  if (max <= 0 && unlikely(positive))
    found.push({ code: 'sign_changed', text: `${share(positive / m)} of the values are positive; the reference had none that were.` });
  const fractions = reference.whole === true ? withFraction(finite) : 0;
  if (unlikely(fractions))
    found.push({ code: 'fractions', text: `${share(fractions / m)} of the values have a fraction; the reference had whole numbers only.` });
  return found;
};
