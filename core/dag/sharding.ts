/** Cutting a large map into runs of its own. */
import type { Json } from '../json.js';
import type { StartShard } from './actions.js';
import { outerNames } from './mapping.js';
import type { MapPlan } from './plan.js';
import type { MapRun, Scope } from './scope.js';

/** Shards of one map that run at a time. */
const PARALLEL = 4;

/** @returns how many shards run at a time, and how many items each may run at a time */
export const slices = (maxConcurrency: number): { readonly parallel: number; readonly perShard: number } => {
  const parallel = Math.min(PARALLEL, maxConcurrency);
  return { parallel, perShard: Math.max(1, Math.floor(maxConcurrency / parallel)) };
};

/** `scores[500-999]` */
export const shardInstance = (map: string, from: number, { items, shard }: Pick<MapRun, 'items' | 'shard'>): string =>
  `${map}[${from}-${Math.min(from + shard, items.length) - 1}]`;

/** The shard that begins with an item: its items and all that their bodies read. */
export const shardAt = (scope: Scope, node: MapPlan, run: MapRun, from: number, maxConcurrency: number): StartShard => {
  const variables: Record<string, Json> = {};
  for (const name of outerNames(node.spec)) variables[name] = scope.lookup(name) ?? null;
  const map = scope.instanceOf(node);
  const prefix = node.id.slice(0, node.id.length - node.local.length);
  const items = run.items.slice(from, from + run.shard);
  const slice = { node: node.id, spec: node.spec, items, from, key: scope.key, prefix, variables, maxConcurrency };
  return { kind: 'shard', instance: shardInstance(map, from, run), node: node.id, map, slice };
};

/** First items of the shards that are under way. */
export const openShards = (run: MapRun): number[] => {
  const open: number[] = [];
  for (let from = 0; from < run.next; from += run.shard) if (run.ends[from] === undefined) open.push(from);
  return open;
};
