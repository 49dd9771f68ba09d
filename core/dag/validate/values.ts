/** Checks of single values. Each throws DAG_INVALID naming the DAG, the task where there is one, and the option. */
import { durationMs } from '../../duration.js';
import { invalidDag } from '../invalid.js';
import type { TaskOptions } from '../task.js';

/** Where a value is said; `id` is undefined for what is said of the whole DAG. */
export interface Site {
  readonly dag: string;
  readonly id: string | undefined;
}

export const refuse = ({ dag, id }: Site, problem: string): never => {
  throw invalidDag(dag, id, problem);
};

/** @param least ms */
export const checkDuration = (site: Site, name: string, text: string | undefined, least = 0): void => {
  if (text === undefined) return;
  try {
    const ms = durationMs(text);
    if (ms <= 0) throw new RangeError(`'${text}' is no time at all`);
    if (ms < least) throw new RangeError(`'${text}' is too short; take ${least / 1_000} second or more`);
  } catch (error) {
    refuse(site, `${name}: ${(error as Error).message}`);
  }
};

/** @param what what it counts: `runs` */
export const checkCount = (site: Site, name: string, count: number | undefined, what: string, least = 1): void => {
  if (count !== undefined && !(Number.isInteger(count) && count >= least)) refuse(site, `${name}: ${count} is no number of ${what}`);
};

export const checkPriority = (site: Site, priority: number | undefined): void => {
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 1 && priority <= 5))
    refuse(site, `priority: ${priority} is none; 1 is first, 3 the default, 5 last`);
};

const checkPool = (site: Site, pool: TaskOptions['pool']): void => {
  if (pool === undefined) return;
  const { name, slots } = typeof pool === 'string' ? { name: pool, slots: 1 } : pool;
  if (typeof name !== 'string' || name === '') refuse(site, 'pool: it has no name');
  if (!(Number.isInteger(slots) && slots >= 1)) refuse(site, `pool.slots: ${slots} is no number of slots; a task takes 1 or more`);
};

const checkCache = (site: Site, cache: TaskOptions['cache']): void => {
  if (cache === undefined) return;
  if (typeof cache !== 'object' || cache === null || cache.ttl === undefined)
    refuse(site, "cache: say how old a result may be: { ttl: '1 day' }");
  checkDuration(site, 'cache.ttl', cache.ttl);
  const keys = cache.key === undefined ? [] : [cache.key].flat();
  if (cache.key !== undefined && (keys.length === 0 || keys.some((key) => typeof key !== 'string' || key === '')))
    refuse(site, "cache.key: it takes names of fields of the input: 'window.start'");
};

export const checkOptions = (site: Site, options: TaskOptions | undefined): void => {
  if (!options) return;
  const { timeout, total, heartbeat, retries, backoff, maxActive, priority, pool, cache, version } = options;
  checkDuration(site, 'timeout', timeout);
  checkDuration(site, 'total', total);
  checkDuration(site, 'heartbeat', heartbeat);
  checkDuration(site, 'backoff.first', backoff?.first);
  checkDuration(site, 'backoff.max', backoff?.max);
  checkCount(site, 'retries', retries, 'tries after the first', 0);
  if (backoff?.factor !== undefined && !(backoff.factor >= 1)) refuse(site, 'backoff.factor: waits cannot shrink; take 1 or more');
  checkCount(site, 'maxActive', maxActive, 'tasks');
  checkPriority(site, priority);
  checkPool(site, pool);
  checkCache(site, cache);
  if (version === '') refuse(site, 'version: it is empty');
};
