/**
 * Decides what starts when: no clock, no I/O, the same for the interpreter, `testDag` and the conformance vectors.
 *
 * It is told of each end and answers with what starts next. An end costs as much as it has downstreams: nothing is planned anew.
 * Arms that are not taken are never built.
 */
import { assertNever } from '../assert-never.js';
import type { Json } from '../json.js';
import type { RunInfo } from '../ports.js';
import { planBody, type BodyPlan, type BranchPlan, type GroupPlan, type NodePlan, type TaskPlan } from './plan.js';
import { decide } from './rules.js';
import type { RunError } from './run-state.js';
import { Scope, type EndState } from './scope.js';
import type { DagSpec, TaskCall } from './spec.js';

/** Something for the outside to do. Open: sleeps, approvals and child runs become members of this union. */
export interface StartTask {
  readonly kind: 'task';
  readonly instance: string;
  /** id of the node in the spec */
  readonly node: string;
  readonly call: TaskCall;
  readonly input: Json;
  /** it has to be undone if the run does not end well */
  readonly hasUndo: boolean;
}
export type Action = StartTask;

export type NodeEnd =
  | { readonly state: 'success'; readonly output: Json }
  | { readonly state: 'skipped' }
  | { readonly state: 'failed'; readonly error?: RunError };

export interface RunEnd {
  readonly state: 'success' | 'failed';
  readonly output: Json;
}

interface Ended {
  readonly scope: Scope;
  readonly node: NodePlan;
  readonly state: EndState;
  readonly output?: Json | undefined;
}

export class Planner {
  readonly root: Scope;
  /** what went wrong in composite nodes themselves, by instance */
  readonly errors = new Map<string, RunError>();
  #end: RunEnd | undefined;
  #halted = false;
  readonly #tasks = new Map<string, { readonly scope: Scope; readonly node: TaskPlan }>();
  /** A worklist, not recursion: ten thousand skips in a row must not overflow the stack. */
  #ended: Ended[] = [];
  #actions: Action[] = [];

  /** @param spec validated */
  constructor(spec: DagSpec, variables: { readonly params: Json; readonly run: RunInfo }) {
    this.root = new Scope(planBody(spec), '', { params: variables.params, run: variables.run as unknown as Json });
  }

  /** Undefined while the run goes on. */
  get end(): RunEnd | undefined {
    return this.#end;
  }

  start(): Action[] {
    this.#open(this.root);
    return this.#drain();
  }

  /** @param instance of a task that was started and has not ended */
  finish(instance: string, end: NodeEnd): Action[] {
    const task = this.#tasks.get(instance);
    if (!task || task.scope.states[task.node.index] !== 'running') throw new Error(`task instance '${instance}' is not running`);
    this.#ended.push({ scope: task.scope, node: task.node, state: end.state, output: end.state === 'success' ? end.output : undefined });
    return this.#drain();
  }

  /** From now on nothing starts; ends are only noted. */
  halt(): void {
    this.#halted = true;
  }

  /** How to undo a task instance; undefined if that needs an output which there is not. */
  undo(instance: string): { readonly call: TaskCall; readonly input: Json } | undefined {
    const task = this.#tasks.get(instance);
    const call = task?.node.spec.undo;
    if (!task || !call) return undefined;
    const { scope, node } = task;
    if (node.undoNeedsOutput && scope.states[node.index] !== 'success') return undefined;
    return { call, input: node.undoInput?.(scope.lookup) ?? null };
  }

