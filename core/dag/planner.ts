/**
 * Decides what starts when: no clock, no I/O, the same for the interpreter, `testDag` and the conformance vectors.
 *
 * It is told of each end and answers with what starts next. An end costs as much as it has downstreams: nothing is planned anew.
 * Arms that are not taken, and items that have not begun, are never built.
 */
import { assertNever } from '../assert-never.js';
import type { Json } from '../json.js';
import type { RunInfo } from '../ports.js';
import type { Action, NodeEnd, RunEnd } from './actions.js';
import { chosen, unchosen } from './branching.js';
import { leafAction } from './leaf-action.js';
import { listProblem, toItems } from './mapping.js';
import {
  isLeaf,
  planBody,
  type BodyPlan,
  type BranchPlan,
  type GroupPlan,
  type LeafPlan,
  type MapPlan,
  type NodePlan,
  type TaskPlan,
} from './plan.js';
import type { RunError } from './run-state.js';
import { decide } from './rules.js';
import { loadScope, saveScope, type SavedScope } from './save.js';
import { isFatal, outputOf, Scope, type EndState, type ItemEnd, type MapRun, type Variables } from './scope.js';
import { openShards, shardAt, shardInstance, slices } from './sharding.js';
import type { DagSpec, TaskCall } from './spec.js';
import { isStored } from './wire.js';

export interface PlannerOptions {
  /** Results taken over from another run: such a task is not started. Called once for each that would be. */
  readonly kept?: (instance: string) => NodeEnd | undefined;
  /** large maps run in child workflows; default false */
  readonly sharding?: boolean;
  /** of a shard: where its map is */
  readonly key?: string;
  readonly prefix?: string;
  /** of a shard: index of its first item in the whole map */
  readonly from?: number;
}

export interface SavedPlanner {
  readonly root: SavedScope;
  readonly errors: readonly (readonly [string, RunError])[];
  readonly failedFast?: true;
}

interface Ended {
  readonly scope: Scope;
  readonly node: NodePlan;
  readonly state: EndState;
  readonly output?: Json | undefined;
}
interface Place<N extends NodePlan = NodePlan> {
  readonly scope: Scope;
  readonly node: N;
}

/** Items of a map that run at a time, unless it says otherwise: Temporal fails a workflow with 2,000 pending activities. */
const MAX_CONCURRENCY = 500;

export class Planner {
  readonly root: Scope;
  /** what went wrong in nodes themselves, by instance */
  readonly errors = new Map<string, RunError>();
  readonly #spec: DagSpec;
  readonly #options: PlannerOptions;
  #end: RunEnd | undefined;
  #halted = false;
  #failedFast = false;
  /** what was started in the scopes within */
  readonly #places = new Map<string, Place>();
  /** 1 for what was started of the run itself, by index: its instances are found by their ids. None in a shard, which has names of its own */
  readonly #begun: Uint8Array | undefined;
  /** A worklist, not recursion: ten thousand skips in a row must not overflow the stack. */
  readonly #ended: Ended[] = [];
  #actions: Action[] = [];

  /**
   * @param spec validated
   * @param variables `params` and `run`; of a shard also what its items read from around the map
   */
  constructor(
    spec: DagSpec,
    variables: { readonly params: Json; readonly run: RunInfo } | Variables,
    options: PlannerOptions = {},
    saved?: SavedPlanner,
  ) {
    this.#spec = spec;
    this.#options = options;
    const plan = planBody(spec, options.prefix ?? '');
    if (options.prefix === undefined && options.key === undefined) this.#begun = new Uint8Array(plan.nodes.length);
    if (saved === undefined) {
      this.root = new Scope(plan, { key: options.key ?? '', variables: variables as Variables });
      return;
    }
    this.root = loadScope(saved.root, plan);
    for (const [instance, error] of saved.errors) this.errors.set(instance, error);
    this.#failedFast = saved.failedFast === true;
  }

