/** Clocks of time zones, from the runtime's own copy of the IANA database. */

/** @returns how far a zone's clock is ahead of UTC at an instant (ms since the epoch), in ms */
export type Zone = (instant: number) => number;

const zones = new Map<string, Zone>();

const makeZone = (timezone: string): Zone => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const local = Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute'], part['second']);
    return local - Math.floor(instant / 1_000) * 1_000;
  };
};

/** @param timezone IANA name @throws RangeError for an unknown zone */
export const zoneOf = (timezone: string): Zone => {
  if (timezone === 'UTC') return () => 0;
  const zone = zones.get(timezone) ?? makeZone(timezone);
  zones.set(timezone, zone);
  return zone;
};

const WEEK_MS = 7 * 86_400_000;

/** A zone's clock is set forward or back. */
export interface ClockChange {
  /** ms since the epoch */
  readonly instant: number;
  /** ahead of UTC, in ms */
  readonly before: number;
  readonly after: number;
}

const changeWithin = (zone: Zone, from: number, to: number): ClockChange => {
  const [before, after] = [zone(from), zone(to)];
  let [same, changed] = [from, to];
  while (changed - same > 1_000) {
    const middle = Math.floor((same + changed) / 2_000) * 1_000;
    if (zone(middle) === before) same = middle;
    else changed = middle;
  }
  return { instant: changed, before, after };
};

/** Changes in a range of instants, ascending; two within a week that undo each other are not seen. */
export const clockChanges = (zone: Zone, from: number, to: number): ClockChange[] => {
  const changes: ClockChange[] = [];
  for (let start = Math.floor(from / 1_000) * 1_000; start < to; start += WEEK_MS)
    if (zone(start) !== zone(start + WEEK_MS)) changes.push(changeWithin(zone, start, start + WEEK_MS));
  return changes;
};
