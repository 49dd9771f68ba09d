/** A suite from what the reference shows: limits that a window of the same distribution keeps, each with the reason why it is so. */
import { share } from '../drift/text.js';
import { present } from '../profile/number-profile.js';
import type { CategoryProfile, ColumnProfile, NumberProfile, Profile } from '../profile/profile.js';
import { mostByChance } from './chance.js';
import type { Check } from './check.js';
import type { CheckSuite } from './suite.js';

/** What a profile does not know of its table. */
export interface SuggestFacts {
  /** rows of the windows that will be checked; 1,000, or all of a smaller reference, unless it is said */
  readonly window?: number;
  /** do all windows have about so many rows? Then their number and their age are checked too */
  readonly isWindowTypical?: boolean;
  /** columns that name rows, alone or together */
  readonly unique?: readonly (readonly string[])[];
  /** columns of times, with the first and the last (ISO 8601); they need not be in the profile */
  readonly times?: readonly { readonly column: string; readonly from: string; readonly to: string }[];
  /** rows of the reference that repeat an earlier one; absent when nobody has looked */
  readonly duplicates?: number;
  /** rows whose value in this column is of another type than the column, and so counts as missing in the profile */
  readonly otherTypes?: Readonly<Record<string, number>>;
}

/** Share of windows of the reference's own distribution that may fail any of the suggested checks. */
const FALSE_ALARMS = 0.02;
const WINDOW = 1000;
/** Of the width of a range, added at each end. */
const MARGIN = 0.1;
/** The outermost values of the reference, as a share, that are left out of a range which they alone would double. */
const OUTLIERS = 0.001;
/** Where chance may bring more unknown categories than this, a list of the known ones says nothing. */
const MOST_UNKNOWN = 0.2;

const number = (count: number): string => count.toLocaleString('en-US');
const rowsText = (count: number): string => `${number(count)} ${count === 1 ? 'row' : 'rows'}`;

interface Chance {
  readonly window: number;
  /** per check */
  readonly alpha: number;
}

/** So many rows of a window, as a share that allows them. */
const shareOf = (rows: number, window: number): number => Math.ceil((1e6 * rows) / window) / 1e6;

const allowing = (rows: number, { window }: Chance): { allow?: { share: number } } =>
  rows === 0 ? {} : { allow: { share: shareOf(rows, window) } };

const chanceText = (rows: number, { window }: Chance): string =>
  `in a window of ${rowsText(window)} chance makes that ${rows === 0 ? 'none' : `up to ${number(rows)}`}`;

const notNull = (column: string, missing: number, rows: number, chance: Chance): Check[] => {
  if (missing >= rows) return [];
  const most = mostByChance(missing, rows, chance.window, chance.alpha);
  if (most >= chance.window) return [];
  return [
    {
      check: 'not_null',
      severity: 'error',
      column,
      ...allowing(most, chance),
      why: `The reference lacks ${missing === 0 ? 'no value' : `${number(missing)} ${missing === 1 ? 'value' : 'values'} (${share(missing / rows)})`} in ${rowsText(rows)}; ${chanceText(most, chance)}.`,
    },
  ];
};

interface Ends {
  readonly low: number;
  readonly high: number;
  /** values of the reference beyond them */
  readonly left: number;
}

/** The ends of the values, without a few outermost ones that lie farther away than all others do from one another. */
const endsOf = (profile: NumberProfile): Ends => {
  const { values, cumulative } = profile;
  const n = present(profile);
  const most = Math.floor(n * OUTLIERS);
  let [first, last] = [0, values.length - 1];
  while (cumulative[first]! <= most / 2) first++;
  while (last > first && n - cumulative[last - 1]! <= most / 2) last--;
  const width = values[last]! - values[first]!;
  const low = values[first]! - values[0]! > width ? first : 0;
  const high = values.at(-1)! - values[last]! > width ? last : values.length - 1;
  return { low: values[low]!, high: values[high]!, left: (cumulative[low - 1] ?? 0) + n - cumulative[high]! };
};