  /** Undefined while the run goes on. */
  get end(): RunEnd | undefined {
    return this.#end;
  }

  start(): Action[] {
    this.#open(this.root);
    return this.#drain();
  }

  /** After loading: everything that was under way is asked for again. */
  resume(): Action[] {
    this.#resume(this.root);
    return this.#drain();
  }

  /** Everything but the spec. Outputs of tasks are the caller's to keep: it has them anyway. */
  save(): SavedPlanner {
    return {
      root: saveScope(this.root),
      errors: [...this.errors],
      ...(this.#failedFast ? { failedFast: true as const } : {}),
    };
  }

  /** @param outputOfTask output of a task instance that succeeded */
  refill(outputOfTask: (instance: string) => Json | undefined): void {
    const fill = (scope: Scope): void => {
      for (const node of scope.plan.nodes) {
        if (isLeaf(node) && scope.states[node.index] === 'success') scope.outputs[node.index] = outputOfTask(scope.instanceOf(node));
        if (isLeaf(node) && scope.states[node.index] !== 'scheduled') this.#keepPlace(scope, node, scope.instanceOf(node));
      }
      for (const scopes of scope.inner.values()) scopes.forEach(fill);
    };
    fill(this.root);
  }

  /** @param instance of what was started and has not ended */
  finish(instance: string, end: NodeEnd): Action[] {
    const place = this.#placeOf(instance);
    // by hand, before the run before has done its part
    if (place?.scope.states[place.node.index] === 'deferred') place.scope.states[place.node.index] = 'running';
    const { scope, node } = this.#running(instance);
    this.#finished(scope, node as LeafPlan, end);
    return this.#drain();
  }

  /** The run before has done its part. Nothing happens if the node was skipped meanwhile. */
  release(instance: string): Action[] {
    const place = this.#placeOf(instance);
    if (place && place.scope.states[place.node.index] === 'deferred') this.#launch(place.scope, place.node);
    return this.#drain();
  }

  /** It will never be known what the run before did. */
  reject(instance: string, error: RunError): Action[] {
    const place = this.#placeOf(instance);
    if (place && place.scope.states[place.node.index] === 'deferred') {
      place.scope.states[place.node.index] = 'running';
      this.#failed(place.scope, place.node, error);
    }
    return this.#drain();
  }

  /** Answer to `load`. */
  provide(instance: string, value: Json): Action[] {
    const { scope, node } = this.#running(instance);
    if (node.kind === 'branch') this.#take(scope, node, value);
    else if (node.kind === 'map') this.#expand(scope, node, value);
    return this.#drain();
  }

  /** A composite could not be run: its value could not be loaded, its shard was lost. */
  fail(instance: string, error: RunError): Action[] {
    const { scope, node } = this.#running(instance);
    this.#failed(scope, node, error);
    return this.#drain();
  }

  /** @param from index of the first item of the shard */
  finishShard(map: string, from: number, ends: readonly ItemEnd[]): Action[] {
    const { scope, node } = this.#running(map) as Place<MapPlan>;
    const run = scope.maps.get(node.index)!;
    run.busy--;
    ends.forEach((end, i) => this.#itemEnded(scope, node, run, from + i, end));
    if (run.open > 0) this.#pump(scope, node, run);
    return this.#drain();
  }

  /** What a failed group did is undone: it is tried again, or ends. */
  proceed(instance: string): Action[] {
    const { scope, node } = this.#running(instance) as Place<GroupPlan>;
    const attempts = scope.inner.get(node.index)!;
    this.#retryOrEnd(scope, node, attempts.at(-1)!);
    return this.#drain();
  }

  /** From now on nothing starts; ends are only noted. */
  halt(): void {
    this.#halted = true;
  }

  /** How to undo an instance; undefined if that needs an output which there is not. */
  undo(instance: string): { readonly call: TaskCall; readonly input: Json } | undefined {
    const place = this.#placeOf(instance);
    if (!place) return undefined;
    const { scope, node } = place;
    if (node.kind !== 'task' && node.kind !== 'workflow') return undefined;
    const { undo: call } = node.spec;
    if (!call || (node.undoNeedsOutput && scope.states[node.index] !== 'success')) return undefined;
    return { call, input: node.undoInput?.(scope.lookup) ?? null };
  }

  /** The node behind an instance that was started. */
  nodeOf(instance: string): NodePlan | undefined {
    return this.#placeOf(instance)?.node;
  }

  #keepPlace(scope: Scope, node: NodePlan, instance: string): void {
    if (scope === this.root && this.#begun) this.#begun[node.index] = 1;
    else this.#places.set(instance, { scope, node });
  }

  /** Of what was started. */
  #placeOf(instance: string): Place | undefined {
    const index = this.#begun && this.root.plan.byId.get(instance);
    if (index === undefined) return this.#places.get(instance);
    return this.#begun![index] === 1 ? { scope: this.root, node: this.root.plan.nodes[index]! } : undefined;
  }

  #running(instance: string): Place {
    const place = this.#placeOf(instance);
    if (place?.scope.states[place.node.index] !== 'running') throw new Error(`task instance '${instance}' is not running`);
    return place;
  }

