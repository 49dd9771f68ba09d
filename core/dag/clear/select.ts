/** What is cleared with what: the names that people type, and where they lead. */
import { RekindleError } from '../../errors.js';
import type { NodePlan } from '../plan.js';
import { firstAttemptOf, firstInstanceOf, instanceOf, placesIn, reach, type Place, type RunBody } from './tree.js';

/** Why a task instance is cleared. `undone`: what it did was undone when the run failed. `setup`: its setup or teardown frames what is. */
export type Reason = 'selected' | 'downstream' | 'upstream' | 'setup' | 'undone';

export interface Reach {
  /** default true */
  readonly downstream?: boolean;
  /** default false */
  readonly upstream?: boolean;
}

/** Places by each name that they go by: instance (also as of the first attempt), node id; bodies by `scores[3]` and `decide.promote`. */
export class Names {
  readonly #places = new Map<string, Place[]>();

  constructor(root: RunBody) {
    for (const place of placesIn(root)) {
      for (const name of new Set([instanceOf(place), firstInstanceOf(place), place.node.id])) this.#add(name, place);
      const isGroup = place.node.kind === 'group'; // goes by the name of its body already
      for (const body of isGroup ? [] : (place.body.inner.get(place.node.index) ?? []))
        for (const name of new Set([body.key, body.firstKey].map((key) => key.slice(0, -1))))
          for (const node of body.plan.nodes) this.#add(name, { body, node });
    }
  }

  /** @throws TASK_INSTANCE_NOT_FOUND */
  find(name: string, run: string): readonly Place[] {
    const found = this.#places.get(name) ?? this.#places.get(firstAttemptOf(name));
    if (found) return found;
    throw new RekindleError(
      'TASK_INSTANCE_NOT_FOUND',
      `Run '${run}' has no task '${name}' in this version of the DAG and the last attempts of its groups.`,
      {
        run,
        task: name,
      },
    );
  }

  #add(name: string, place: Place): void {
    const known = this.#places.get(name);
    if (known) known.push(place);
    else this.#places.set(name, [place]);
  }
}

const teardownsOf = ({ body, node }: Place): NodePlan[] =>
  node.downstreams.map((index) => body.plan.nodes[index]!).filter(({ isTeardown }) => isTeardown);

/** Everything that is cleared. It grows; nothing is ever taken out. */
export class Cleared {
  readonly #reasons = new Map<RunBody, Map<number, Reason>>();
  readonly #touched = new Set<RunBody>();
  /** places whose relatives have been looked at */
  readonly #spread = new Map<RunBody, Set<number>>();

  /** Why a place is cleared by itself; a place inside something that is cleared is cleared, too, without being here. */
  reasonAt({ body, node }: Place): Reason | undefined {
    return this.#reasons.get(body)?.get(node.index);
  }

  /** Is anything in a body cleared, or decided by hand, at any depth? */
  isTouched(body: RunBody): boolean {
    return this.#touched.has(body);
  }

  touch(body: RunBody): void {
    for (let at: RunBody | undefined = body; at && !this.#touched.has(at); at = at.owner?.body) this.#touched.add(at);
  }

  mark(place: Place, reason: Reason): void {
    const { body, node } = place;
    this.touch(body);
    const marks = this.#reasons.get(body);
    if (!marks) this.#reasons.set(body, new Map([[node.index, reason]]));
    else if (!marks.has(node.index)) marks.set(node.index, reason);
  }

  /**
   * Clears what a place leads to, as Airflow's `partial_subset` does within a body; and because a body's end is its owner's, the same
   * around every body that it is in.
   */
  spread(from: Place, { downstream = true, upstream = false }: Reach): void {
    for (let at: Place | undefined = from; at && this.#visit(at); at = at.body.owner) {
      const { body, node } = at;
      if (downstream)
        for (const below of reach(body, node, 'downstreams')) {
          this.mark({ body, node: below }, 'downstream');
          this.#frame({ body, node: below });
        }
      if (upstream)
        for (const above of reach(body, node, 'upstreams')) {
          this.mark({ body, node: above }, 'upstream');
          if (above.isSetup) this.#markAll(body, teardownsOf({ body, node: above }));
        }
      else this.#frame(at);
      if (node.isSetup && !downstream) this.#markAll(body, teardownsOf(at));
    }
  }

  /** The setups that govern a place, with their teardowns: work cannot run again in what has been torn down. */
  #frame({ body, node }: Place): void {
    if (node.isSetup || node.isTeardown) return;
    const setups = reach(body, node, 'upstreams').filter(({ isSetup }) => isSetup);
    if (setups.length === 0) return;
    const below = new Set(reach(body, node, 'downstreams'));
    for (const setup of setups) {
      const teardowns = teardownsOf({ body, node: setup });
      if (teardowns.length === 0 || teardowns.some((teardown) => below.has(teardown))) this.#markAll(body, [setup, ...teardowns]);
    }
  }

  #markAll(body: RunBody, nodes: readonly NodePlan[]): void {
    for (const node of nodes) this.mark({ body, node }, 'setup');
  }

  #visit({ body, node }: Place): boolean {
    const visited = this.#spread.get(body) ?? new Set<number>();
    this.#spread.set(body, visited);
    return !visited.has(node.index) && visited.add(node.index).has(node.index);
  }
}
