/** Which slots a task or a run needs, from what the DAG says; and whether the pools are there at all. */
import { RekindleError } from '../errors.js';
import { poolNames } from '../names.js';
import type { PoolConfig } from '../project-config.js';
import { DEFAULT_PRIORITY } from './pool-queue.js';
import { bodiesIn } from './mapping.js';
import type { Body, DagSpec, NodeSpec, TaskCall } from './spec.js';
import type { TaskOptions } from './task.js';

export interface PoolRequest {
  readonly pool: string;
  /** default 1 */
  readonly slots?: number;
  /** default {@link DEFAULT_PRIORITY} */
  readonly priority?: number;
  /** of a pool that nobody declares, made when it is first asked */
  readonly capacity?: number;
}

type Limits = Pick<DagSpec, 'id' | 'maxActiveTasks' | 'maxActiveRuns' | 'priority'>;

/** 1 first … 5 last */
export const priorityOf = (dag: Pick<DagSpec, 'priority'>, options: TaskOptions = {}): number =>
  Math.min(5, Math.max(1, Math.round(options.priority ?? dag.priority ?? DEFAULT_PRIORITY)));

/** Temporal refuses longer ones. */
const FAIRNESS_KEY_LENGTH = 64;

/** For Temporal's task queues: those of higher priority first, and of the same priority the DAGs in turn. */
export const queuePriorityOf = (
  dag: Pick<DagSpec, 'id' | 'priority'>,
  options: TaskOptions = {},
): { readonly priorityKey: number; readonly fairnessKey: string } => ({
  priorityKey: priorityOf(dag, options),
  fairnessKey: dag.id.slice(0, FAIRNESS_KEY_LENGTH),
});

const namedPool = ({ pool }: TaskOptions): { readonly name: string; readonly slots: number } | undefined =>
  typeof pool === 'string' ? { name: pool, slots: 1 } : pool;

/**
 * In the order in which they must be taken, the narrowest first: who waits for the slots of a pool that many share then keeps nobody
 * but its own DAG waiting, and as all take them in one order, no two can wait for each other.
 *
 * @param node id of the node: the same in every run, map item and attempt
 * @returns undefined if it needs none
 */
export const poolRequestsOf = (dag: Limits, node: string, options: TaskOptions = {}): readonly PoolRequest[] | undefined => {
  const { maxActive } = options;
  const named = namedPool(options);
  if (maxActive === undefined && dag.maxActiveTasks === undefined && named === undefined) return undefined;
  const priority = priorityOf(dag, options);
  return [
    ...(maxActive === undefined ? [] : [{ pool: poolNames.task(dag.id, node), capacity: maxActive, priority }]),
    ...(dag.maxActiveTasks === undefined ? [] : [{ pool: poolNames.dag(dag.id), capacity: dag.maxActiveTasks, priority }]),
    ...(named === undefined ? [] : [{ pool: named.name, slots: named.slots, priority }]),
  ];
};

/** What a run needs before its first task. @returns undefined if it needs none */
export const runRequestsOf = (dag: Limits): readonly PoolRequest[] | undefined =>
  dag.maxActiveRuns === undefined ? undefined : [{ pool: poolNames.runs(dag.id), capacity: dag.maxActiveRuns, priority: priorityOf(dag) }];

const callsOf = (node: NodeSpec): readonly TaskCall[] => {
  const undo = (node.kind === 'task' || node.kind === 'workflow') && node.undo ? [node.undo] : [];
  return node.kind === 'task' ? [node, ...undo] : undo;
};

/** @returns what is wrong: POOL_NOT_FOUND, POOL_TOO_SMALL; one error for each task */
export const checkPools = (dag: DagSpec, pools: Readonly<Record<string, PoolConfig>>): RekindleError[] => {
  const problems: RekindleError[] = [];
  const check = (task: string, { options = {} }: TaskCall): void => {
    const wanted = namedPool(options);
    if (!wanted) return;
    const { name: pool, slots } = wanted;
    const details = { dag: dag.id, task, pool };
    const declared = Object.hasOwn(pools, pool) ? pools[pool] : undefined;
    const who = `Task '${task}' of DAG '${dag.id}'`;
    if (!declared) {
      const known = Object.keys(pools).sort().join(', ') || 'none';
      const message = `${who} asks for pool '${pool}', which rekindle.config.ts does not declare (it has: ${known}).`;
      problems.push(new RekindleError('POOL_NOT_FOUND', message, details));
    } else if (declared.slots > 0 && slots > declared.slots)
      problems.push(
        new RekindleError('POOL_TOO_SMALL', `${who} asks for ${slots} slots of pool '${pool}', which has ${declared.slots}.`, details),
      );
  };
  const walk = (body: Body): void => {
    for (const [id, node] of Object.entries(body.nodes)) {
      for (const call of callsOf(node)) check(id, call);
      bodiesIn(node).forEach(walk);
    }
  };
  walk(dag);
  return problems;
};
