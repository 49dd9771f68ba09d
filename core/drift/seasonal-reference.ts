/** The reference as it is at the hours or days that the current rows are of. */
import type { Column, Frame } from '../frame.js';
import { mergeCategoryProfiles } from '../profile/category-profile.js';
import { present } from '../profile/number-profile.js';
import type { CategoryProfile, ColumnProfile, NumberProfile, Profile } from '../profile/profile.js';
import { SEASON_NAMES, slotsOf, type Season } from '../profile/season.js';
import { mixSteps, slotSteps } from '../profile/slot-steps.js';
import type { Finding } from './report.js';
import { share } from './text.js';

export interface SeasonSettings {
  readonly by: Season;
  /** event time of each current row, in milliseconds since 1970 */
  readonly times: ArrayLike<number>;
}

/** A slot of the reference, and the share of the current rows that are of it. */
interface Part<P extends ColumnProfile = ColumnProfile> {
  readonly profile: P;
  readonly weight: number;
}

const isPresent = (column: Column | undefined, row: number): boolean =>
  column === undefined || (column.type === 'number' ? !Number.isNaN(column.values[row]) : column.codes[row]! >= 0);

/** The slots of one column; rows whose slot the reference has no value of are compared with the whole. */
const partsOf = (name: string, { columns, seasons }: Profile, column: Column | undefined, slots: Int16Array): Part[] => {
  const rows = new Map<number, number>();
  let total = 0;
  for (let row = 0; row < slots.length; row++) {
    if (!isPresent(column, row)) continue;
    rows.set(slots[row]!, (rows.get(slots[row]!) ?? 0) + 1);
    total++;
  }
  const parts: Part[] = [];
  let unseen = 0;
  for (const [slot, count] of [...rows].sort(([a], [b]) => a - b)) {
    const profile = seasons!.slots[String(slot)]?.columns[name];
    if (profile && present(profile) > 0) parts.push({ profile, weight: count / total });
    else unseen += count;
  }
  return unseen > 0 ? [...parts, { profile: columns[name]!, weight: unseen / total }] : parts;
};

/**
 * Rows of one sample that says as much as the mixture of the parts: the variance of a mixed share is Σ w²/n times that of a row. It is what
 * all rows together would be if every slot had its share of them, and fewer otherwise.
 */
const effectiveRows = (parts: readonly Part[]): number =>
  1 / parts.reduce((sum, { profile, weight }) => sum + weight ** 2 / Math.max(1, present(profile)), 0);

const onlyNumbers = (parts: readonly Part[]): Part<NumberProfile>[] =>
  parts.flatMap(({ profile, weight }) => (profile.type === 'number' ? [{ profile, weight }] : []));
const onlyCategories = (parts: readonly Part[]): Part<CategoryProfile>[] =>
  parts.flatMap(({ profile, weight }) => (profile.type === 'category' ? [{ profile, weight }] : []));

const mixNumbers = (parts: readonly Part<NumberProfile>[], rows: number): NumberProfile => {
  const scale = parts.map(({ profile, weight }) => (rows * weight) / present(profile));
  const { values, cumulative } = mixSteps(slotSteps(parts.map(({ profile }) => profile)), scale);
  const sum = (of: (profile: NumberProfile) => number): number =>
    parts.reduce((total, { profile, weight }) => total + weight * of(profile), 0);
  return {
    type: 'number',
    rows,
    missing: 0,
    min: values[0] ?? null,
    max: values.at(-1) ?? null,
    mean: parts.some(({ profile }) => profile.mean === null) ? null : sum((profile) => profile.mean!),
    values,
    cumulative,
    bound: sum(({ bound }) => bound),
    whole: parts.every(({ profile }) => profile.whole === true),
  };
};

const mixCategories = (parts: readonly Part<CategoryProfile>[], rows: number): CategoryProfile =>
  parts
    .map(({ profile, weight }): CategoryProfile => {
      const factor = (rows * weight) / present(profile);
      return {
        type: 'category',
        rows: rows * weight,
        missing: 0,
        counts: Object.fromEntries(Object.entries(profile.counts).map(([name, count]) => [name, count * factor])),
        ...(profile.other ? { other: { ...profile.other, rows: profile.other.rows * factor } } : {}),
      };
    })
    .reduce((a, b) => mergeCategoryProfiles(a, b));

/** The missing share is that of the slots too. */
const withMissing = <P extends ColumnProfile>(profile: P, parts: readonly Part[]): P => {
  const missing = parts.reduce((sum, { profile: { missing: lost, rows }, weight }) => sum + (weight * lost) / rows, 0);
  const rows = profile.rows / (1 - missing);
  return { ...profile, rows, missing: rows - profile.rows };
};

const mixed = (whole: ColumnProfile, parts: readonly Part[]): ColumnProfile => {
  if (parts.length === 0 || present(whole) === 0) return whole;
  const rows = effectiveRows(parts);
  return withMissing(whole.type === 'number' ? mixNumbers(onlyNumbers(parts), rows) : mixCategories(onlyCategories(parts), rows), parts);
};

export interface SeasonalReference {
  readonly reference: Profile;
  readonly findings: readonly Finding[];
}

/**
 * Mixes the slots of the reference as the current rows have them, column by column. It is a profile like any other but that its counts need
 * not be whole: rows of 6 hours are compared with what the reference was in these hours, and thresholds come from how far its windows
 * strayed from their own hours. A shift within one slot that another takes back is not seen: it leaves the mixture as it was.
 */
export const seasonalReference = (profile: Profile, current: Frame, { by, times }: SeasonSettings): SeasonalReference => {
  const { seasons } = profile;
  if (seasons?.by !== by) {
    const text = `The reference has no rows by ${SEASON_NAMES[by]}: the rows are compared with all of it.`;
    return { reference: profile, findings: [{ code: 'season_unknown', text }] };
  }
  const slots = slotsOf(by, times);
  const now = new Map(Object.entries(current.columns));
  const columns = Object.entries(profile.columns).map(([name, whole]) => {
    const column = now.get(name);
    return [name, mixed(whole, partsOf(name, profile, column?.type === whole.type ? column : undefined, slots))] as const;
  });
  const unseen = slots.reduce((count, slot) => count + (seasons.slots[String(slot)] ? 0 : 1), 0);
  return {
    reference: { ...profile, columns: Object.fromEntries(columns), chunkEffects: seasons.chunkEffects },
    findings: [
      { code: 'season_reference', text: `The rows are compared with those of the reference at the same ${SEASON_NAMES[by]} (UTC).` },
      ...(unseen === 0
        ? []
        : [
            {
              code: 'season_unseen',
              text: `The reference has no rows at the ${SEASON_NAMES[by]} of ${share(unseen / slots.length)} of the rows: these are compared with all of it.`,
            },
          ]),
    ],
  };
};
