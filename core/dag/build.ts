/** `dag`: runs the body of a DAG once and makes its spec. */
import { RESERVED_DAG_IDS } from '../names.js';
import type { Json } from '../json.js';
import type { RunInfo } from '../ports.js';
import { impossibleArms, jsonSchemaOf } from './arms.js';
import type { Builder, GroupOptions, NodeOptions, RunOptions, Undo } from './builder.js';
import type { Dag } from './dag.js';
import { BodyDraft } from './draft.js';
import { structuralHash } from './hash.js';
import { invalidDag } from './invalid.js';
import type { Deref, Ref, RefOf, Wire } from './ref-types.js';
import { AuthoringError, encode, isAuthoringError, literalRef, recordOf, refTo, type Read } from './ref.js';
import type { Schedule } from './schedule.js';
import type { Body, DagSpec, Expression, NodeBase, NodeSpec, TaskCall } from './spec.js';
import { isTask, type NoInput, type Schema, type SchemaInput, type SchemaOutput, type Task, type TaskOptions } from './task.js';
import { ID, validate } from './validate.js';

const TASK_OPTIONS = ['queue', 'timeout', 'total', 'heartbeat', 'retries', 'backoff', 'local'] as const;

/** Without the keys that have no value, so that the same DAG is the same JSON. */
const compact = <T extends object>(object: T): Compact<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Compact<T>;
type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

/** Loose inside: what its methods take and give is typed by {@link Builder}. */
class DagBuilder {
  readonly tasks = new Map<string, Task>();
  readonly #id: string;
  readonly #params: Schema | undefined;
  readonly #taken = new Set(['params', 'run']);
  #prefix = '';
  #body: BodyDraft | undefined;

  constructor(id: string, params: Schema | undefined) {
    this.#id = id;
    this.#params = params;
  }