  #drain(): Action[] {
    // grows while it is walked
    for (let at = 0; at < this.#ended.length; at++) this.#settle(this.#ended[at]!);
    this.#ended.length = 0;
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  #settle({ scope, node, state, output }: Ended): void {
    scope.states[node.index] = state;
    scope.outputs[node.index] = output;
    if (this.#halted) return;
    scope.open--;
    // before the downstreams hear of it, as it wins over their rules
    if (node.kind === 'task' && node.spec.branching && state === 'success') this.#skipUnchosen(scope, node, output ?? null);
    if (node.kind !== 'map' || !scope.maps.has(node.index)) this.#tell(scope, node, state);
    if (node.gateOf.length > 0) this.#tellGates(scope, node, state);
    if (state === 'failed' && this.#spec.failFast && !this.#failedFast && isFatal(scope, node)) this.#failFast();
    if (scope.open === 0) this.#close(scope);
  }

  /** One upstream more has ended: that node, or one item of that map. */
  #tell(scope: Scope, node: NodePlan, state: EndState): void {
    const { states, counts, plan } = scope;
    for (const downstream of node.downstreams) {
      counts.add(downstream, state, node.isSetup);
      if (state === 'success' && plan.needsAll[downstream] === 1 && counts.isOpen(downstream)) continue;
      if (states[downstream] === 'scheduled') this.#consider(scope, plan.nodes[downstream]!);
    }
  }

  #tellGates(scope: Scope, node: NodePlan, state: EndState): void {
    for (const index of node.gateOf) {
      scope.counts.addGate(index, state);
      if (scope.states[index] === 'scheduled') this.#consider(scope, scope.plan.nodes[index]!);
    }
  }