/** A number with few digits, at or below (above) this one; steps are a thousandth of the width or finer. */
const rounded = (value: number, width: number, towards: (x: number) => number): number => {
  const digits = Math.min(15, 2 - Math.floor(Math.log10(width)));
  if (digits < -300) return value;
  const step = 10 ** Math.abs(digits);
  return digits >= 0 ? towards(value * step) / step : towards(value / step) * step;
};

const range = (column: string, profile: NumberProfile, chance: Chance): Check[] => {
  const n = present(profile);
  if (n === 0) return [];
  const { low, high, left } = endsOf(profile);
  const width = high - low;
  if (!Number.isFinite(width * (1 + 2 * MARGIN))) return [];
  // values that keep their sign are counts, sizes, prices: the margin does not reach beyond zero
  const kept = (end: number, sign: 1 | -1): number => (sign * (sign === 1 ? low : high) >= 0 ? sign * Math.max(0, sign * end) : end);
  const min = width === 0 ? low : kept(rounded(low - MARGIN * width, width, Math.floor), 1);
  const max = width === 0 ? high : kept(rounded(high + MARGIN * width, width, Math.ceil), -1);
  const most = mostByChance(Math.min(left + 1, n - 1), n, chance.window, chance.alpha);
  if (most >= chance.window) return [];
  const without = left === 0 ? '' : `, without ${number(left)} far outside`;
  const margin = width === 0 ? 'all the same' : `and a tenth of that width is added at each end`;
  return [
    {
      check: 'range',
      severity: 'error',
      column,
      min: min + 0,
      max: max + 0,
      ...allowing(most, chance),
      why: `The reference has ${low} to ${high} in ${number(n)} values${without}, ${margin}; a window has values beyond the reference's by chance: of ${number(chance.window)} ${most === 0 ? 'none' : `up to ${number(most)}`}.`,
    },
  ];
};

const categories = (column: string, profile: CategoryProfile, chance: Chance): Check[] => {
  const counts = Object.entries(profile.counts);
  const n = present(profile);
  // others were counted together: their names are not known, so nothing can be said of who is new
  if (counts.length === 0 || profile.other !== undefined) return [];
  // a category seen once might as well not have been: such rows are as frequent as those of categories nobody has seen (Good and Turing)
  const once = counts.filter(([, rows]) => rows === 1).length;
  const most = once >= n ? chance.window : mostByChance(once, n, chance.window, chance.alpha);
  if (most > MOST_UNKNOWN * chance.window) return [];
  return [
    {
      check: 'categories',
      severity: 'error',
      column,
      categories: counts.map(([category]) => category).sort((a, b) => (a < b ? -1 : 1)),
      ...allowing(most, chance),
      why: `The reference has ${counts.length === 1 ? 'this category' : `these ${number(counts.length)} categories`} in ${number(n)} values, ${once === 0 ? 'none' : number(once)} of them once only; of others there are by chance, in a window of ${rowsText(chance.window)}, ${most === 0 ? 'none' : `up to ${number(most)}`}.`,
    },
  ];
};

const ofColumn = (name: string, profile: ColumnProfile, odd: number, chance: Chance): Check[] => {
  const missing = Math.max(0, profile.missing - odd);
  return [
    ...notNull(name, missing, profile.rows, chance),
    ...(profile.type === 'number' ? range(name, profile, chance) : categories(name, profile, chance)),
  ];
};

const typeOf = (profile: ColumnProfile): 'number' | 'category' | 'any' => (present(profile) === 0 ? 'any' : profile.type);

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Rounded up to whole hours, of more than two days to whole days. */
const durationOf = (ms: number): `${number} hours` | `${number} days` =>
  ms > 2 * DAY_MS ? `${Math.ceil(ms / DAY_MS)} days` : `${Math.max(1, Math.ceil(ms / HOUR_MS))} hours`;

