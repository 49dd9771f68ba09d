/** Running a DAG in this process, without a server: the same planner, the real tasks, a clock that jumps over waiting. */
/* eslint-disable no-restricted-syntax -- an executor: a run that says no time of its own begins now */
import { eventTimeMs } from '../../event-time.js';
import type { RunInfo } from '../../ports.js';
import type { Dag } from '../dag.js';
import { resolveRun } from '../resolve.js';
import { checkNames } from './names.js';
import type { TestOptions } from './options.js';
import type { TestResult } from './result.js';
import { hasDone } from './past.js';
import { TestRun } from './test-run.js';
import { World } from './world.js';

/**
 * Runs everything that the DAG would run, retries, waits, child runs and compensation included. Nothing is waited for: sleeps,
 * sensors and the pauses between tries pass on a clock of the test's own.
 *
 * @param params checked by the DAG's schema
 * @throws DAG_PARAMS_INVALID; USAGE where the test leaves open what it must say: an approval, a child run. A failed run is a result.
 */
export const testDag = async <P, R>(dag: Dag<string, P, R>, params: P, options: TestOptions = {}): Promise<TestResult<R>> => {
  checkNames([dag, ...Object.values(options.children ?? {})], options);
  const logicalDate = options.run?.logicalDate ?? new Date().toISOString();
  const startedAt = options.run?.startedAt ?? logicalDate;
  const resolved = await resolveRun(dag, params, { firedAt: logicalDate, startedAt });
  const info: RunInfo = {
    id: `${dag.id}-test`,
    dag: dag.id,
    logicalDate,
    dataInterval: resolved.dataInterval ?? { start: logicalDate, end: logicalDate },
    startedAt,
    kind: 'manual',
    isLatest: resolved.isLatest ?? true,
    ...options.run,
  };
  const past = (nodes: readonly string[], ready: () => void): void => {
    if (nodes.every((node) => hasDone(options.past?.[node]))) ready();
  };
  const world = new World(options, eventTimeMs(startedAt));
  const run = new TestRun(world, { dag, resolved, info, options, prefix: '', past });
  return world.play(() => world.clock.awaiting(run.execute())) as Promise<TestResult<R>>;
};