  run(task: Task, ...[input, options = {}]: [input?: unknown, options?: RunOptions<any>]): Ref<any> {
    if (!isTask(task)) throw invalidDag(this.#id, options.id, 'd.run takes what task({ … }) made');
    const id = this.#claim(options.id ?? task.id);
    const { expression, reads } = this.#encode(id, input ?? {});
    const self = refTo({ expression: { $ref: [id] }, reads: [this.#open.read(id)] });
    const undo = options.compensate && this.#undo(id, options.compensate, self);
    const base = this.#base(id, options, [...reads, ...(undo?.reads ?? [])]);
    const call = this.#call(task, expression, options);
    return this.#add(id, compact({ kind: 'task' as const, ...base, ...call, doc: options.doc ?? task.doc, undo: undo?.call }), self);
  }

  branch(on: RefOf<any>, arms: Readonly<Record<string, () => unknown>>, options: NodeOptions = {}): Ref<any> {
    const id = this.#claim(options.id ?? 'branch');
    return this.#branch(id, on, arms, options);
  }

  when(on: RefOf<boolean>, body: () => unknown, options: NodeOptions = {}): Ref<any> {
    const id = this.#claim(options.id ?? 'when');
    return this.#branch(id, on, { true: body, false: () => null }, options);
  }

  group(id: string, body: (attempt: Ref<number>) => unknown, options: GroupOptions = {}): Ref<any> {
    const full = this.#claim(id);
    const isNode = (options.retries ?? 0) > 0 || options.triggerRule !== undefined || options.mayFail === true;
    return isNode ? this.#composite(full, body, options) : this.#flat(full, body, options);
  }

  /** Writes one body: everything that is added during `work` lands in it. */
  write(id: string | undefined, label: string, prefix: string, work: () => unknown): { readonly body: Body; readonly reads: Read[] } {
    const [outer, outerPrefix] = [this.#body, this.#prefix];
    const draft = new BodyDraft(this.#id, label, outer);
    this.#body = draft;
    this.#prefix = prefix;
    try {
      const { expression, reads } = this.#encode(id, this.#sync(id, label, work));
      this.#link(id, reads);
      const output = expression === null ? {} : { output: expression };
      return { body: { nodes: Object.fromEntries(draft.nodes), ...output }, reads: [...draft.outside.values()] };
    } finally {
      this.#body = outer;
      this.#prefix = outerPrefix;
    }
  }

  #branch(id: string, on: RefOf<any>, arms: Readonly<Record<string, () => unknown>>, options: NodeOptions): Ref<any> {
    if (!recordOf(on)) throw invalidDag(this.#id, id, 'a branch decides by a reference: a value known now needs no branch');
    const value = this.#encode(id, on);
    const impossible = impossibleArms(this.#schemaOf, value.expression, Object.keys(arms));
    if (impossible !== undefined) throw invalidDag(this.#id, id, impossible);
    const written = Object.entries(arms).map(([arm, work]) => {
      if (typeof work !== 'function') throw invalidDag(this.#id, id, `arm '${arm}' is no function`);
      return [arm, this.write(id, `arm '${arm}' of '${id}'`, `${id}.${arm}.`, work)] as const;
    });
    const base = this.#base(id, options, [...value.reads, ...written.flatMap(([, { reads }]) => reads)]);
    const bodies = Object.fromEntries(written.map(([arm, { body }]) => [arm, body]));
    return this.#add(id, compact({ kind: 'branch' as const, ...base, doc: options.doc, on: value.expression, arms: bodies }));
  }

  #composite(id: string, work: (attempt: Ref<number>) => unknown, options: GroupOptions): Ref<any> {
    const attempt = `${id}.attempt`;
    this.#taken.add(attempt);
    const { body, reads } = this.write(id, `group '${id}'`, `${id}.`, () =>
      work(refTo({ expression: { $ref: [attempt] }, reads: [{ ...this.#open.read(attempt), edge: false }] })),
    );
    return this.#add(id, { kind: 'group', ...this.#base(id, options, reads), retries: options.retries ?? 0, body });
  }

  /** A group that is only a name: its tasks wait for what each of them reads, not for what any of them reads. */
  #flat(id: string, work: (attempt: Ref<number>) => unknown, options: GroupOptions): Ref<any> {
    const body = this.#open;
    const outerPrefix = this.#prefix;
    const before = body.nodes.size;
    this.#prefix = `${id}.`;
    let result: unknown;
    try {
      result = this.#sync(id, `group '${id}'`, () => work(literalRef(1, [])));
    } finally {
      this.#prefix = outerPrefix;
    }
    const members = new Map([...body.nodes].slice(before));
    const upstreams = new Set([...members.values()].flatMap(({ after }) => after));
    const extra = this.#link(id, (options.after ?? []).flatMap(waitsOf));
    for (const [member, node] of members) {
      const isFirst = node.after.every((upstream) => !members.has(upstream));
      if (isFirst && extra.length > 0) body.nodes.set(member, { ...node, after: [...new Set([...node.after, ...extra])] });
    }
    const last = [...members.keys()].filter((member) => !upstreams.has(member));
    return this.#guard(id, () =>
      literalRef(
        result,
        last.map((member) => body.read(member)),
      ),
    );
  }

  #undo(id: string, compensate: Undo<any>, self: Ref<any>): { readonly call: TaskCall; readonly reads: readonly Read[] } {
    const [task, inputOf] = isTask(compensate) ? [compensate, () => self] : compensate;
    if (!isTask(task)) throw invalidDag(this.#id, id, 'compensate takes what task({ … }) made');
    const { expression, reads } = this.#encode(id, inputOf(self) ?? {});
    const call = compact({ ...this.#call(task, expression, {}), doc: task.doc });
    return { call, reads: reads.filter(({ name }) => name !== id) };
  }

  #call(task: Task, input: Expression, options: TaskOptions): TaskCall {
    this.#register(task);
    const merged = compact(Object.fromEntries(TASK_OPTIONS.map((key) => [key, options[key] ?? task[key]])));
    return {
      type: task.id,
      input,
      ...(Object.keys(merged).length > 0 ? { options: merged } : {}),
      ...(task.run ? {} : { foreign: true }),
    };
  }

  #register(task: Task): void {
    const known = this.tasks.get(task.id);
    if (known && known !== task && (known.run || task.run))
      throw invalidDag(this.#id, task.id, `two different tasks are called '${task.id}'; give one of them another id`);
    if (task.run && !ID.test(task.id)) throw invalidDag(this.#id, task.id, idProblem(task.id));
    this.tasks.set(task.id, task);
  }

  #base(id: string, options: NodeOptions, reads: readonly Read[]): Omit<NodeBase, 'doc'> {
    return {
      after: this.#link(id, [...reads, ...(options.after ?? []).flatMap(waitsOf)]),
      ...(options.triggerRule === undefined || options.triggerRule === 'all_success' ? {} : { rule: options.triggerRule }),
      ...(options.mayFail ? { mayFail: true as const } : {}),
    };
  }

  /** @returns ids of the upstreams in the body that is being written; what comes from around it is kept for its owner */
  #link(id: string | undefined, reads: readonly Read[]): string[] {
    const upstreams = new Set<string>();
    for (const read of reads) {
      const { body } = read;
      if (body === undefined) continue;
      if (body === this.#open) {
        if (read.edge) upstreams.add(read.name);
        continue;
      }
      if (!(body instanceof BodyDraft) || !this.#open.isIn(body)) throw invalidDag(this.#id, id, this.#outOfScope(read));
      this.#open.outside.set(read.name, read);
    }
    return [...upstreams];
  }

  #outOfScope({ name, body }: Read): string {
    const owner = body as Partial<BodyDraft>;
    if (owner.dag !== this.#id) return `'${name}' belongs to DAG '${owner.dag}'; a reference cannot leave its DAG`;
    return `'${name}' exists only inside ${owner.label}; return it from there and use the result`;
  }

  #add(id: string, node: NodeSpec, ref?: Ref<any>): Ref<any> {
    this.#open.nodes.set(id, node);
    return ref ?? refTo({ expression: { $ref: [id] }, reads: [this.#open.read(id)] });
  }

  #claim(local: string): string {
    const id = this.#prefix + local;
    if (!ID.test(local)) throw invalidDag(this.#id, id, idProblem(local));
    if (this.#taken.has(id)) throw invalidDag(this.#id, id, `the id '${id}' is taken; give one of the two another one: { id: '…' }`);
    void this.#open;
    this.#taken.add(id);
    return id;
  }

  get #open(): BodyDraft {
    if (!this.#body) throw invalidDag(this.#id, undefined, 'its body is finished; call d only inside the function given to dag()');
    return this.#body;
  }

  #encode(id: string | undefined, value: unknown): ReturnType<typeof encode> {
    return this.#guard(id, () => encode(value));
  }

  #sync(id: string | undefined, label: string, work: () => unknown): unknown {
    const result = this.#guard(id, work);
    if (!isPromise(result)) return result;
    result.catch(() => undefined); // it would complain a second time, about a body that is closed
    throw invalidDag(this.#id, id, `${label} is async; a body only describes the tasks, so write it without async and await`);
  }

  #guard<T>(id: string | undefined, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw isAuthoringError(error) ? invalidDag(this.#id, id, error.message) : error;
    }
  }

  readonly #schemaOf = (name: string): Schema | undefined => {
    if (name === 'params') return this.#params;
    for (let body: BodyDraft | undefined = this.#open; body; body = body.parent) {
      const node = body.nodes.get(name);
      if (node?.kind === 'task') return this.tasks.get(node.type)?.output;
    }
    return undefined;
  };
}

const idProblem = (id: string): string => `'${id}' cannot be an id; use letters, digits, _ and -, beginning with a letter`;

const waitsOf = (ref: RefOf<any>): readonly Read[] => {
  const record = recordOf(ref);
  if (!record) throw new AuthoringError('`after` takes references, as d.run returns them');
  return record.waits ?? record.reads;
};

export interface DagOptions<Id extends string, PS extends Schema> {
  readonly id: Id;
  readonly params?: PS;
  readonly doc?: string;
  readonly schedule?: Schedule;
  /** run the firings that were missed; default false */
  readonly catchup?: boolean;
  /** default unlimited */
  readonly maxActiveRuns?: number;
}

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
  const { id, params, doc, schedule, catchup, maxActiveRuns } = options;
  if (!ID.test(id)) throw invalidDag(id, undefined, idProblem(id));
  if ((RESERVED_DAG_IDS as readonly string[]).includes(id))
    throw invalidDag(id, undefined, `the id is one of our own workflows (${RESERVED_DAG_IDS.join(', ')}); take another one`);
  const builder = new DagBuilder(id, params);
  const everywhere = <V>(name: string): Ref<V> => refTo({ expression: { $ref: [name] }, reads: [] });
  const written = builder.write(undefined, `DAG '${id}'`, '', () =>
    body(builder as unknown as Builder, { params: everywhere('params'), run: everywhere('run') }),
  );
  const spec: DagSpec = {
    id,
    version: 1,
    ...compact({ doc, params: params && jsonSchemaOf(params, 'input'), schedule, catchup, maxActiveRuns }),
    ...written.body,
  };
  validate(spec);
  return {
    kind: 'rekindle.dag',
    id,
    spec,
    hash: structuralHash(spec as unknown as Json),
    tasks: builder.tasks,
    ...(params ? { params } : {}),
    toJSON: () => spec,
  };
}
