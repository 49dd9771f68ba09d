/**
 * What has come for a DAG that waits for assets, and when that is enough for a run. Pure: the workflow `assets` feeds it.
 *
 * Airflow's rule: an event is queued; once the condition is met by what is queued, a run takes all of it and the queue is empty again.
 * In a partitioned schedule each partition has a queue of its own.
 */
import { assetsOf, conditionText, type Asset, type AssetCondition, type AssetSchedule } from './asset.js';
import { partitionEnd, partitionOf, partsIn } from './asset-partition.js';
import type { AssetEvent } from './run-input.js';

/** What decides; of a schedule by assets all but its clock. */
export interface Declaration {
  readonly when: AssetCondition;
  readonly partitioned: boolean;
}

/** An event that was not queued. */
export interface Refusal {
  /** ISO 8601 */
  readonly at: string;
  readonly source: string;
  readonly asset: string;
  readonly reason: string;
}

export interface Pause {
  /** ISO 8601 */
  readonly at: string;
  readonly reason: string;
}

export interface AssetQueue extends Declaration {
  /** by partition (`''` where there are none), as they came */
  readonly waiting: Readonly<Record<string, readonly AssetEvent[]>>;
  /** of events that came, the newest last */
  readonly seen: readonly string[];
  readonly paused: Pause | null;
  /** runs that were due so far */
  readonly runs: number;
  /** events given up because too many waited */
  readonly dropped: number;
  /** the newest last */
  readonly refused: readonly Refusal[];
}

/** A run that is due. */
export interface DueRun {
  /** id of the newest of its events: no two runs have the same */
  readonly key: string;
  readonly events: readonly AssetEvent[];
  /** ISO 8601, of a partitioned schedule */
  readonly partition?: string;
  /** where the schedule says how long a partition is */
  readonly dataInterval?: { readonly start: string; readonly end: string };
}

export interface Step {
  readonly queue: AssetQueue;
  readonly due: readonly DueRun[];
}

const UNPARTITIONED = '';
const KEPT_IDS = 2_000;
const KEPT_REFUSALS = 20;
/** Events, and characters of their JSON: together with the ids well under the 2 MB that a workflow may be started with. */
const MOST_WAITING = 1_000;
const LARGEST_WAITING = 500_000;

export const declarationOf = ({ when, partitioned }: AssetSchedule): Declaration => ({ when, partitioned: partitioned === true });

export const emptyQueue = ({ when, partitioned }: Declaration): AssetQueue => ({
  when,
  partitioned,
  waiting: {},
  seen: [],
  paused: null,
  runs: 0,
  dropped: 0,
  refused: [],
});

/** How much of an asset has come for a partition, and how much is needed. */
const progress = (
  { asset, partition: unit, every }: Asset,
  partition: string,
  events: readonly AssetEvent[],
): [have: number, need: number] => {
  const own = events.filter((event) => event.asset === asset);
  if (unit === undefined || every === undefined) return [Math.min(own.length, 1), 1];
  return [new Set(own.map((event) => partitionOf(event.partition!, every))).size, partsIn(partition, unit, every)];
};

/** What is left of a condition; undefined when it is met. */
const unmet = (when: AssetCondition, isThere: (asset: Asset) => boolean): AssetCondition | undefined => {
  if ('asset' in when) return isThere(when) ? undefined : when;
  const any = 'any' in when;
  const parts = (any ? when.any : when.all).map((part) => unmet(part, isThere));
  const open = parts.filter((part) => part !== undefined);
  if (any) return open.length < parts.length ? undefined : { any: open };
  if (open.length <= 1) return open[0];
  return { all: open };
};

const unmetBy = ({ when }: Declaration, partition: string, events: readonly AssetEvent[]): AssetCondition | undefined =>
  unmet(when, (asset) => {
    const [have, need] = progress(asset, partition, events);
    return have >= need;
  });

const without = <V>(record: Readonly<Record<string, V>>, key: string): Readonly<Record<string, V>> => {
  const { [key]: _, ...rest } = record;
  return rest;
};

const dueRun = ({ when }: Declaration, partition: string, events: readonly AssetEvent[]): DueRun => {
  const key = events.at(-1)!.id;
  if (partition === UNPARTITIONED) return { key, events };
  const unit = assetsOf(when).find((asset) => asset.partition !== undefined)?.partition;
  return { key, events, partition, ...(unit ? { dataInterval: { start: partition, end: partitionEnd(partition, unit) } } : {}) };
};

/** Takes out what is enough for a run. */
const settle = (queue: AssetQueue, partitions: readonly string[]): Step => {
  if (queue.paused) return { queue, due: [] };
  const due: DueRun[] = [];
  let { waiting } = queue;
  for (const partition of partitions) {
    const events = waiting[partition] ?? [];
    if (events.length === 0 || unmetBy(queue, partition, events)) continue;
    due.push(dueRun(queue, partition, events));
    waiting = without(waiting, partition);
  }
  return due.length === 0 ? { queue, due } : { queue: { ...queue, waiting, runs: queue.runs + due.length }, due };
};

/** Where an event counts, or why it does not. */
const placeOf = (
  { when, partitioned }: Declaration,
  { asset, partition }: AssetEvent,
): { readonly partition: string } | { readonly no: string } => {
  const named = assetsOf(when).find((candidate) => candidate.asset === asset);
  if (!named) return { no: 'the schedule does not name the asset' };
  if (!partitioned) return { partition: UNPARTITIONED };
  if (partition === undefined) return { no: 'the schedule is partitioned, and the event says no partition' };
  return { partition: partitionOf(partition, named.partition) };
};

