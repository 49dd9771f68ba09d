/** Numbers and names as a reader of the report meets them. */
import { pText, share } from '../../core/drift/text.js';
import type { DriftVerdict } from '../../core/drift/report.js';

const GROUPED = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Four digits of a value, in powers of ten where it would be long. */
export const numberText = (value: number): string => {
  const size = Math.abs(value);
  if (size === Number.MAX_VALUE) return value > 0 ? 'infinity' : '−infinity';
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) return Number(value.toPrecision(4)).toExponential().replace('e+', 'e').replace(/-/g, '−');
  return (Number.isInteger(value) ? WHOLE : GROUPED).format(value).replace(/^-/, '−');
};

export const countText = (value: number): string => WHOLE.format(value);

/** Never broken at the end of a line. */
const unbroken = (text: string): string => text.replaceAll(' ', '\u00a0');

export const percentText = (value: number): string =>
  value === 0 ? unbroken('0 %') : value === 1 ? unbroken('100 %') : unbroken(share(value));

export const pValueText = (p: number): string => unbroken(pText(p));

/** A part of a whole that may be empty. */
export const partText = (part: number, whole: number): string => (whole === 0 ? 'none' : percentText(part / whole));

export const clipped = (text: string, length: number): string => {
  const characters = [...text.slice(0, 2 * length + 2)];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
};

/** Names of columns and categories in running text; an empty one would be invisible. */
export const nameText = (name: string): string => (name.trim() === '' ? '(no name)' : clipped(name, 80));

export const VERDICTS: Readonly<Record<DriftVerdict, string>> = {
  drift: 'drift',
  no_drift: 'no drift',
  insufficient_data: 'not enough data',
};

export const plural = (count: number, one: string, many = `${one}s`): string => `${countText(count)} ${count === 1 ? one : many}`;
