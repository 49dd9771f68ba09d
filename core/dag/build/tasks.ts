/** Nodes that call a task: `run` and `sense`. */
import { producedNames } from '../asset.js';
import type { RunOptions, SenseOptions } from '../builder.js';
import type { Ref, RefOf } from '../ref-types.js';
import { AuthoringError, recordOf, type Read } from '../ref.js';
import type { Poll, TaskNode } from '../spec.js';
import type { Task } from '../task.js';
import { callbacksOf, callOf, expectTask, undoOf } from './calls.js';
import { compact } from './compact.js';
import type { Drafts } from './drafts.js';

interface Teardown {
  readonly node: TaskNode['teardown'];
  /** a teardown comes after its setups */
  readonly reads: readonly Read[];
}

const setupsOf = (refs: readonly RefOf<any>[]): readonly Read[] =>
  refs.flatMap((ref) => {
    const record = recordOf(ref);
    if (!record) throw new AuthoringError('`teardown` takes references to setup tasks, as d.run returns them');
    return record.reads;
  });

const teardownOf = (drafts: Drafts, id: string, { teardown, onFailureFailRun }: RunOptions<any>): Teardown => {
  if (teardown === undefined) {
    if (onFailureFailRun) throw drafts.invalid(id, 'onFailureFailRun is for teardowns; say which setups it tears down: { teardown: […] }');
    return { node: undefined, reads: [] };
  }
  if (!Array.isArray(teardown)) throw drafts.invalid(id, '`teardown` takes a list of references to setup tasks');
  const reads = drafts.guard(id, () => setupsOf(teardown as readonly RefOf<any>[]));
  const elsewhere = reads.find(({ body }) => body !== drafts.open);
  if (elsewhere) throw drafts.invalid(id, `its setup '${elsewhere.name}' is not in the same body; put the teardown beside it`);
  const setups = [...new Set(reads.map(({ name }) => name))];
  return { node: { setups, ...(onFailureFailRun ? { onFailureFailRun: true } : {}) }, reads };
};

/** What a node says wins over what its task says of itself. */
const assetsOf = (drafts: Drafts, id: string, task: Task, { produces = task.produces }: RunOptions<any>): readonly string[] | undefined => {
  if (produces === undefined || produces.length === 0) return undefined;
  try {
    return producedNames(produces);
  } catch (error) {
    throw drafts.invalid(id, `produces: ${(error as Error).message.replace(/\.$/, '')}`);
  }
};

/** @param waits upstreams beside those of the options */
export const addTask = (
  drafts: Drafts,
  task: Task,
  input: unknown,
  options: RunOptions<any>,
  { poll, waits = [] }: { readonly poll?: Poll; readonly waits?: readonly Read[] } = {},
): Ref<any> => {
  const id = drafts.claim(options.id ?? task.id);
  const { expression, reads } = drafts.encode(id, input ?? {});
  const undo = undoOf(drafts, id, options.compensate);
  const teardown = teardownOf(drafts, id, options);
  const { setup, branching, dependsOnPast, waitForDownstream } = options;
  if (setup && teardown.node) throw drafts.invalid(id, 'a task is a setup or a teardown, not both');
  const base = drafts.base(
    id,
    options,
    [...reads, ...undo.reads, ...teardown.reads, ...waits],
    teardown.node ? 'all_done_setup_success' : 'all_success',
  );
  const { onSuccess = task.onSuccess, onFailure = task.onFailure, onRetry = task.onRetry } = options;
  const node = compact({
    kind: 'task' as const,
    ...base,
    ...callOf(drafts, task, expression, options),
    doc: options.doc ?? task.doc,
    setup: setup ? (true as const) : undefined,
    teardown: teardown.node,
    branching,
    poll,
    // whoever waits for the downstreams of the run before waits for the task itself, too
    dependsOnPast: dependsOnPast || waitForDownstream ? (true as const) : undefined,
    waitForDownstream: waitForDownstream ? (true as const) : undefined,
    produces: assetsOf(drafts, id, task, options),
    callbacks: callbacksOf(drafts, id, compact({ onSuccess, onFailure, onRetry })),
    undo: undo.call,
  });
  return drafts.add(id, node);
};

export const run = (drafts: Drafts, task: Task, input?: unknown, options: RunOptions<any> = {}): Ref<any> =>
  addTask(drafts, expectTask(drafts, options.id, task, 'd.run'), input, options);

export const sense = (drafts: Drafts, task: Task, input: unknown, options: SenseOptions<any>): Ref<any> => {
  const sensor = expectTask(drafts, options?.id, task, 'd.sense');
  if (options?.every === undefined)
    throw drafts.invalid(options?.id ?? sensor.id, "a sensor says how often it asks: { every: '1 minute' }");
  const { every, within, ...rest } = options;
  return addTask(drafts, sensor, input, rest, { poll: compact({ every, within }) });
};