const ofWindows = (rows: number, window: number, { times = [], isWindowTypical = false }: SuggestFacts): Check[] => {
  if (!isWindowTypical) return [{ check: 'row_count', severity: 'error', min: 1, why: 'Without rows there is nothing to check.' }];
  const [min, max] = [Math.ceil(window / 2), 2 * window];
  return [
    {
      check: 'row_count',
      severity: 'error',
      min,
      max,
      why: `Windows have about ${rowsText(window)}: half as many to twice as many may be.`,
    },
    ...times.map(({ column, from, to }): Check => {
      const span = ((Date.parse(to) - Date.parse(from)) * window) / Math.max(1, rows);
      const maxAge = durationOf(2 * span);
      return {
        check: 'freshness',
        severity: 'warning',
        column,
        maxAge,
        why: `In the reference ${rowsText(window)} span ${durationOf(span)}: the newest may be twice as old.`,
      };
    }),
  ];
};

/** Checks whose limits rest on chance, which the accepted false alarms are shared among. */
const restsOnChance = ({ columns }: Profile, { duplicates }: SuggestFacts): number =>
  2 * Object.keys(columns).length + (duplicates === undefined ? 0 : 1) + 1;

/**
 * Of windows of the reference's own distribution at most 2 in 100 fail any suggested check, where their rows come as if drawn one by one.
 * The same profile and facts give the same suite.
 */
export const suggestChecks = (profile: Profile, facts: SuggestFacts = {}): CheckSuite => {
  const window = Math.max(1, facts.window ?? Math.min(WINDOW, profile.rows));
  const chance = { window, alpha: FALSE_ALARMS / restsOnChance(profile, facts) };
  const columns = Object.entries(profile.columns);
  const times = (facts.times ?? []).filter(({ column }) => !Object.hasOwn(profile.columns, column));
  const types = [
    ...columns.map(([name, column]) => [name, typeOf(column)] as const),
    ...times.map(({ column }) => [column, 'time'] as const),
  ];
  const odd = Math.max(0, ...Object.values(facts.otherTypes ?? {}));
  const oddInWindow = odd === 0 ? 0 : mostByChance(odd, profile.rows, window, chance.alpha);
  const schema: Check = {
    check: 'schema',
    severity: 'error',
    columns: Object.fromEntries(types),
    extraColumns: true,
    otherTypes: shareOf(oddInWindow, window),
    why: `The columns of the reference. A column more harms nobody${odd === 0 ? '' : `; ${number(odd)} values of the worst column are of another type in the reference, ${chanceText(oddInWindow, chance)}`}.`,
  };
  const unique = (facts.unique ?? []).map((names): Check => ({
    check: 'unique',
    severity: 'error',
    columns: [...names],
    why: `No value occurs twice in ${rowsText(profile.rows)} of the reference.`,
  }));
  const repeats = facts.duplicates;
  const mostRepeats = repeats === undefined || repeats >= profile.rows ? 0 : mostByChance(repeats, profile.rows, window, chance.alpha);
  const duplicates: Check[] =
    repeats === undefined || repeats >= profile.rows || window > profile.rows // longer windows have more repeats
      ? []
      : [
          {
            check: 'duplicates',
            severity: 'error',
            ...allowing(mostRepeats, chance),
            why: `In the reference ${repeats === 0 ? 'none' : number(repeats)} of ${rowsText(profile.rows)} repeat${repeats === 1 || repeats === 0 ? 's' : ''} one before; ${chanceText(mostRepeats, chance)}.`,
          },
        ];
  return {
    schema: 'rekindle/check-suite/1',
    checks: [
      ...(types.length === 0 ? [] : [schema]),
      ...ofWindows(profile.rows, window, { ...facts, times: facts.times ?? [] }),
      ...unique,
      ...duplicates,
      ...columns.flatMap(([name, column]) => ofColumn(name, column, facts.otherTypes?.[name] ?? 0, chance)),
    ],
  };
};
