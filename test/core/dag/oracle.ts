/**
 * What a run may do, written down once more from the documentation and asked of what a run says of itself (its states by instance).
 * Nothing here knows the planner.
 */
import type { DagRunState } from '../../../core/dag/run-state.js';
import type { TriggerRule } from '../../../core/dag/rules.js';
import type { Body, DagSpec, NodeSpec, TaskNode } from '../../../core/dag/spec.js';
import type { Json } from '../../../core/json.js';

export type State = 'success' | 'failed' | 'skipped' | 'upstream_failed' | 'scheduled' | 'deferred' | 'running';
const isOver = (state: State): boolean => state !== 'scheduled' && state !== 'deferred' && state !== 'running';

/** One body as it runs: arm, attempt, item. */
export interface Place {
  readonly body: Body;
  /** what the instances in it begin with, and the ids of its nodes */
  readonly key: string;
  readonly prefix: string;
  /** how the body ended by itself is how this one ends; undefined for the run and for all but the last attempt of a group */
  readonly decides: string | undefined;
  /** a failure in it is not the run's: something around it may fail, or will be tried again */
  readonly isForgiven: boolean;
}

const localOf = (place: Place, id: string): string => id.slice(place.prefix.length);
export const instanceOf = (place: Place, id: string): string => place.key + localOf(place, id);

/** Names in maps and groups that have begun. */
const indicesOf = (state: DagRunState, before: string, after: string): number[] => {
  const found = new Set<number>();
  for (const name of [...Object.keys(state.tasks), ...Object.keys(state.composites)]) {
    if (!name.startsWith(before)) continue;
    const end = name.indexOf(after, before.length);
    const number = name.slice(before.length, end);
    if (end > 0 && /^\d+$/.test(number)) found.add(Number(number));
  }
  return [...found].sort((a, b) => a - b);
};

/**
 * Every body that has been entered.
 * @param isBegun of a composite: a body whose nodes are all skipped looks like one that was never entered
 */
export const placesOf = (spec: DagSpec, state: DagRunState, isBegun: (instance: string) => boolean): Place[] => {
  const places: Place[] = [];
  const visit = (place: Place): void => {
    places.push(place);
    for (const [id, node] of Object.entries(place.body.nodes)) {
      const instance = instanceOf(place, id);
      const composite = state.composites[instance];
      if (!composite || !isBegun(instance)) continue;
      const isForgiven = place.isForgiven || node.mayFail === true;
      const inner = { prefix: `${id}.`, isForgiven };
      if (node.kind === 'branch' && composite.arm !== undefined) {
        const arm = `${composite.arm}.`;
        visit({ ...inner, body: node.arms[composite.arm]!, key: `${instance}.${arm}`, prefix: `${id}.${arm}`, decides: instance });
      }
      if (node.kind === 'group') {
        const attempts = [1, ...indicesOf(state, `${instance}#`, '/')];
        for (const attempt of attempts)
          visit({
            ...inner,
            body: node.body,
            key: attempt === 1 ? `${instance}.` : `${instance}#${attempt}/`,
            decides: attempt === attempts.at(-1) ? instance : undefined,
            isForgiven: isForgiven || attempt <= node.retries,
          });
      }
      if (node.kind === 'map')
        for (const item of indicesOf(state, `${instance}[`, '].'))
          visit({ ...inner, body: node.body, key: `${instance}[${item}].`, decides: undefined });
    }
  };
  visit({ body: spec, key: '', prefix: '', decides: undefined, isForgiven: false });
  return places;
};

export class Oracle {
  readonly #state: DagRunState;

  constructor(state: DagRunState) {
    this.#state = state;
  }

  stateOf(place: Place, id: string): State {
    const instance = instanceOf(place, id);
    const state = this.#state.composites[instance]?.state ?? this.#state.tasks[instance]!.state;
    return state as State;
  }

