/** What a DAG under construction knows: its ids, the body that is being written, and which references may be used there. */
import { BodyDraft } from '../draft.js';
import { invalidDag } from '../invalid.js';
import type { NodeOptions } from '../builder.js';
import type { Ref, RefOf } from '../ref-types.js';
import { AuthoringError, encode, isAuthoringError, recordOf, refTo, type Read } from '../ref.js';
import type { RekindleError } from '../../errors.js';
import type { Body, NodeBase, NodeSpec } from '../spec.js';
import type { Schema, Task } from '../task.js';
import { ID, idProblem } from '../id.js';

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

/** What `after` waits for when it is given this reference. */
const waitsOf = (ref: RefOf<any>): readonly Read[] => {
  const record = recordOf(ref);
  if (!record) throw new AuthoringError('`after` takes references, as d.run returns them');
  return record.waits ?? record.reads;
};

/** Loose inside: what the constructs take and give is typed by `Builder`. */
export class Drafts {
  /** every task that is called, by id */
  readonly tasks = new Map<string, Task>();
  readonly #dag: string;
  readonly #params: Schema | undefined;
  readonly #taken = new Set(['params', 'run']);
  #prefix = '';
  #body: BodyDraft | undefined;

  constructor(dag: string, params: Schema | undefined) {
    this.#dag = dag;
    this.#params = params;
  }

  /** The body that is being written. */
  get open(): BodyDraft {
    if (!this.#body) throw this.invalid(undefined, 'its body is finished; call d only inside the function given to dag()');
    return this.#body;
  }

  invalid(id: string | undefined, problem: string): RekindleError {
    return invalidDag(this.#dag, id, problem);
  }

  /** @returns the full id of a new node */
  claim(local: string): string {
    const id = this.#prefix + local;
    if (!ID.test(local)) throw this.invalid(id, `${idProblem(local)}: { id: '…' }`);
    if (this.#taken.has(id)) throw this.invalid(id, `the id '${id}' is taken; give one of the two another one: { id: '…' }`);
    void this.open;
    this.#taken.add(id);
    return id;
  }

  /** Keeps the names of a body's variables from becoming ids of nodes. */
  reserve(...names: readonly string[]): void {
    for (const name of names) this.#taken.add(name);
  }

  /** A variable of the body that is being written. */
  variable(name: string): Ref<any> {
    return refTo({ expression: { $ref: [name] }, reads: [{ ...this.open.read(name), edge: false }] });
  }

  /** What stands for the result of a node of the body that is being written. */
  result(id: string): Ref<any> {
    return refTo({ expression: { $ref: [id] }, reads: [this.open.read(id)] });
  }

  add(id: string, node: NodeSpec): Ref<any> {
    this.open.add(id, node);
    return this.result(id);
  }

  /** What every kind of node has. @param defaultRule of the kind; it is not written down */
  base(id: string, options: NodeOptions, reads: readonly Read[], defaultRule = 'all_success'): Omit<NodeBase, 'doc'> {
    const waits = this.guard(id, () => (options.after ?? []).flatMap(waitsOf));
    return {
      after: this.link(id, [...reads, ...waits]),
      ...(options.triggerRule === undefined || options.triggerRule === defaultRule ? {} : { rule: options.triggerRule }),
      ...(options.mayFail ? { mayFail: true as const } : {}),
    };
  }

  /** @returns ids of the upstreams in the body that is being written; what comes from around it is kept for its owner */
  link(id: string | undefined, reads: readonly Read[]): string[] {
    const upstreams = new Set<string>();
    for (const read of reads) {
      const { body } = read;
      if (body === undefined) continue;
      if (body === this.open) {
        if (read.edge) upstreams.add(read.name);
        continue;
      }
      if (!(body instanceof BodyDraft) || !this.open.isIn(body)) throw this.invalid(id, this.#outOfScope(read));
      this.open.outside.set(read.name, read);
    }
    return [...upstreams];
  }

  /** `link` for everything that a group that is no node waits for. */
  linkAfter(id: string, { after = [] }: Pick<NodeOptions, 'after'>): string[] {
    return this.link(
      id,
      this.guard(id, () => after.flatMap(waitsOf)),
    );
  }

  encode(id: string | undefined, value: unknown): ReturnType<typeof encode> {
    return this.guard(id, () => encode(value));
  }

  /** Writes one body: everything that is added during `work` lands in it. */
  write(id: string | undefined, label: string, prefix: string, work: () => unknown): { readonly body: Body; readonly reads: Read[] } {
    const outer = this.#body;
    const draft = new BodyDraft(this.#dag, label, outer);
    this.#body = draft;
    try {
      const { expression, reads } = this.encode(id, this.within(id, label, prefix, work));
      this.link(id, reads);
      const output = expression === null ? {} : { output: expression };
      return { body: { nodes: Object.fromEntries(draft.nodes), ...output }, reads: [...draft.outside.values()] };
    } finally {
      this.#body = outer;
    }
  }

  /** Calls a body of the user; what it adds to the open body gets ids that begin with `prefix`. */
  within(id: string | undefined, label: string, prefix: string, work: () => unknown): unknown {
    const outer = this.#prefix;
    this.#prefix = prefix;
    try {
      const result = this.guard(id, work);
      if (!isPromise(result)) return result;
      result.catch(() => undefined); // it would complain a second time, about a body that is closed
      throw this.invalid(id, `${label} is async; a body only describes the tasks, so write it without async and await`);
    } finally {
      this.#prefix = outer;
    }
  }

  /** Errors of references get the place where it happened. */
  guard<T>(id: string | undefined, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw isAuthoringError(error) ? this.invalid(id, error.message) : error;
    }
  }

  /** Schema of a node's output, or of the params. */
  readonly schemaOf = (name: string): Schema | undefined => {
    if (name === 'params') return this.#params;
    for (let body: BodyDraft | undefined = this.open; body; body = body.parent) {
      const node = body.nodes.get(name);
      // what a sensor answers at last is not all that its task may answer
      if (node?.kind === 'task' && !node.poll) return this.tasks.get(node.type)?.output;
    }
    return undefined;
  };

  #outOfScope({ name, body }: Read): string {
    const owner = body as Partial<BodyDraft>;
    if (owner.dag !== this.#dag) return `'${name}' belongs to DAG '${owner.dag}'; a reference cannot leave its DAG`;
    return `'${name}' exists only inside ${owner.label}; return it from there and use the result`;
  }
}