export const refuse = (queue: AssetQueue, { at, source, asset }: Omit<Refusal, 'reason'>, reason: string): AssetQueue => ({
  ...queue,
  refused: [...queue.refused, { at, source, asset, reason }].slice(-KEPT_REFUSALS),
});

/** Events of one slot do the same for the condition. */
const slotOf = ({ when }: Declaration, partition: string, event: AssetEvent): string => {
  const every = assetsOf(when).find(({ asset }) => asset === event.asset)?.every;
  return `${partition} ${event.asset} ${every === undefined ? '' : partitionOf(event.partition!, every)}`;
};

/** Events do not change, and each is weighed again whenever another one comes. */
const sizes = new WeakMap<AssetEvent, number>();
/** Characters of its JSON. */
const sizeOf = (event: AssetEvent): number => {
  const size = sizes.get(event) ?? JSON.stringify(event).length;
  sizes.set(event, size);
  return size;
};

/** Gives up the oldest: of a slot that has newer ones if there is such, so that no asset is forgotten for another that comes often. */
const bounded = (queue: AssetQueue): AssetQueue => {
  const waiting = Object.entries(queue.waiting);
  const count = waiting.reduce((sum, [, events]) => sum + events.length, 0);
  let size = waiting.reduce((sum, [, events]) => events.reduce((inner, event) => inner + sizeOf(event), sum), 0);
  if (count <= MOST_WAITING && size <= LARGEST_WAITING) return queue;
  const placed = waiting.flatMap(([partition, events]) =>
    events.map((event) => ({ partition, event, slot: slotOf(queue, partition, event), size: sizeOf(event) })),
  );
  let kept = placed;
  while (kept.length > MOST_WAITING || size > LARGEST_WAITING) {
    const newest = new Map(kept.map(({ slot }, i) => [slot, i]));
    const spare = kept.findIndex(({ slot }, i) => newest.get(slot) !== i);
    const oldest = spare >= 0 ? spare : kept.reduce((least, { event }, i) => (event.at < kept[least]!.event.at ? i : least), 0);
    size -= kept[oldest]!.size;
    kept = kept.filter((_, i) => i !== oldest);
  }
  return { ...queue, waiting: grouped(kept), dropped: queue.dropped + placed.length - kept.length };
};

const grouped = (all: readonly { readonly partition: string; readonly event: AssetEvent }[]): Record<string, AssetEvent[]> => {
  const waiting: Record<string, AssetEvent[]> = {};
  for (const { partition, event } of all) (waiting[partition] ??= []).push(event);
  return waiting;
};

/** An event that came before is one event. */
export const receive = (queue: AssetQueue, event: AssetEvent): Step => {
  if (queue.seen.includes(event.id)) return { queue, due: [] };
  const place = placeOf(queue, event);
  if ('no' in place) return { queue: refuse(queue, event, place.no), due: [] };
  const { partition } = place;
  const waiting = { ...queue.waiting, [partition]: [...(queue.waiting[partition] ?? []), event] };
  const seen = [...queue.seen, event.id].slice(-KEPT_IDS);
  const { queue: settled, due } = settle({ ...queue, waiting, seen }, [partition]);
  return { queue: bounded(settled), due };
};

/** The condition is another one now: what waits and still counts is kept. */
export const declare = (queue: AssetQueue, declaration: Declaration): Step => {
  const all = Object.values(queue.waiting)
    .flat()
    .flatMap((event) => {
      const place = placeOf(declaration, event);
      return 'no' in place ? [] : [{ partition: place.partition, event }];
    });
  const waiting = grouped(all);
  return settle({ ...queue, ...declaration, waiting }, Object.keys(waiting));
};

/** Events are collected, no run is due. */
export const pause = (queue: AssetQueue, paused: Pause): AssetQueue => ({ ...queue, paused: queue.paused ?? paused });

/** What came meanwhile is one run, of a partitioned schedule one for each partition that is complete. */
export const unpause = (queue: AssetQueue): Step => settle({ ...queue, paused: null }, Object.keys(queue.waiting).sort());

/** Forgets what waits, of one partition or of all. */
export const reset = (queue: AssetQueue, partition?: string): AssetQueue => ({
  ...queue,
  waiting: partition === undefined ? {} : without(queue.waiting, partition),
});

export interface PendingPartition {
  readonly partition?: string;
  /** waiting events by asset */
  readonly have: Readonly<Record<string, number>>;
  /** what is missing, for people: `stock or returns`, `sales by day, every hour (23 of 24)`; `''` if it is only paused */
  readonly waitsFor: string;
}

/** What a consumer has and still waits for. */
export interface Pending extends Declaration {
  readonly waiting: readonly PendingPartition[];
  readonly paused: Pause | null;
  readonly runs: number;
  readonly dropped: number;
  readonly refused: readonly Refusal[];
}

export const pendingOf = (queue: AssetQueue): Pending => {
  const { when, partitioned, waiting, paused, runs, dropped, refused } = queue;
  const describe = (partition: string): PendingPartition => {
    const events = waiting[partition] ?? [];
    const have: Record<string, number> = {};
    for (const { asset } of events) have[asset] = (have[asset] ?? 0) + 1;
    const missing = unmetBy(queue, partition, events);
    const counted = (asset: Asset): string => {
      const [done, need] = progress(asset, partition, events);
      return need > 1 ? ` (${done} of ${need})` : '';
    };
    return {
      ...(partition === UNPARTITIONED ? {} : { partition }),
      have,
      waitsFor: missing ? conditionText(missing, counted) : '',
    };
  };
  const partitions = partitioned ? Object.keys(waiting).sort() : [UNPARTITIONED];
  return { when, partitioned, waiting: partitions.map(describe), paused, runs, dropped, refused };
};
