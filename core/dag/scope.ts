/** One instance of a body: the run, an arm that was taken, an attempt of a group, an item of a map. */
import type { Json } from '../json.js';
import { Counts } from './counts.js';
import type { BodyPlan, NodePlan } from './plan.js';

/** `scheduled`: not started; `deferred`: about to start, waits for the run before; the last four are ends. */
export type NodeState = 'scheduled' | 'deferred' | 'running' | EndState;
export type EndState = 'success' | 'failed' | 'skipped' | 'upstream_failed';

/** How an item of a map has ended. */
export interface ItemEnd {
  readonly state: Exclude<EndState, 'upstream_failed'>;
  readonly output?: Json | undefined;
}

/** A map that runs. */
export interface MapRun {
  readonly items: readonly Json[];
  /** the first item that has not been started */
  next: number;
  /** items (or shards of them) that run */
  busy: number;
  /** items that have not ended */
  open: number;
  readonly ends: (ItemEnd | undefined)[];
  /** items in a child workflow; 0: all are run here */
  readonly shard: number;
}

/** Values of the names that a body brings, as `scores.item`. */
export type Variables = Readonly<Record<string, Json>>;

export interface ScopePlace {
  /** `etl#2/`: what the ids of its task instances begin with */
  readonly key: string;
  readonly variables: Variables;
  readonly parent?: { readonly scope: Scope; readonly node: NodePlan };
  /** from 1; a group that is run again gets a new scope */
  readonly attempt?: number;
  /** of an item of a map, from 0 */
  readonly item?: number;
}

export class Scope {
  readonly plan: BodyPlan;
  readonly key: string;
  readonly attempt: number;
  readonly item: number | undefined;
  readonly states: NodeState[];
  readonly outputs: (Json | undefined)[] = [];
  /** how the upstreams of each node have ended so far */
  readonly counts: Counts;
  /** scopes of composite nodes, oldest first */
  readonly inner = new Map<number, Scope[]>();
  /** the arm that a branch took */
  readonly arms = new Map<number, string>();
  readonly maps = new Map<number, MapRun>();
  /** nodes that have not ended */
  open: number;
  readonly parent: { readonly scope: Scope; readonly node: NodePlan } | undefined;
  readonly variables: Variables;

  constructor(plan: BodyPlan, { key, variables, parent, attempt = 1, item }: ScopePlace) {
    this.plan = plan;
    this.key = key;
    this.parent = parent;
    this.attempt = attempt;
    this.item = item;
    this.variables = variables;
    this.states = plan.nodes.map(() => 'scheduled');
    this.counts = new Counts(plan.nodes);
    this.open = plan.nodes.length;
  }

  /** Task instance of a node in this scope. */
  instanceOf(node: NodePlan): string {
    return this.key + node.local;
  }

  addInner(node: NodePlan, scope: Scope): void {
    const known = this.inner.get(node.index);
    if (known) known.push(scope);
    else this.inner.set(node.index, [scope]);
  }

  /** Value of a name, here or in the bodies around. */
  readonly lookup = (name: string): Json | undefined => {
    const index = this.plan.byId.get(name);
    if (index !== undefined) return this.outputs[index] ?? this.#soFar(index);
    if (Object.hasOwn(this.variables, name)) return this.variables[name];
    return this.parent?.scope.lookup(name);
  };

  /** What a map has made until now: a task downstream with a rule like `one_success` need not wait for all of it. */
  #soFar(index: number): Json | undefined {
    const map = this.maps.get(index);
    return map && outputOf(map);
  }

  /**
   * By the leaves, as Airflow judges a run: a failure that something downstream coped with is no failure. What a `mayFail` node broke,
   * itself and all that waited for it alone, does not count.
   */
  end(): 'success' | 'failed' | 'skipped' {
    const { nodes, leaves } = this.plan;
    const isBad = (index: number): boolean => this.states[index] === 'failed' || this.states[index] === 'upstream_failed';
    const bad = leaves.filter(isBad);
    if (bad.length > 0) {
      const forgiving = nodes.some(({ mayFail, index }) => mayFail && this.states[index] === 'failed');
      if (!forgiving) return 'failed';
      const blamed = this.#blamed();
      if (bad.some((index) => blamed[index])) return 'failed';
    }
    return leaves.length > 0 && leaves.every((index) => this.states[index] === 'skipped') ? 'skipped' : 'success';
  }

  /** Which nodes are failed by a failure that counts. */
  #blamed(): boolean[] {
    const blamed: boolean[] = [];
    for (const index of this.plan.order) {
      const { mayFail, upstreams } = this.plan.nodes[index]!;
      const state = this.states[index];
      blamed[index] = (state === 'failed' && !mayFail) || (state === 'upstream_failed' && upstreams.some((upstream) => blamed[upstream]));
    }
    return blamed;
  }
}

/** In the order of the items, those left out that made nothing. */
export const outputOf = ({ ends }: MapRun): Json => ends.flatMap((end) => (end?.state === 'success' ? [end.output ?? null] : []));

/** Does the failure of a node fail the run? Not if it, or something around it, may fail or will be tried again. */
export const isFatal = (scope: Scope, node: NodePlan): boolean => {
  if (node.mayFail) return false;
  if (!scope.parent) return true;
  const { parent } = scope;
  return (parent.node.kind !== 'group' || scope.attempt > parent.node.spec.retries) && isFatal(parent.scope, parent.node);
};
