/** What a column is, from what its values look like. Both sides of a comparison must read a column alike. */

/** What was counted in one column of one file. */
export interface ColumnStats {
  /** cells that are not missing */
  readonly present: number;
  /** of them: such as a double can hold, infinities included */
  readonly numbers: number;
  /** whole numbers from 2^53 up, which a double does not hold exactly */
  readonly long: number;
  /** numbers with leading zeros: '007' */
  readonly zeros: number;
  readonly infinite: number;
  /** times, by the way in which most are written; null when none was looked for */
  readonly times: { readonly count: number; readonly order: TimeOrder } | null;
}

/** `unclear`: day and month may stand either way round in all of them */
export type TimeOrder = 'iso' | 'day_first' | 'month_first' | 'unclear';

export type Kind = 'number' | 'category' | 'time' | 'empty';

/** One side of a column. */
export interface Side {
  readonly stats: ColumnStats;
  /** what the file itself says; null when it is text and says nothing */
  readonly declared: Kind | null;
}

/** A column of numbers may have this share of other things, which then count as missing; so may one of times. */
const JUNK = 0.1;
/** In a column that the other file has as numbers, it may be this much. */
const JUNK_BESIDE_NUMBERS = 0.5;

const shareOf = (count: number, { present }: ColumnStats): number => (present === 0 ? 0 : count / present);

/** Numbers that name things: arithmetic on them means nothing, and a double would not keep all their digits. */
const isIdentifier = ({ stats }: Side): boolean => stats.long > 0 || stats.zeros > 0;

export const kindOf = ({ stats, declared }: Side): Kind => {
  if (stats.present === 0) return 'empty';
  if (declared !== null) return declared === 'number' && stats.long > 0 ? 'category' : declared;
  if (shareOf(stats.numbers, stats) >= 1 - JUNK) return stats.long > 0 || stats.zeros > 0 ? 'category' : 'number';
  if (shareOf(stats.times?.count ?? 0, stats) >= 1 - JUNK) return 'time';
  return 'category';
};

export type ReadAs = 'number' | 'category' | 'time';

/** How to read a column that both files have. The two differ only when the data do: then that is the finding. */
export const readBothAs = (reference: Side, current: Side): { reference: ReadAs; current: ReadAs } => {
  const [before, now] = [kindOf(reference), kindOf(current)];
  const both = (kind: ReadAs): { reference: ReadAs; current: ReadAs } => ({ reference: kind, current: kind });
  if (before === 'empty') return both(now === 'empty' ? 'category' : now);
  if (now === 'empty' || before === now) return both(before);
  if (before === 'number' && now === 'category') {
    if (isIdentifier(current)) return both('category');
    return shareOf(current.stats.numbers, current.stats) >= JUNK_BESIDE_NUMBERS ? both('number') : { reference: before, current: now };
  }
  if (before === 'category' && now === 'number') {
    const were = shareOf(reference.stats.numbers, reference.stats);
    return were >= JUNK_BESIDE_NUMBERS ? both('category') : { reference: before, current: now };
  }
  // times on one side only: as words they differ, and that is true
  return { reference: before === 'time' ? 'category' : before, current: now === 'time' ? 'category' : now };
};

/** How to read a column when the other side is a stored profile, which cannot be read anew. */
export const readAsIn = (profile: 'number' | 'category', current: Side): ReadAs => {
  const now = kindOf(current);
  if (now === 'empty') return profile;
  if (profile === 'category') return now === 'number' && !isIdentifier(current) && current.declared === 'number' ? 'number' : 'category';
  if (now === 'number' || isIdentifier(current)) return now === 'number' ? 'number' : 'category';
  return shareOf(current.stats.numbers, current.stats) >= JUNK_BESIDE_NUMBERS ? 'number' : 'category';
};

/** How to read a column without another to compare with. */
export const readAlone = (side: Side): ReadAs => {
  const kind = kindOf(side);
  return kind === 'empty' ? 'category' : kind;
};