  /** A map counts as as many upstreams as it has items, once it knows them. */
  endsOf(place: Place, ids: readonly string[]): State[] {
    return ids.flatMap((id) => {
      const items = this.#state.composites[instanceOf(place, id)]?.items;
      if (!items) return [this.stateOf(place, id)];
      const of = (count: number, state: State): State[] => new Array<State>(count).fill(state);
      const { total, success, failed, skipped } = items;
      return [
        ...of(success, 'success'),
        ...of(failed, 'failed'),
        ...of(skipped, 'skipped'),
        ...of(total - success - failed - skipped, 'running'),
      ];
    });
  }

  /** Why it should not have been started; undefined if that is all right. */
  wrongStart(place: Place, id: string): string | undefined {
    const node = place.body.nodes[id]!;
    const ends = this.endsOf(place, node.after);
    const rule = ruleOf(node);
    if (this.#isPassedBy(place, id)) return 'a branching has passed it by';
    if (!mayStart(rule, ends, this.#setups(place, node))) return `${rule} does not allow it after ${ends.join(', ') || 'nothing'}`;
    if (rule === 'always') return undefined;
    const gates = this.gatesOf(place, id).map((gate) => this.stateOf(place, gate));
    if (isTeardown(node)) return gates.every(isOver) ? undefined : `it tears down while its work goes on: ${gates.join(', ')}`;
    return gates.every((state) => state === 'success') ? undefined : `its setup has not succeeded: ${gates.join(', ')}`;
  }

  /** Why it should have been decided by now; undefined if it may well wait. */
  wrongWait(place: Place, id: string): string | undefined {
    const node = place.body.nodes[id]!;
    if (this.stateOf(place, id) !== 'scheduled') return undefined;
    if (this.#isPassedBy(place, id)) return 'a branching has passed it by';
    const rule = ruleOf(node);
    const gates = rule === 'always' ? [] : this.gatesOf(place, id).map((gate) => this.stateOf(place, gate));
    const isHeldUp = isTeardown(node) ? !gates.every(isOver) : gates.some((gate) => !isOver(gate));
    const isLost = !isTeardown(node) && gates.some((gate) => isOver(gate) && gate !== 'success');
    if (isLost) return `its setups ended as ${gates.join(', ')}`;
    if (isHeldUp) return undefined;
    const ends = this.endsOf(place, node.after);
    return ends.every(isOver) || mayStart(rule, ends, this.#setups(place, node)) ? `${rule} after ${ends.join(', ')}` : undefined;
  }

  /** Why a group should have been run again, or not so often; undefined if that is all right. @param attempts its bodies, in order */
  wrongAttempts(instance: string, retries: number, attempts: readonly Place[]): string | undefined {
    const ended = attempts.map((attempt) => this.verdict(attempt));
    if (attempts.length > retries + 1) return `${instance} was run ${attempts.length} times`;
    if (ended.slice(0, -1).some((verdict) => verdict !== 'failed')) return `${instance} was run again after ${ended.join(', ')}`;
    return ended.at(-1) === 'failed' && attempts.length <= retries ? `${instance} was not run again after ${ended.join(', ')}` : undefined;
  }

  /** Why it should not have ended like this, given how everything else ended; undefined if that is all right. */
  wrongEnd(place: Place, id: string, started: boolean): string | undefined {
    const node = place.body.nodes[id]!;
    const state = this.stateOf(place, id);
    if (!isOver(state)) return `it is still ${state}`;
    if (started) return state === 'upstream_failed' ? 'it was started' : undefined;
    if (state === 'success' || state === 'failed') return 'it never ran';
    if (state === 'skipped' && this.#isPassedBy(place, id)) return undefined; // its rule may have been faster
    const gates = isTeardown(node) || node.rule === 'always' ? [] : this.gatesOf(place, id).map((gate) => this.stateOf(place, gate));
    if (gates.some((gate) => gate !== 'success')) {
      const wanted =
        state === 'skipped' ? gates.includes('skipped') : gates.some((gate) => gate === 'failed' || gate === 'upstream_failed');
      return wanted ? undefined : `its setups ended as ${gates.join(', ')}`;
    }
    const ends = this.endsOf(place, node.after);
    return mayEnd(ruleOf(node), ends, this.#setups(place, node), state)
      ? undefined
      : `${ruleOf(node)} after ${ends.join(', ')} is not ${state}`;
  }

  /** Has something failed that fails the run as it is? */
  hasFatal(places: readonly Place[]): boolean {
    return places.some(
      (place) =>
        !place.isForgiven &&
        Object.entries(place.body.nodes).some(([id, { mayFail }]) => mayFail !== true && this.stateOf(place, id) === 'failed'),
    );
  }

  /** How a body ends. */
  verdict(place: Place): 'success' | 'failed' | 'skipped' {
    const { nodes } = place.body;
    const ids = Object.keys(nodes);
    const decides = (id: string): boolean => {
      const node = nodes[id]!;
      return !isTeardown(node) || (node as TaskNode).teardown!.onFailureFailRun === true;
    };
    const below = (id: string): string[] => ids.filter((other) => nodes[other]!.after.includes(id));
    let leaves = ids.filter((id) => decides(id) && !below(id).some(decides));
    if (leaves.length === 0) leaves = ids.filter((id) => below(id).length === 0);
    const counts = (id: string): boolean => {
      const state = this.stateOf(place, id);
      if (state === 'failed') return !nodes[id]!.mayFail;
      return state === 'upstream_failed' && [...nodes[id]!.after].some(counts);
    };
    if (leaves.some((id) => this.#isBad(place, id) && this.#counts(place, id, counts))) return 'failed';
    return leaves.length > 0 && leaves.every((id) => this.stateOf(place, id) === 'skipped') ? 'skipped' : 'success';
  }

  #isBad(place: Place, id: string): boolean {
    return ['failed', 'upstream_failed'].includes(this.stateOf(place, id));
  }

  /** Nobody forgives where nothing may fail: also a failure that no upstream explains, as that of a setup further up. */
  #counts(place: Place, id: string, counts: (id: string) => boolean): boolean {
    const forgives = Object.entries(place.body.nodes).some(([other, { mayFail }]) => mayFail && this.stateOf(place, other) === 'failed');
    return !forgives || counts(id);
  }

  #setups(place: Place, node: NodeSpec): State[] {
    return node.after.filter((id) => isSetup(place.body.nodes[id])).map((id) => this.stateOf(place, id));
  }

  /** Setups that govern a node without being its upstreams; of a teardown everything between it and its setups. */
  gatesOf({ body }: Place, id: string): string[] {
    const { nodes } = body;
    const reach = (from: string, next: (at: string) => readonly string[], found = new Set<string>()): Set<string> => {
      for (const at of next(from)) if (!found.has(at)) reach(at, next, found.add(at));
      return found;
    };
    const up = (at: string): readonly string[] => nodes[at]!.after;
    const down = (at: string): readonly string[] => Object.keys(nodes).filter((other) => nodes[other]!.after.includes(at));
    const above = reach(id, up);
    const node = nodes[id]!;
    const teardownsOf = (setup: string): string[] => down(setup).filter((at) => isTeardown(nodes[at]));
    if (isTeardown(node)) {
      const setups = (node as TaskNode).teardown!.setups;
      const between = Object.keys(nodes).filter((at) => above.has(at) && setups.some((setup) => reach(at, up).has(setup)));
      return between;
    }
    return [...above].filter((setup) => {
      if (!isSetup(nodes[setup]) || node.after.includes(setup)) return false;
      const teardowns = teardownsOf(setup);
      return teardowns.length === 0 || teardowns.some((teardown) => reach(teardown, up).has(id));
    });
  }

  /** Has a branching that succeeded chosen others? */
  #isPassedBy(place: Place, id: string): boolean {
    const { nodes } = place.body;
    if (isTeardown(nodes[id])) return false;
    const below = (from: string): Set<string> => {
      const found = new Set([from]);
      for (let size = 0; size < found.size;) {
        size = found.size;
        for (const [other, { after }] of Object.entries(nodes)) if (after.some((at) => found.has(at))) found.add(other);
      }
      return found;
    };
    return Object.entries(nodes).some(([other, node]) => {
      if (node.kind !== 'task' || !node.branching || this.stateOf(place, other) !== 'success') return false;
      const output = this.#state.tasks[instanceOf(place, other)]!.output as Json;
      const isDirect = nodes[id]!.after.includes(other);
      if (node.branching === 'branch') {
        const wanted = (output as string[]).flatMap((name) => [...below(name)]);
        return isDirect && !wanted.includes(id);
      }
      return output === false && (isDirect || (node.branching === 'short_circuit' && below(other).has(id)));
    });
  }
}

const isSetup = (node: NodeSpec | undefined): boolean => node?.kind === 'task' && node.setup === true;
const isTeardown = (node: NodeSpec | undefined): boolean => node?.kind === 'task' && node.teardown !== undefined;
const ruleOf = (node: NodeSpec): TriggerRule => node.rule ?? 'all_success';

/** Could the rule have let it start? */
const mayStart = (rule: TriggerRule, ends: readonly State[], setups: readonly State[]): boolean => {
  const count = (...states: State[]): number => ends.filter((end) => states.includes(end)).length;
  const all = ends.every(isOver);
  if (ends.length === 0 || rule === 'always') return true;
  switch (rule) {
    case 'all_success':
      return count('success') === ends.length;
    case 'all_failed':
      return count('failed', 'upstream_failed') === ends.length;
    case 'all_done':
      return all;
    case 'all_done_setup_success':
      return all && (setups.length === 0 || setups.includes('success'));
    case 'all_done_min_one_success':
      return all && count('success') > 0 && count('skipped') === 0;
    case 'one_success':
      return count('success') > 0;
    case 'one_failed':
      return count('failed', 'upstream_failed') > 0;
    case 'one_done':
      return count('success', 'failed') > 0;
    case 'none_failed':
      return all && count('failed', 'upstream_failed') === 0;
    case 'none_failed_min_one_success':
      return all && count('failed', 'upstream_failed') === 0 && count('success') > 0;
    case 'none_skipped':
      return all && count('skipped') === 0;
    case 'all_skipped':
      return count('skipped') === ends.length;
  }
};

/** Could the rule have ended it without starting it, in some order of its upstreams' ends? */
const mayEnd = (rule: TriggerRule, ends: readonly State[], setups: readonly State[], state: State): boolean => {
  const has = (...states: State[]): boolean => ends.some((end) => states.includes(end));
  const bad = has('failed', 'upstream_failed');
  if (ends.length === 0 || rule === 'always') return false;
  switch (rule) {
    case 'all_success':
      return state === 'skipped' ? has('skipped') : bad;
    case 'all_failed':
      return state === 'skipped' && has('success', 'skipped');
    case 'all_done':
      return false;
    case 'all_done_setup_success': {
      if (setups.length === 0 || setups.includes('success')) return false;
      return state === (setups.every((setup) => setup === 'skipped') ? 'skipped' : 'upstream_failed');
    }
    case 'all_done_min_one_success':
      return state === 'skipped' ? has('skipped') : !has('skipped', 'success');
    case 'one_success':
      return !has('success') && state === (ends.every((end) => end === 'skipped') ? 'skipped' : 'upstream_failed');
    case 'one_failed':
      return !bad && state === 'skipped';
    case 'one_done':
      return !has('success', 'failed') && state === 'skipped';
    case 'none_failed':
      return bad && state === 'upstream_failed';
    case 'none_failed_min_one_success':
      return bad ? state === 'upstream_failed' : !has('success') && state === 'skipped';
    case 'none_skipped':
      return has('skipped') && state === 'skipped';
    case 'all_skipped':
      return has('success', 'failed', 'upstream_failed') && state === 'skipped';
  }
};
