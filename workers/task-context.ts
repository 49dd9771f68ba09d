/** `ctx` of one try. What costs something is made when the task first asks for it: most ask for little. */
import type { Context } from '@temporalio/activity';
import { openSaid, type Said } from '../core/dag/extras.js';
import { findNode } from '../core/dag/find-node.js';
import type { DagSpec } from '../core/dag/spec.js';
import { nodeOf, readWireRun, skipTask, taskKey, type TaskMeta } from '../core/dag/wire.js';
import type { Json } from '../core/json.js';
import { keys } from '../core/names.js';
import type { KeptState, ModelDoor, ObjectStore, RunInfo, TaskContext } from '../core/ports.js';
import type { Platform } from '../activities/context.js';
import type { Logger } from '../platform/logger.js';
import { SENSOR_LOG } from './sensor.js';
import { keepLog, type KeptLog } from './task-log.js';
import { keptState } from './task-state.js';

/** What contexts are made of. */
export interface ContextParts {
  readonly objects: ObjectStore;
  readonly models: ModelDoor;
  /** absent in projects without models */
  readonly platform: Platform | undefined;
  readonly logger: Logger;
  readonly connection: (name: string) => string;
  /** a DAG as this worker has loaded it */
  readonly specOf?: (dag: string) => DagSpec | undefined;
}

/** Is the worker stopping, which the task must not hear of? */
export const isStopping = (context: Context): boolean => context.cancellationDetails?.workerShutdown === true;

/** Was the run cancelled, or is the time up? */
export const isCancelled = (context: Context): boolean => context.cancellationSignal.aborted && !isStopping(context);

/**
 * The task hears of a cancelled run and of time that is up through `ctx.signal`. It does not hear of a worker that stops: work
 * that goes on outside the worker (a training job) must then be left alone for the next try to find.
 */
const signalOf = (context: Context): AbortSignal => {
  const controller = new AbortController();
  const { cancellationSignal } = context;
  const abort = (): void => {
    if (!isStopping(context)) controller.abort(cancellationSignal.reason);
  };
  if (cancellationSignal.aborted) abort();
  else cancellationSignal.addEventListener('abort', abort, { once: true });
  return controller.signal;
};

/** A try as the worker sees it. */
export interface Try {
  readonly ctx: TaskContext;
  readonly run: RunInfo;
  readonly node: string;
  /** what the task has said of the assets that it produces */
  readonly extra: Said['extra'];
  /** Writes the log, if there is one. */
  close(): Promise<void>;
}

export const openTry = (context: Context, meta: TaskMeta, parts: ContextParts): Try => {
  const { objects, models, platform, logger, connection, specOf } = parts;
  const { attempt, workflowExecution, workflowType } = context.info;
  const { instance } = meta;
  const run = readWireRun(meta.run, { id: workflowExecution?.workflowId ?? '', dag: workflowType ?? '' });
  const node = meta.node ?? nodeOf(instance);

  const said = openSaid(node, () => {
    const spec = specOf?.(run.dag);
    const found = spec && findNode(spec, node);
    return found?.kind === 'task' ? (found.produces ?? []) : undefined;
  });
  let log: KeptLog | undefined;
  let signal: AbortSignal | undefined;
  let state: KeptState | undefined;

  const openLog = (): KeptLog => {
    const of = meta.poll ? SENSOR_LOG : { attempt };
    return keepLog(objects, keys.taskLog(run.dag, run.id, instance, of.attempt), {
      ...of,
      logger: () => logger.child({ run: run.id, task: instance, attempt }),
    });
  };
  const own: TaskContext = {
    run,
    attempt,
    key: taskKey(run.id, instance),
    get log() {
      return (log ??= openLog());
    },
    get signal() {
      return (signal ??= signalOf(context));
    },
    heartbeat: (detail?: Json) => context.heartbeat(detail),
    heartbeatDetail: context.info.heartbeatDetails as Json | undefined,
    objects,
    get state() {
      return (state ??= keptState(objects, { dag: run.dag, node }));
    },
    models,
    connection,
    produced: said.produced,
    skip: skipTask,
  };
  return {
    // not `{ ...platform, ...own }`, which would ask for everything
    ctx: platform ? Object.defineProperties({ ...platform } as unknown as TaskContext, Object.getOwnPropertyDescriptors(own)) : own,
    run,
    node,
    extra: said.extra,
    close: async () => log?.close(),
  };
};