  #consider(scope: Scope, node: NodePlan): void {
    const gates = node.gates.length > 0 && node.rule !== 'always' ? scope.counts.gates(node.index) : undefined;
    if (gates && node.isTeardown && gates.success + gates.skipped + gates.bad < gates.total) return;
    if (gates && !node.isTeardown) {
      if (gates.bad > 0) return this.#decided(scope, node, 'upstream_failed');
      if (gates.skipped > 0) return this.#decided(scope, node, 'skipped');
      if (gates.success < gates.total) return;
    }
    const decision = decide(node.rule, scope.counts.of(node.index));
    switch (decision) {
      case 'wait':
        return;
      case 'run':
        return this.#begin(scope, node);
      case 'skipped':
      case 'upstream_failed':
        return this.#decided(scope, node, decision);
      default:
        assertNever(decision);
    }
  }

  /** Decided once, whatever else ends before it is settled. */
  #decided(scope: Scope, node: NodePlan, state: 'skipped' | 'upstream_failed'): void {
    // nobody waits for the run before any more
    if (scope.states[node.index] === 'deferred') this.#actions.push({ kind: 'cancel', instance: scope.instanceOf(node), node: node.id });
    scope.states[node.index] = state;
    this.#ended.push({ scope, node, state });
  }

  #begin(scope: Scope, node: NodePlan): void {
    if (node.kind !== 'task' || !node.spec.dependsOnPast) return this.#launch(scope, node);
    scope.states[node.index] = 'deferred';
    this.#keepPlace(scope, node, scope.instanceOf(node));
    this.#awaitPast(scope, node);
  }

  #awaitPast(scope: Scope, node: TaskPlan): void {
    const below = node.spec.waitForDownstream ? node.downstreams.map((index) => scope.plan.nodes[index]!.id) : [];
    this.#actions.push({ kind: 'past', instance: scope.instanceOf(node), node: node.id, nodes: [node.id, ...below] });
  }

  #launch(scope: Scope, node: NodePlan): void {
    scope.states[node.index] = 'running';
    const instance = scope.instanceOf(node);
    this.#keepPlace(scope, node, instance);
    switch (node.kind) {
      case 'branch':
        return this.#known(scope, node, node.on(scope.lookup) ?? null, (value) => this.#take(scope, node, value));
      case 'group':
        return this.#attempt(scope, node, 1);
      case 'map':
        return this.#known(scope, node, node.over(scope.lookup) ?? null, (value) => this.#expand(scope, node, value));
      default: {
        const kept = this.#options.kept?.(instance);
        if (kept) this.#finished(scope, node, kept);
        else this.#actions.push(leafAction(scope, node, instance));
      }
    }
  }

  /** A leaf has ended. An output that cannot be what its readers need fails the one who made it. */
  #finished(scope: Scope, node: LeafPlan, end: NodeEnd): void {
    if (end.state !== 'success') return void this.#ended.push({ scope, node, state: end.state });
    const problem = node.kind === 'task' ? this.#problemWith(scope, node, end.output) : undefined;
    if (problem !== undefined) return this.#failed(scope, node, { code: 'TASK_OUTPUT_INVALID', message: problem });
    this.#ended.push({ scope, node, state: 'success', output: end.output });
  }

  #problemWith(scope: Scope, { mapped, spec }: TaskPlan, output: Json): string | undefined {
    if (mapped.length > 0) {
      const problem = listProblem(output, mapped);
      if (problem !== undefined) return problem;
    }
    return spec.branching === 'branch' ? chosen(scope.plan, output).problem : undefined;
  }

  #failed(scope: Scope, node: NodePlan, error: RunError): void {
    this.errors.set(scope.instanceOf(node), error);
    this.#ended.push({ scope, node, state: 'failed' });
  }

  /** Goes on with a value, or asks for it where only its place in the object store is known. */
  #known(scope: Scope, node: NodePlan, value: Json, go: (value: Json) => void): void {
    if (isStored(value)) this.#actions.push({ kind: 'load', instance: scope.instanceOf(node), node: node.id, stored: value });
    else go(value);
  }

  #take(scope: Scope, node: BranchPlan, value: Json): void {
    const named = typeof value === 'object' ? undefined : String(value);
    const arm = named !== undefined && node.arms.has(named) ? named : 'default';
    const body = node.arms.get(arm);
    if (!body) {
      const message = `no arm for ${JSON.stringify(value)}, and no arm 'default'`;
      return this.#failed(scope, node, { code: 'BRANCH_WITHOUT_ARM', message });
    }
    scope.arms.set(node.index, arm);
    this.#spawn(scope, node, body, `${scope.instanceOf(node)}.${arm}.`, {});
  }

  #attempt(scope: Scope, node: GroupPlan, attempt: number): void {
    const instance = scope.instanceOf(node);
    const key = attempt === 1 ? `${instance}.` : `${instance}#${attempt}/`;
    this.#spawn(scope, node, node.body, key, { [`${node.id}.attempt`]: attempt }, { attempt });
  }

  #expand(scope: Scope, node: MapPlan, over: Json): void {
    const items = toItems(over);
    if (!items)
      return this.#failed(scope, node, { code: 'MAP_NOT_A_LIST', message: `a map goes over a list, not over ${JSON.stringify(over)}` });
    if (items.length === 0) return void this.#ended.push({ scope, node, state: 'skipped', output: [] });
    const { shard = 500 } = node.spec;
    const run: MapRun = {
      items,
      next: 0,
      busy: 0,
      open: items.length,
      ends: new Array<undefined>(items.length).fill(undefined),
      shard: this.#options.sharding && items.length > 2 * shard ? shard : 0,
    };
    scope.maps.set(node.index, run);
    // each item counts as an upstream of its own
    for (const downstream of node.downstreams) scope.counts.grow(downstream, items.length - 1);
    this.#pump(scope, node, run);
  }

  #pump(scope: Scope, node: MapPlan, run: MapRun): void {
    if (this.#halted) return;
    if (run.shard > 0) return this.#pumpShards(scope, node, run);
    const max = node.spec.maxConcurrency ?? MAX_CONCURRENCY;
    const instance = scope.instanceOf(node);
    const from = scope === this.root ? (this.#options.from ?? 0) : 0;
    while (run.busy < max && run.next < run.items.length) {
      const item = run.next++;
      run.busy++;
      const variables = { [`${node.id}.item`]: run.items[item]!, [`${node.id}.index`]: from + item };
      this.#spawn(scope, node, node.body, `${instance}[${from + item}].`, variables, { item });
    }
  }

  #pumpShards(scope: Scope, node: MapPlan, run: MapRun): void {
    const { parallel, perShard } = slices(node.spec.maxConcurrency ?? MAX_CONCURRENCY);
    while (run.busy < parallel && run.next < run.items.length) {
      this.#actions.push(shardAt(scope, node, run, run.next, perShard));
      run.next = Math.min(run.next + run.shard, run.items.length);
      run.busy++;
    }
  }

  #itemEnded(scope: Scope, node: MapPlan, run: MapRun, item: number, end: ItemEnd): void {
    run.ends[item] = end;
    run.open--;
    if (!this.#halted) this.#tell(scope, node, end.state);
    if (run.open > 0) return;
    const state = run.ends.some((ended) => ended?.state === 'failed')
      ? 'failed'
      : run.ends.every((ended) => ended?.state === 'skipped')
        ? 'skipped'
        : 'success';
    this.#ended.push({ scope, node, state, output: outputOf(run) });
  }

  #skipUnchosen(scope: Scope, node: TaskPlan, output: Json): void {
    const { nodes } = scope.plan;
    const skip = (index: number): void => {
      const state = scope.states[index];
      if ((state === 'scheduled' || state === 'deferred') && !nodes[index]!.isTeardown) this.#decided(scope, nodes[index]!, 'skipped');
    };
    for (const index of unchosen(scope.plan, node, output)) skip(index);
  }

  /** Everything that has not begun is skipped, teardowns excepted; everything that runs is told to stop. */
  #failFast(): void {
    this.#failedFast = true;
    const stop = (scope: Scope): void => {
      const { nodes } = scope.plan;
      // before anything hears of items that are passed by
      for (const node of nodes) {
        const state = scope.states[node.index];
        if ((state === 'scheduled' || state === 'deferred') && !node.isTeardown) this.#decided(scope, node, 'skipped');
      }
      for (const node of nodes) {
        if (scope.states[node.index] !== 'running') continue;
        if (isLeaf(node)) this.#actions.push({ kind: 'cancel', instance: scope.instanceOf(node), node: node.id });
        const map = scope.maps.get(node.index);
        if (map && node.kind === 'map') this.#stopMap(scope, node, map);
        scope.inner.get(node.index)?.forEach(stop);
      }
    };
    stop(this.root);
  }

  /** Items that have not begun count as skipped; shards that run are told to stop. */
  #stopMap(scope: Scope, node: MapPlan, map: MapRun): void {
    if (map.shard > 0)
      for (const from of openShards(map))
        this.#actions.push({ kind: 'cancel', instance: shardInstance(scope.instanceOf(node), from, map), node: node.id });
    while (map.next < map.items.length) this.#itemEnded(scope, node, map, map.next++, { state: 'skipped' });
  }

  #spawn(
    scope: Scope,
    node: NodePlan,
    body: BodyPlan,
    key: string,
    variables: Variables,
    more: { readonly attempt?: number; readonly item?: number } = {},
  ): void {
    const inner = new Scope(body, { key, variables, parent: { scope, node }, ...more });
    scope.addInner(node, inner);
    this.#open(inner);
  }

  #open(scope: Scope): void {
    if (scope.open === 0) return this.#close(scope);
    for (const node of scope.plan.nodes) {
      if (scope.states[node.index] !== 'scheduled') continue;
      if (this.#failedFast && !node.isTeardown) this.#decided(scope, node, 'skipped');
      else if (node.upstreams.length === 0 || node.rule === 'always') this.#begin(scope, node);
    }
  }

  #close(scope: Scope): void {
    const state = scope.end();
    const { parent } = scope;
    if (!parent) {
      const failed = state === 'failed' || this.#failedFast;
      this.#end = { state: failed ? 'failed' : 'success', output: scope.plan.output(scope.lookup) ?? null };
      return;
    }
    const { node } = parent;
    if (state === 'failed' && node.kind === 'group')
      return void this.#actions.push({ kind: 'undo', instance: parent.scope.instanceOf(node), node: node.id, key: scope.key });
    this.#closed(scope, parent.scope, node, state);
  }

  #closed(inner: Scope, scope: Scope, node: NodePlan, state: 'success' | 'failed' | 'skipped'): void {
    const output = state === 'success' ? (inner.plan.output(inner.lookup) ?? null) : undefined;
    if (node.kind !== 'map') return void this.#ended.push({ scope, node, state, output });
    const run = scope.maps.get(node.index)!;
    run.busy--;
    this.#itemEnded(scope, node, run, inner.item!, { state, output });
    if (run.open > 0) this.#pump(scope, node, run);
  }

  #retryOrEnd(scope: Scope, node: GroupPlan, last: Scope): void {
    if (last.attempt <= node.spec.retries && !this.#failedFast && !this.#halted) this.#attempt(scope, node, last.attempt + 1);
    else this.#closed(last, scope, node, 'failed');
  }

  #resume(scope: Scope): void {
    for (const node of scope.plan.nodes) {
      const state = scope.states[node.index];
      const instance = scope.instanceOf(node);
      if (state === 'deferred' || state === 'running') this.#keepPlace(scope, node, instance);
      if (state === 'deferred') this.#awaitPast(scope, node as TaskPlan);
      if (state !== 'running') continue;
      if (isLeaf(node)) {
        this.#actions.push(leafAction(scope, node, instance));
        continue;
      }
      const inner = scope.inner.get(node.index) ?? [];
      for (const each of inner) {
        if (each.open > 0) this.#resume(each);
        else if (node.kind === 'group' && each === inner.at(-1)) this.#close(each); // its undo was under way
      }
      this.#resumeComposite(scope, node, inner.length > 0);
    }
  }

  #resumeComposite(scope: Scope, node: NodePlan, entered: boolean): void {
    const map = scope.maps.get(node.index);
    if (map && node.kind === 'map') {
      const { perShard } = slices(node.spec.maxConcurrency ?? MAX_CONCURRENCY);
      if (map.shard > 0) for (const from of openShards(map)) this.#actions.push(shardAt(scope, node, map, from, perShard));
      this.#pump(scope, node, map);
    } else if (!entered) this.#launch(scope, node); // its value was being loaded
  }
}
