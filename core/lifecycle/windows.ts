/** Windows on the event clock: which rows a run reads. All are half-open, [from, to). */
import { durationMs, type Duration } from '../duration.js';
import { eventDay, eventTime, eventTimeMs } from '../event-time.js';

export interface EventWindow {
  /** ISO 8601, UTC */
  readonly from: string;
  readonly to: string;
}

/** A Monday: without an anchor weeks start on Mondays, days at midnight, UTC. */
export const DEFAULT_ANCHOR = '1970-01-05';
const DAY_MS = 86_400_000;

/** The latest window of length `every`, counted from `anchor` in both directions, that has ended at `asOf`. */
export const lastWindow = (
  { every, anchor = DEFAULT_ANCHOR }: { every: Duration; anchor?: string | undefined },
  asOf: string,
): EventWindow => {
  const length = durationMs(every);
  const start = eventTimeMs(anchor);
  const end = start + Math.floor((eventTimeMs(asOf) - start) / length) * length;
  return { from: eventTime(end - length), to: eventTime(end) };
};

export interface TrainingWindows {
  /** training rows: [from, holdoutFrom); holdout rows: [holdoutFrom, until) */
  readonly from: string;
  readonly holdoutFrom: string;
  readonly until: string;
}

/** What a retraining reads whose labels are complete until `until`: the holdout is the newest part, training is before it. */
export const trainingWindows = (window: { training: Duration; holdout: Duration }, until: string): TrainingWindows => {
  const end = eventTimeMs(until);
  const holdoutFrom = end - durationMs(window.holdout);
  return { from: eventTime(holdoutFrom - durationMs(window.training)), holdoutFrom: eventTime(holdoutFrom), until: eventTime(end) };
};

/** Days that a window touches, as `YYYY-MM-DD`: the day folders where its rows lie. */
export const daysOf = ({ from, to }: EventWindow): string[] => {
  const last = eventTimeMs(to) - 1;
  const days: string[] = [];
  for (let day = Date.parse(eventDay(eventTimeMs(from))); day <= last; day += DAY_MS) days.push(eventDay(day));
  return days;
};

/** How many rows a window of length `every` has on average among `rows` rows of [from, to); at least 1. */
export const rowsPerWindow = (rows: number, { from, to }: EventWindow, every: Duration): number =>
  Math.max(1, Math.round((rows * durationMs(every)) / (eventTimeMs(to) - eventTimeMs(from))));
