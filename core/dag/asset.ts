/** Assets: what tasks make and DAGs wait for. A name and conditions over names; nothing here looks at the data itself. */
import { RekindleError } from '../errors.js';
import { finer, isPartitionUnit, type PartitionUnit } from './asset-partition.js';
import type { Schedule, TimeSchedule } from './schedule.js';

/** An asset as a DAG names it. In the spec of a schedule it is the same object; of what a task produces only the name is kept. */
export interface Asset {
  /** like a path or a URI: `sales/daily`, `s3://lake/sales` */
  readonly asset: string;
  /** the consumer counts by these: an event's partition is taken down to the beginning of its hour, day, …, UTC */
  readonly partition?: PartitionUnit;
  /** the partition is there when an event has come for each of these in it: `{ partition: 'day', every: 'hour' }` waits for all 24 */
  readonly every?: Exclude<PartitionUnit, 'month'>;
}

export type AssetCondition = Asset | { readonly all: readonly AssetCondition[] } | { readonly any: readonly AssetCondition[] };

/** A DAG runs when the condition is met by events that no run of it has had. */
export interface AssetSchedule {
  readonly kind: 'assets';
  readonly when: AssetCondition;
  /** the condition must be met within one partition; the run's logical date is the partition */
  readonly partitioned?: true;
  /** it also runs by the clock */
  readonly or?: TimeSchedule;
}

export interface AssetScheduleOptions {
  readonly partitioned?: boolean;
  readonly or?: TimeSchedule;
}

/** Bytes of the longest name in a key of the object store; the file system allows 255. */
const LONGEST_NAME = 200;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._~:/@+=,-]*$/;

const invalid = (problem: string, details: Record<string, unknown>): RekindleError => new RekindleError('ASSET_INVALID', problem, details);

/** An asset's name as one segment of a key. */
export const assetKey = (name: string): string => encodeURIComponent(name);

/** @returns the name @throws ASSET_INVALID */
export const checkAssetName = (name: unknown): string => {
  if (typeof name !== 'string' || !NAME.test(name) || name.endsWith('/') || assetKey(name).length > LONGEST_NAME)
    throw invalid(`${JSON.stringify(name) ?? 'nothing'} cannot be the name of an asset.`, { asset: name });
  return name;
};

/**
 * Names an asset: in `produces` of a task, in the `schedule` of a DAG.
 *
 * @throws ASSET_INVALID
 */
export const asset = (name: string, options: Omit<Asset, 'asset'> = {}): Asset => {
  const named: Asset = { asset: checkAssetName(name), ...options };
  checkCondition(named);
  return named;
};

/** Each of them has something new. */
export const allOf = (...conditions: readonly AssetCondition[]): { readonly all: readonly AssetCondition[] } => ({ all: conditions });

/** One of them has something new. */
export const anyOf = (...conditions: readonly AssetCondition[]): { readonly any: readonly AssetCondition[] } => ({ any: conditions });

/** A schedule by assets with options: `onAssets(allOf(sales, stock), { partitioned: true })`, `onAssets(sales, { or: cron('@daily') })`. */
export const onAssets = (
  when: AssetCondition | readonly AssetCondition[],
  { partitioned, or }: AssetScheduleOptions = {},
): AssetSchedule => ({
  kind: 'assets',
  when: isList(when) ? { all: when } : when,
  ...(partitioned ? { partitioned: true } : {}),
  ...(or === undefined ? {} : { or }),
});

const isList = (given: unknown): given is readonly AssetCondition[] => Array.isArray(given);

/** What an author may write as the schedule of a DAG; a list of assets means all of them. */
export type ScheduleInput = Schedule | AssetCondition | readonly AssetCondition[];

export const scheduleOf = (given: ScheduleInput): Schedule => (!isList(given) && 'kind' in given ? given : onAssets(given));

/** What an author may write in `produces` of a task. */
export type Produced = Asset | string;

/** Names for the spec, each once. @throws ASSET_INVALID */
export const producedNames = (produces: readonly Produced[]): string[] => [
  ...new Set(produces.map((one) => checkAssetName(typeof one === 'string' ? one : one.asset))),
];

/** The assets that a condition names, in its order; one that is named twice comes twice. */
export const assetsOf = (when: AssetCondition): readonly Asset[] => {
  if ('asset' in when) return [when];
  return ('all' in when ? when.all : when.any).flatMap(assetsOf);
};

const checkCondition = (when: AssetCondition): void => {
  if (typeof when !== 'object' || when === null) throw invalid(`${JSON.stringify(when)} is no condition over assets.`, { when });
  if ('asset' in when) {
    const { partition, every } = when;
    const name = checkAssetName(when.asset);
    for (const unit of [partition, every])
      if (unit !== undefined && !isPartitionUnit(unit))
        throw invalid(`Asset '${name}': '${String(unit)}' is no partition; use hour, day, week or month.`, { asset: name });
    if (every !== undefined && (partition === undefined || !finer(every, partition)))
      throw invalid(`Asset '${name}': 'every' needs a longer 'partition' that it divides.`, { asset: name });
    return;
  }
  const parts = 'all' in when ? when.all : when.any;
  if (!isList(parts) || parts.length === 0) throw invalid('A condition over assets names none.', { when });
  parts.forEach(checkCondition);
};

/** @throws ASSET_INVALID saying what is wrong with it */
export const checkAssetSchedule = ({ when, partitioned }: AssetSchedule): void => {
  checkCondition(when);
  const assets = assetsOf(when);
  const units = new Set(assets.flatMap(({ partition }) => partition ?? []));
  if (units.size > 0 && !partitioned) throw invalid(`'partition' of an asset counts only in a schedule with 'partitioned'.`, { when });
  if (units.size > 1) throw invalid(`One schedule cannot count by ${[...units].join(' and ')}.`, { when });
  const kinds = new Map<string, string>();
  for (const { asset: name, partition = '', every = '' } of assets) {
    const kind = `${partition} ${every}`;
    if ((kinds.get(name) ?? kind) !== kind) throw invalid(`Asset '${name}' is named with two different partitions.`, { asset: name });
    kinds.set(name, kind);
  }
};

/**
 * For people: `sales and (stock or returns)`.
 *
 * @param more what to say of an asset beside its name
 */
export const conditionText = (when: AssetCondition, more: (asset: Asset) => string = () => ''): string => {
  if ('asset' in when) {
    const { asset: name, partition, every } = when;
    const by = partition === undefined ? '' : ` by ${partition}`;
    return `${name}${by}${every === undefined ? '' : `, every ${every}`}${more(when)}`;
  }
  const [parts, word] = 'all' in when ? [when.all, 'and'] : [when.any, 'or'];
  const texts = parts.map((part) => {
    const text = conditionText(part, more);
    return 'asset' in part || parts.length === 1 ? text : `(${text})`;
  });
  return texts.join(` ${word} `);
};
