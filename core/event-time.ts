/** The event clock: times of the data, never of the wall. ISO 8601; a time without a zone is UTC, whatever the machine's own zone. */

const PATTERN = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** `Date.parse` takes 30 February for 2 March. */
const isDay = (day: string): boolean => {
  const ms = Date.parse(day);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
};

/**
 * @param text `1997-04-22`, `1997-04-22T10:00:00`, `1997-04-22T10:00:00+02:00` …
 * @returns milliseconds since 1970-01-01 UTC
 * @throws RangeError if the text is no such time
 */
export const eventTimeMs = (text: string): number => {
  const match = PATTERN.exec(text);
  const iso = text.replace(' ', 'T');
  const ms = match && isDay(iso.slice(0, 10)) ? Date.parse(iso.length === 10 || match[1] ? iso : `${iso}Z`) : NaN;
  if (Number.isNaN(ms))
    throw new RangeError(`'${text}' is not a time; write it as ISO 8601, for example '1997-04-22' or '1997-04-22T10:00:00Z'`);
  return ms;
};

/** ISO 8601 in UTC with milliseconds: the one spelling that travels. */
export const eventTime = (ms: number): string => new Date(ms).toISOString();

/** Day folder of an event time. */
export const eventDay = (ms: number): string => eventTime(ms).slice(0, 10);
