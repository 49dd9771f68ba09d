/** Bodies that run as one: `group`, `using`, `map`. */
import type { GroupOptions, MapOptions, NodeOptions, Undo, UsingOptions } from '../builder.js';
import type { Ref } from '../ref-types.js';
import { literalRef } from '../ref.js';
import { isTask, type Task } from '../task.js';
import { expectTask } from './calls.js';
import { compact } from './compact.js';
import type { Drafts } from './drafts.js';
import { addTask } from './tasks.js';

const addGroup = (
  drafts: Drafts,
  id: string,
  work: (attempt: Ref<number>) => unknown,
  { retries = 0, ...options }: GroupOptions & NodeOptions,
): Ref<any> => {
  const attempt = `${id}.attempt`;
  drafts.reserve(attempt);
  const { body, reads } = drafts.write(id, `group '${id}'`, `${id}.`, () => work(drafts.variable(attempt)));
  return drafts.add(id, compact({ kind: 'group' as const, ...drafts.base(id, options, reads), doc: options.doc, retries, body }));
};

/** A group that is only a name: its tasks wait for what each of them reads, not for what any of them reads. */
const flatten = (drafts: Drafts, id: string, work: (attempt: Ref<number>) => unknown, options: GroupOptions): Ref<any> => {
  const body = drafts.open;
  const before = body.order.length;
  const result = drafts.within(id, `group '${id}'`, `${id}.`, () => work(literalRef(1, [])));
  const members = new Set(body.order.slice(before));
  body.startAfter(members, drafts.linkAfter(id, options));
  const last = body.leavesOf(members).map((member) => body.read(member));
  return drafts.guard(id, () => literalRef(result, last));
};

export const group = (drafts: Drafts, id: string, work: (attempt: Ref<number>) => unknown, options: GroupOptions = {}): Ref<any> => {
  const full = drafts.claim(id);
  const isNode = (options.retries ?? 0) > 0 || options.triggerRule !== undefined || options.mayFail === true;
  return isNode ? addGroup(drafts, full, work, options) : flatten(drafts, full, work, options);
};

/** A group whose first task makes what the body needs and whose last one takes it away again. */
export const using = (
  drafts: Drafts,
  setup: Task,
  input: unknown,
  teardown: Undo<any>,
  work: (resource: Ref<any>) => unknown,
  { onFailureFailRun = false, ...options }: UsingOptions = {},
): Ref<any> => {
  const id = drafts.claim(options.id ?? 'using');
  const first = expectTask(drafts, id, setup, 'the setup of d.using');
  const [given, inputOf] = isTask(teardown) ? [teardown, (resource: Ref<any>): unknown => resource] : teardown;
  const last = expectTask(drafts, id, given, 'the teardown of d.using');
  return addGroup(
    drafts,
    id,
    () => {
      const resource = addTask(drafts, first, input, { setup: true });
      const body = drafts.open;
      const result = drafts.within(id, `body of '${id}'`, `${id}.`, () => work(resource));
      const members = new Set(body.order.slice(1));
      body.startAfter(members, body.order.slice(0, 1));
      const waits = body.leavesOf(members).map((member) => body.read(member));
      addTask(drafts, last, inputOf(resource), { teardown: [resource], onFailureFailRun }, { waits });
      return result;
    },
    options,
  );
};

export const map = (
  drafts: Drafts,
  over: unknown,
  work: (item: Ref<any>, index: Ref<number>) => unknown,
  options: MapOptions = {},
): Ref<any> => {
  const id = drafts.claim(options.id ?? 'map');
  const list = drafts.encode(id, over);
  const [item, index] = [`${id}.item`, `${id}.index`];
  drafts.reserve(item, index);
  const { body, reads } = drafts.write(id, `map '${id}'`, `${id}.`, () => work(drafts.variable(item), drafts.variable(index)));
  const { doc, maxConcurrency, shard } = options;
  const base = drafts.base(id, options, [...list.reads, ...reads]);
  return drafts.add(id, compact({ kind: 'map' as const, ...base, doc, over: list.expression, maxConcurrency, shard, body }));
};
