const MS = { ms: 1, second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;

/** A length of time in words: `'48 weeks'`, `'10 minutes'`, `'500 ms'`. Months and years have no fixed length and are refused. */
export type Duration =
  `${number} ${'ms' | 'second' | 'seconds' | 'minute' | 'minutes' | 'hour' | 'hours' | 'day' | 'days' | 'week' | 'weeks'}`;

const PATTERN = /^(\d+(?:\.\d+)?) (ms|second|minute|hour|day|week)s?$/;

/**
 * @returns milliseconds
 * @throws RangeError if the text is not a {@link Duration}
 */
export const durationMs = (text: string): number => {
  const match = PATTERN.exec(text);
  if (!match) throw new RangeError(`'${text}' is not a duration; write for example '10 minutes', '1 day' or '48 weeks'`);
  return Number(match[1]) * MS[match[2] as keyof typeof MS];
};
