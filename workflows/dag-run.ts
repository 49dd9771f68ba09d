/**
 * The interpreter: runs any DAG. The workflow type is the DAG's id, the input its params, the workflow's id that of the run.
 *
 * Nothing but Temporal's own errors may leave {@link dagRun}: any other would fail the workflow task, which is tried for ever
 * while the run hangs.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  defineQuery,
  log,
  proxyLocalActivities,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Action } from '../core/dag/planner.js';
import type { ResolvedRun } from '../core/dag/resolve.js';
import type { DagRunState, RunError } from '../core/dag/run-state.js';
import { DagRun, type TaskOutcome } from '../core/dag/run.js';
import { wireRunOf } from '../core/dag/wire.js';
import type { Json } from '../core/json.js';
import type { RunInfo } from '../core/ports.js';
import type { OrchestrationActivities } from './activities.js';
import { firedAtOf, runInfoOf } from './run-info.js';
import { errorOf, runTask } from './task-activity.js';

/** Outputs of tasks only on request: they can be large. */
export const state = defineQuery<DagRunState, [options?: { readonly outputs?: boolean }]>('state');

const { resolveDag, recordRun } = proxyLocalActivities<OrchestrationActivities>({
  startToCloseTimeout: '10 seconds', // a look-up in memory, one small object to write
  retry: { maximumAttempts: 5 },
});

/** How many failed tasks the failure of a run names; the state has them all. */
const NAMED_FAILURES = 10;

/** Keeps the catalogue's code that the activity raised as the type of the run's own failure. */
const failureOf = (error: unknown): TemporalFailure => {
  if (error instanceof TemporalFailure && !(error instanceof ActivityFailure)) return error;
  const { code, message } = errorOf(error);
  if (code === 'TASK_CANCELLED') return new CancelledFailure('The run was cancelled before it began.');
  return ApplicationFailure.create({ type: code, message, nonRetryable: true });
};

const planned = (resolved: ResolvedRun, run: RunInfo): DagRun => {
  try {
    return new DagRun({ ...resolved, run });
  } catch (error) {
    const message = `The spec of DAG '${run.dag}' cannot be run: ${errorOf(error).message}.`;
    throw ApplicationFailure.create({ type: 'DAG_INVALID', message, nonRetryable: true });
  }
};

/**
 * Runs tasks until none is left, or until the run is cancelled and none is running any more.
 *
 * @returns was it cancelled
 */
const execute = (run: DagRun, info: RunInfo): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const wireRun = wireRunOf(info);
    let running = 0;
    let cancelled = false;
    const step = (next: () => Action[]): void => {
      try {
        const actions = next();
        running += actions.length;
        for (const { instance, call, input } of actions)
          runTask(instance, call, input, wireRun, (outcome: TaskOutcome) => {
            running--;
            step(() => run.finish(instance, outcome, Date.now()));
          });
        if (running === 0) resolve(cancelled);
      } catch (error) {
        reject(failureOf(error));
      }
    };
    CancellationScope.current().cancelRequested.catch(() => {
      cancelled = true;
      step(() => (run.halt(), []));
    });
    step(() => run.start(Date.now()));
  });

/** Newest first, one after the other; one that fails does not keep the others from running. */
const compensate = async (run: DagRun, info: RunInfo): Promise<void> => {
  for (const undo of run.undoSteps()) {
    run.undoStarted(undo, Date.now());
    const { instance, call, input } = undo;
    const outcome = await new Promise<TaskOutcome>((done) => runTask(instance, call, input, wireRunOf(info), done));
    run.undoFinished(instance, outcome, Date.now());
    if (outcome.state === 'failed') log.error('undo failed', { instance, ...outcome.error });
  }
};

/** Outlives Temporal's retention. A store that is away does not change how the run ended. */
const record = async (last: DagRunState): Promise<void> => {
  try {
    await recordRun(last);
  } catch (error) {
    log.error('the last state of the run could not be stored', { ...errorOf(error) });
  }
};

const runFailed = (run: DagRun, info: RunInfo): ApplicationFailure => {
  const failures = run.failures();
  const named = failures.slice(0, NAMED_FAILURES).map(({ instance, code, message }) => `${instance} (${code}: ${message})`);
  const more = failures.length > named.length ? ` and ${failures.length - named.length} more` : '';
  return ApplicationFailure.create({
    type: 'DAG_RUN_FAILED',
    message: `Run '${info.id}' of DAG '${info.dag}' failed: ${named.join(', ')}${more}.`,
    nonRetryable: true,
    details: [{ failed: failures.map(({ instance }) => instance) }],
  });
};

/** State of a run that has no spec: not yet, or because there is none. */
const stateWithoutDag = (info: RunInfo, params: Json, error?: RunError): DagRunState => ({
  dag: info.dag,
  runId: info.id,
  state: error ? 'failed' : 'running',
  run: info,
  params,
  tasks: {},
  composites: {},
  edges: [],
  ...(error ? { error, end: new Date().toISOString() } : {}),
  ...(error?.code === 'TASK_CANCELLED' ? { cancelled: true } : {}),
});

export default async function dagRun(params: Json = {}): Promise<Json> {
  let current = (_outputs: boolean): DagRunState => stateWithoutDag(runInfoOf(workflowInfo()), params);
  setHandler(state, (options) => current(options?.outputs ?? false));

  let run: DagRun;
  let info: RunInfo;
  try {
    const resolved: ResolvedRun = await resolveDag(workflowInfo().workflowType, params, firedAtOf(workflowInfo()));
    info = runInfoOf(workflowInfo(), resolved.dataInterval);
    run = planned(resolved, info);
  } catch (error) {
    const failure = failureOf(error);
    const last = stateWithoutDag(runInfoOf(workflowInfo()), params, errorOf(failure));
    current = () => last;
    await CancellationScope.nonCancellable(() => record(last));
    throw failure;
  }
  current = (outputs) => run.state({ outputs });

  const cancelled = await execute(run, info);
  const succeeded = !cancelled && run.planner.end?.state === 'success';
  await CancellationScope.nonCancellable(async () => {
    if (!succeeded) await compensate(run, info);
    run.stop(Date.now(), cancelled);
    await record(run.state({ outputs: true }));
  });
  if (cancelled) throw new CancelledFailure(`Run '${info.id}' was cancelled.`);
  if (!succeeded) throw runFailed(run, info);
  return run.planner.end?.output ?? null;
}
