/** What `rekindle pools` says to people. */
import type { PoolStatus } from '../../../client/pools.js';
import { table } from '../output.js';

/** `1997-05-27 10:00:00` */
const when = (time: string): string => time.slice(0, 19).replace('T', ' ');

/** The first few, as they would not fit into a line. */
const NAMED = 3;

const runsOf = (pool: PoolStatus): string => {
  const runs = [...new Set(pool.holders.map(({ run }) => run))];
  const more = runs.length > NAMED ? ` and ${runs.length - NAMED} more` : '';
  return runs.length === 0 ? '-' : `${runs.slice(0, NAMED).join(', ')}${more}`;
};

export const listTable = (pools: readonly PoolStatus[]): string =>
  pools.length === 0
    ? 'No pools. Declare some in rekindle.config.ts and run `rekindle sync`, or use `rekindle pools set`.'
    : table(
        ['POOL', 'SLOTS', 'USED', 'WAITING', 'HOLDERS'],
        pools.map((pool) => [pool.pool, String(pool.slots), String(pool.used), String(pool.waiting), runsOf(pool)]),
      );

const requestTable = (head: string, requests: PoolStatus['holders']): string =>
  table(
    [head, 'RUN', 'DAG', 'SLOTS', 'PRIORITY', 'SINCE (UTC)'],
    requests.map(({ instance, run, dag, slots, priority, since }) => [instance, run, dag, String(slots), String(priority), when(since)]),
  );

export const poolText = ({ pool, doc, slots, used, waiting, holders, queue }: PoolStatus): string =>
  [
    `${pool}${doc === null ? '' : `: ${doc}`}`,
    `${used} of ${slots} slots used, ${waiting} waiting${slots === 0 ? '; it is closed' : ''}`,
    ...(holders.length > 0 ? ['', requestTable('HELD BY', holders)] : []),
    ...(queue.length > 0 ? ['', requestTable('WAITING', queue)] : []),
    ...(waiting > queue.length ? [`… and ${waiting - queue.length} more`] : []),
  ].join('\n');
