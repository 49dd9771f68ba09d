/** `dag`: runs the body of a DAG once and makes its spec. */
import { RESERVED_DAG_IDS } from '../names.js';
import type { Duration } from '../duration.js';
import type { RunInfo } from '../ports.js';
import { jsonSchemaOf } from './arms.js';
import { scheduleOf, type ScheduleInput } from './asset.js';
import { branch, latestOnly, when } from './build/branches.js';
import { callbackCalls, callbacksOf } from './build/calls.js';
import { compact } from './build/compact.js';
import { Drafts } from './build/drafts.js';
import { group, map, using } from './build/groups.js';
import { run, sense } from './build/tasks.js';
import { approve, runDag, runWorkflow, sleep } from './build/waits.js';
import type { Builder } from './builder.js';
import type { CallbackList, TaskCallbacks } from './callbacks.js';
import type { Dag } from './dag.js';
import { ID, idProblem } from './id.js';
import { invalidDag } from './invalid.js';
import type { Deref, Ref, Wire } from './ref-types.js';
import { refTo } from './ref.js';
import { anchored } from './schedule.js';
import type { DagSpec } from './spec.js';
import { dagHash } from './structure.js';
import type { NoInput, Schema, SchemaInput, SchemaOutput } from './task.js';
import { validate } from './validate.js';

/** What is said of a DAG in its spec as it is said here. */
type SameInSpec = Pick<
  DagSpec,
  'doc' | 'tags' | 'catchup' | 'startDate' | 'endDate' | 'jitter' | 'overlap' | 'maxActiveRuns' | 'maxActiveTasks' | 'priority'
>;

export interface DeadlineOptions {
  readonly after: Duration;
  /** the start of the run, or its logical date; default `start` */
  readonly from?: 'start' | 'logical_date';
  /** called when the run is late; the run goes on */
  readonly callback: CallbackList;
}

export interface DagOptions<Id extends string, PS extends Schema> extends SameInSpec, Pick<TaskCallbacks, 'onSuccess' | 'onFailure'> {
  readonly id: Id;
  /** what the starter of a run sends */
  readonly params?: PS;
  /** by time, or by assets: one, a condition over several, or a list of which all must have something new */
  readonly schedule?: ScheduleInput;
  /** the first task that fails ends the run: what has not begun is skipped, what runs is cancelled */
  readonly failFast?: boolean;
  readonly deadline?: DeadlineOptions;
}

const builderOf = (drafts: Drafts): Builder => {
  const methods = { run, sense, branch, when, latestOnly, group, using, map, sleep, approve, runDag, runWorkflow };
  const bound = Object.entries(methods).map(([name, method]) => [
    name,
    (...given: unknown[]) => (method as (drafts: Drafts, ...given: unknown[]) => Ref<any>)(drafts, ...given),
  ]);
  return Object.fromEntries(bound) as Builder;
};

const deadlineOf = (drafts: Drafts, { after, from, callback }: DeadlineOptions): NonNullable<DagSpec['deadline']> => {
  const callbacks = callbackCalls(drafts, undefined, 'deadline.callback', callback);
  if (!callbacks) throw drafts.invalid(undefined, 'a deadline that calls nobody has no effect: { after, callback }');
  return compact({ after, from, callbacks });
};

/** What the spec says of the DAG as a whole. */
const headOf = (drafts: Drafts, options: DagOptions<string, Schema>): Omit<DagSpec, 'id' | 'version' | 'nodes'> => {
  const { doc, tags, params, schedule, catchup, startDate, endDate, jitter, overlap, deadline } = options;
  const { maxActiveRuns, maxActiveTasks, failFast, priority, onSuccess, onFailure } = options;
  return compact({
    doc,
    tags,
    params: params && jsonSchemaOf(params, 'input'),
    schedule: schedule && anchored(scheduleOf(schedule), startDate),
    catchup,
    startDate,
    endDate,
    jitter,
    overlap,
    maxActiveRuns,
    maxActiveTasks,
    failFast: failFast ? (true as const) : undefined,
    priority,
    deadline: deadline && deadlineOf(drafts, deadline),
    callbacks: callbacksOf(drafts, undefined, compact({ onSuccess, onFailure })),
  });
};

/**
 * Describes a DAG. The body is called once, now, and only describes: tasks run later, on workers.
 *
 * @param body gets the builder and references to the params and the run
 * @throws DAG_INVALID naming the DAG and the task
 */
export function dag<const Id extends string, PS extends Schema = NoInput, R = unknown>(
  options: DagOptions<Id, PS>,
  body: (d: Builder, values: { readonly params: Ref<Wire<SchemaOutput<PS>>>; readonly run: Ref<RunInfo> }) => R,
): Dag<Id, SchemaInput<PS>, Deref<R>> {
  const { id, params } = options;
  if (!ID.test(id)) throw invalidDag(id, undefined, idProblem(id));
  if ((RESERVED_DAG_IDS as readonly string[]).includes(id))
    throw invalidDag(id, undefined, `the id is one of our own workflows (${RESERVED_DAG_IDS.join(', ')}); take another one`);
  const drafts = new Drafts(id, params);
  const everywhere = <V>(name: string): Ref<V> => refTo({ expression: { $ref: [name] }, reads: [] });
  const written = drafts.write(undefined, `DAG '${id}'`, '', () =>
    body(builderOf(drafts), { params: everywhere('params'), run: everywhere('run') }),
  );
  const spec: DagSpec = { id, version: 1, ...headOf(drafts, options), ...written.body };
  validate(spec);
  return {
    kind: 'rekindle.dag',
    id,
    spec,
    hash: dagHash(spec),
    tasks: drafts.tasks,
    ...(params ? { params } : {}),
    toJSON: () => spec,
  };
}
