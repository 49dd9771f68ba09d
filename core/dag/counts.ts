/** How the upstreams of each node of a body have ended so far. Flat, because every end of a task counts. */
import type { NodePlan } from './plan.js';
import type { UpstreamCounts } from './rules.js';
import type { EndState } from './scope.js';

const FIELDS = 5;
const OFFSET: Readonly<Record<EndState, number>> = { success: 1, failed: 2, skipped: 3, upstream_failed: 4 };

/** What governs a node beside its upstreams: setups, or of a teardown everything between its setups and itself. */
export interface Gates {
  readonly total: number;
  success: number;
  skipped: number;
  bad: number;
}

const NO_SETUPS = { total: 0, success: 0, skipped: 0 };

export class Counts {
  /** total, success, failed, skipped, upstream_failed of each node */
  readonly #numbers: Int32Array;
  readonly #setups = new Map<number, { readonly total: number; success: number; skipped: number }>();
  readonly #gates = new Map<number, Gates>();
  readonly #view = { total: 0, success: 0, failed: 0, skipped: 0, upstream_failed: 0, setups: NO_SETUPS };

  constructor(nodes: readonly NodePlan[]) {
    this.#numbers = new Int32Array(nodes.length * FIELDS);
    for (const { index, upstreams, setups, gates } of nodes) {
      this.#numbers[index * FIELDS] = upstreams.length;
      if (setups > 0) this.#setups.set(index, { total: setups, success: 0, skipped: 0 });
      if (gates.length > 0) this.#gates.set(index, { total: gates.length, success: 0, skipped: 0, bad: 0 });
    }
  }

  /** An upstream of the node has ended. */
  add(node: number, state: EndState, isSetup: boolean): void {
    this.#numbers[node * FIELDS + OFFSET[state]]!++;
    if (!isSetup || (state !== 'success' && state !== 'skipped')) return;
    const setups = this.#setups.get(node);
    if (setups) setups[state]++;
  }

  /** Has an upstream of the node not succeeded, or not yet? */
  isOpen(node: number): boolean {
    return this.#numbers[node * FIELDS + OFFSET.success]! < this.#numbers[node * FIELDS]!;
  }

  /** A map upstream of the node knows its items: each is an upstream of its own. */
  grow(node: number, by: number): void {
    this.#numbers[node * FIELDS]! += by;
  }

  /** A gate of the node has ended. */
  addGate(node: number, state: EndState): void {
    const gates = this.#gates.get(node)!;
    if (state === 'success' || state === 'skipped') gates[state]++;
    else gates.bad++;
  }

  gates(node: number): Gates | undefined {
    return this.#gates.get(node);
  }

  /** Good until the next call. */
  of(node: number): UpstreamCounts {
    const numbers = this.#numbers;
    const view = this.#view;
    const at = node * FIELDS;
    view.total = numbers[at]!;
    view.success = numbers[at + 1]!;
    view.failed = numbers[at + 2]!;
    view.skipped = numbers[at + 3]!;
    view.upstream_failed = numbers[at + 4]!;
    view.setups = this.#setups.size > 0 ? (this.#setups.get(node) ?? NO_SETUPS) : NO_SETUPS;
    return view;
  }
}