  #drain(): Action[] {
    // grows while it is walked
    for (let at = 0; at < this.#ended.length; at++) this.#settle(this.#ended[at]!);
    this.#ended = [];
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  #settle({ scope, node, state, output }: Ended): void {
    scope.states[node.index] = state;
    scope.outputs[node.index] = output;
    if (this.#halted) return;
    scope.open--;
    for (const downstream of node.downstreams) {
      const counts = scope.counts[downstream]!;
      counts[state]++;
      if (node.isSetup && (state === 'success' || state === 'skipped')) counts.setups[state]++;
      if (scope.states[downstream] === 'scheduled') this.#consider(scope, scope.plan.nodes[downstream]!);
    }
    if (scope.open === 0) this.#close(scope);
  }

  #consider(scope: Scope, node: NodePlan): void {
    const decision = decide(node.rule, scope.counts[node.index]!);
    switch (decision) {
      case 'wait':
        return;
      case 'run':
        return this.#launch(scope, node);
      case 'skipped':
      case 'upstream_failed':
        scope.states[node.index] = decision; // decided once, whatever else ends before it is settled
        this.#ended.push({ scope, node, state: decision });
        return;
      default:
        assertNever(decision);
    }
  }

  #launch(scope: Scope, node: NodePlan): void {
    scope.states[node.index] = 'running';
    switch (node.kind) {
      case 'task':
        return this.#launchTask(scope, node);
      case 'branch':
        return this.#launchBranch(scope, node);
      case 'group':
        return this.#launchGroup(scope, node, 1);
      default:
        assertNever(node);
    }
  }

  #launchTask(scope: Scope, node: TaskPlan): void {
    const instance = scope.instanceOf(node);
    const { spec } = node;
    this.#tasks.set(instance, { scope, node });
    const input = node.input(scope.lookup) ?? null;
    this.#actions.push({ kind: 'task', instance, node: node.id, call: spec, input, hasUndo: spec.undo !== undefined });
  }

  #launchBranch(scope: Scope, node: BranchPlan): void {
    const value = node.on(scope.lookup) ?? null;
    const named = typeof value === 'object' ? undefined : String(value);
    const arm = named !== undefined && node.arms.has(named) ? named : 'default';
    const body = node.arms.get(arm);
    if (!body) {
      const message = `no arm for ${JSON.stringify(value)}, and no arm 'default'`;
      this.errors.set(scope.instanceOf(node), { code: 'BRANCH_WITHOUT_ARM', message });
      this.#ended.push({ scope, node, state: 'failed' });
      return;
    }
    scope.arms.set(node.index, arm);
    this.#spawn(scope, node, body, `${scope.instanceOf(node)}.${arm}.`, {});
  }

  #launchGroup(scope: Scope, node: GroupPlan, attempt: number): void {
    const instance = scope.instanceOf(node);
    const key = attempt === 1 ? `${instance}.` : `${instance}#${attempt}/`;
    this.#spawn(scope, node, node.body, key, { [`${node.id}.attempt`]: attempt }, attempt);
  }

  #spawn(scope: Scope, node: NodePlan, body: BodyPlan, key: string, variables: Readonly<Record<string, Json>>, attempt = 1): void {
    const inner = new Scope(body, key, variables, { scope, node }, attempt);
    const known = scope.inner.get(node.index);
    if (known) known.push(inner);
    else scope.inner.set(node.index, [inner]);
    this.#open(inner);
  }

  #open(scope: Scope): void {
    if (scope.open === 0) return this.#close(scope);
    for (const node of scope.plan.nodes)
      if (scope.states[node.index] === 'scheduled' && (node.upstreams.length === 0 || node.rule === 'always')) this.#launch(scope, node);
  }

  #close(scope: Scope): void {
    const state = scope.end();
    const { parent } = scope;
    if (!parent) {
      this.#end = { state: state === 'failed' ? 'failed' : 'success', output: scope.plan.output(scope.lookup) ?? null };
      return;
    }
    const { node } = parent;
    if (state === 'failed' && node.kind === 'group' && scope.attempt <= node.spec.retries)
      return this.#launchGroup(parent.scope, node, scope.attempt + 1);
    const output = state === 'success' ? { output: scope.plan.output(scope.lookup) ?? null } : {};
    this.#ended.push({ ...parent, state, ...output });
  }
}
