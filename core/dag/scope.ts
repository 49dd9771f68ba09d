/** One instance of a body: the run, an arm that was taken, an attempt of a group. */
import type { Json } from '../json.js';
import type { BodyPlan, NodePlan } from './plan.js';

/** `scheduled`: not started; the last four are ends. */
export type NodeState = 'scheduled' | 'running' | EndState;
export type EndState = 'success' | 'failed' | 'skipped' | 'upstream_failed';

interface Counts {
  readonly total: number;
  success: number;
  failed: number;
  skipped: number;
  upstream_failed: number;
  readonly setups: { readonly total: number; success: number; skipped: number };
}

export class Scope {
  readonly plan: BodyPlan;
  /** `etl#2/`: what the ids of its task instances begin with */
  readonly key: string;
  /** from 1; a group that is run again gets a new scope */
  readonly attempt: number;
  readonly states: NodeState[];
  readonly outputs: (Json | undefined)[];
  /** how the upstreams of each node have ended so far */
  readonly counts: readonly Counts[];
  /** scopes of composite nodes, oldest first */
  readonly inner = new Map<number, Scope[]>();
  /** the arm that a branch took */
  readonly arms = new Map<number, string>();
  /** nodes that have not ended */
  open: number;
  readonly parent: { readonly scope: Scope; readonly node: NodePlan } | undefined;
  readonly #variables: Readonly<Record<string, Json>>;

  constructor(plan: BodyPlan, key: string, variables: Readonly<Record<string, Json>>, parent: Scope['parent'] = undefined, attempt = 1) {
    this.plan = plan;
    this.key = key;
    this.parent = parent;
    this.attempt = attempt;
    this.#variables = variables;
    this.states = plan.nodes.map(() => 'scheduled');
    this.outputs = [];
    this.counts = plan.nodes.map(({ upstreams, setups }) => ({
      total: upstreams.length,
      success: 0,
      failed: 0,
      skipped: 0,
      upstream_failed: 0,
      setups: { total: setups, success: 0, skipped: 0 },
    }));
    this.open = plan.nodes.length;
  }

  /** Task instance of a node in this scope. */
  instanceOf(node: NodePlan): string {
    return this.key + node.local;
  }

  /** Value of a name, here or in the bodies around. */
  readonly lookup = (name: string): Json | undefined => {
    const index = this.plan.byId.get(name);
    if (index !== undefined) return this.outputs[index];
    if (Object.hasOwn(this.#variables, name)) return this.#variables[name];
    return this.parent?.scope.lookup(name);
  };

  /**
   * By the leaves, as Airflow judges a run: a failure that something downstream coped with is no failure. What a `mayFail` node broke,
   * itself and all that waited for it alone, does not count.
   */
  end(): 'success' | 'failed' | 'skipped' {
    const { nodes } = this.plan;
    const leaves = nodes.filter(({ downstreams }) => downstreams.length === 0);
    const isBad = (index: number): boolean => this.states[index] === 'failed' || this.states[index] === 'upstream_failed';
    const bad = leaves.filter(({ index }) => isBad(index));
    if (bad.length > 0) {
      const forgiving = nodes.some(({ mayFail, index }) => mayFail && this.states[index] === 'failed');
      if (!forgiving) return 'failed';
      const blamed = this.#blamed();
      if (bad.some(({ index }) => blamed[index])) return 'failed';
    }
    return leaves.length > 0 && leaves.every(({ index }) => this.states[index] === 'skipped') ? 'skipped' : 'success';
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
