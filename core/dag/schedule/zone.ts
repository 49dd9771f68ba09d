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
