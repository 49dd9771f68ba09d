/**
 * Vectors of Airflow's own scheduler: how each task of a DAG ends and with it the run. They go straight into the planner, as the
 * spec's JSON; tries are counted here, as Temporal counts them for a run.
 */
import type { NodeEnd } from '../../core/dag/actions.js';
import type { BodyPlan } from '../../core/dag/plan.js';
import { Planner } from '../../core/dag/planner.js';
import type { Scope } from '../../core/dag/scope.js';
import { validate } from '../../core/dag/validate.js';
import type { Json } from '../../core/json.js';
import type { RunInfo } from '../../core/ports.js';
import type { Adapter, TestCase, Verdict } from './adapter.js';
import { eachFilled, mappedTaskId, specOf, type AirflowDag, type AirflowTask, type Outcome } from './airflow-spec.js';

type State = string | null;
interface Expected {
  readonly tasks: Readonly<Record<string, State | readonly State[]>>;
  readonly run: string;
  readonly tries?: Readonly<Record<string, number | readonly number[]>>;
  readonly inputs?: Readonly<Record<string, Json>>;
}
interface Case extends TestCase {
  readonly dag: AirflowDag;
  readonly runs?: number;
  readonly quirk?: string;
  readonly expected: Expected | readonly Expected[];
}

/** Accidents of Airflow that we do not repeat, by what its vectors say of them. docs/coming-from-airflow.md lists the cases. */
const DEVIATIONS: readonly (readonly [quirk: RegExp, ours: string])[] = [
  [/returns null leaves no value behind/, 'null is a value: the list has an item for each instance that succeeded'],
  [/inside a mapped group skips nothing/, 'a branch decides within each item as it does anywhere else'],
  [/bare value, not a list/, 'the result of a map is a list, of one item too'],
  [/fail fast skips end skipped/, 'a run that a failed task has ended has failed'],
];

const RUN: RunInfo = {
  id: 'conformance',
  dag: 'conformance',
  logicalDate: '2026-01-01T00:00:00.000Z',
  dataInterval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-01T00:00:00.000Z' },
  startedAt: '2026-01-01T00:00:00.000Z',
  kind: 'manual',
  isLatest: true,
};

type Try = 'failed' | 'failed for good' | 'skipped' | { readonly output: Json };

/** What a task returns that says nothing else. */
const echo = (input: Json): Json => {
  const values = Object.values(input as Readonly<Record<string, Json>>);
  return values.length === 0 ? null : values.length === 1 ? values[0]! : input;
};

/** One try. */
const attempt = (outcome: Outcome, number: number, input: Json, index: number, run: number): Try => {
  switch (outcome) {
    case 'success':
      return { output: echo(input) };
    case 'skip':
      return 'skipped';
    case 'fail':
      return 'failed';
    case 'failNoRetry':
      return 'failed for good';
  }
  if ('failTimes' in outcome) return number <= outcome.failTimes ? 'failed' : attempt(outcome.then ?? 'success', number, input, index, run);
  if ('returns' in outcome) return { output: outcome.returns };
  if ('branch' in outcome) return { output: outcome.branch };
  if ('shortCircuit' in outcome) return { output: outcome.shortCircuit };
  return attempt('byIndex' in outcome ? outcome.byIndex[index]! : outcome.runs[run]!, number, input, index, run);
};

const execute = (task: AirflowTask, input: Json, index: number, run: number): { readonly end: NodeEnd; readonly tries: number } => {
  for (let tries = 1; ; tries++) {
    const result = attempt(task.outcome, tries, input, index, run);
    if (typeof result === 'object') return { end: { state: 'success', output: result.output }, tries };
    if (result === 'skipped') return { end: { state: 'skipped' }, tries };
    if (result === 'failed for good' || tries > (task.retries ?? 0)) return { end: { state: 'failed' }, tries };
  }
};

/** Numbers in the instance, outermost first: `g[2].m[0].each`. */
const indicesOf = (instance: string): number[] => [...instance.matchAll(/\[(\d+)\]/g)].map(([, index]) => Number(index));

/** By task: what each of its instances has, or the one value of a task that has no items. */
class Seen<T> {
  readonly #values = new Map<string, T | T[]>();
  put(task: string, instance: string, value: T): void {
    const [index] = indicesOf(instance);
    if (index === undefined) return void this.#values.set(task, value);
    const known = (this.#values.get(task) ?? []) as T[];
    known[index] = value;
    this.#values.set(task, known);
  }
  get(task: string): T | T[] | undefined {
    return this.#values.get(task);
  }
}

const taskOf = (node: string): string => (node.endsWith(mappedTaskId('')) ? node.slice(0, -mappedTaskId('').length) : node);

const statesOf = (planner: Planner): Seen<State> => {
  const seen = new Seen<State>();
  const unexpanded = (plan: BodyPlan, state: State): void => plan.nodes.forEach(({ id }) => seen.put(taskOf(id), '', state));
  const visit = (scope: Scope): void => {
    for (const node of scope.plan.nodes) {
      const state = scope.states[node.index]!;
      if (node.kind !== 'map') {
        seen.put(taskOf(node.id), scope.key, state === 'scheduled' || state === 'deferred' ? null : state);
        continue;
      }
      const inner = scope.inner.get(node.index);
      if (inner) inner.forEach(visit);
      else unexpanded(node.body, state === 'scheduled' ? null : state);
    }
  };
  visit(planner.root);
  return seen;
};

/** @param past states of the run before; undefined in the first one */
const runOnce = (
  dag: AirflowDag,
  number: number,
  past: Seen<State> | undefined,
): { readonly got: Expected; readonly states: Seen<State> } => {
  const spec = specOf(dag);
  validate(spec);
  const planner = new Planner(spec, { params: {}, run: RUN });
  const byId = new Map(dag.tasks.map((task) => [task.id, task]));
  const tries = new Seen<number>();
  const inputs = new Seen<Json>();
  const running = planner.start();
  for (let action = running.shift(); action; action = running.shift()) {
    const { instance } = action;
    if (action.kind === 'past') {
      const isDone = (id: string): boolean => ['success', 'skipped'].includes(String(past?.get(id) ?? 'success'));
      if (action.nodes.every(isDone)) running.push(...planner.release(instance));
    } else if (action.kind === 'task') {
      const task = byId.get(taskOf(action.node))!;
      const input = eachFilled(action.input);
      const done = execute(task, input, indicesOf(instance)[0] ?? 0, number);
      tries.put(task.id, instance, done.tries);
      inputs.put(task.id, instance, input);
      running.push(...planner.finish(instance, done.end));
    } else if (action.kind !== 'cancel') throw new Error(`no case asks for '${action.kind}'`);
  }
  const states = statesOf(planner);
  const ids = dag.tasks.map(({ id }) => id);
  const of = <T>(seen: Seen<T>): Record<string, T | T[]> =>
    Object.fromEntries(ids.flatMap((id) => (seen.get(id) === undefined ? [] : [[id, seen.get(id)!]])));
  return {
    got: { tasks: of(states), run: planner.end?.state ?? 'running', tries: of(tries), inputs: of(inputs) },
    states,
  };
};

const text = (value: unknown): string => JSON.stringify(value);

/** A list as long as the expected one: instances that never ran leave holes. */
const aligned = (got: unknown, expected: unknown, hole: Json): unknown => {
  if (!Array.isArray(expected)) return got ?? hole;
  const list = (got ?? []) as readonly unknown[];
  return Array.from({ length: Math.max(expected.length, list.length) }, (_, i) => list[i] ?? hole);
};

/** Keys in the order of the expected ones. */
const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, inner]) => [key, sorted(inner)]),
      )
    : Array.isArray(value)
      ? value.map(sorted)
      : value;

const differences = (expected: Expected, got: Expected): string[] => {
  const compare = (
    what: string,
    wanted: Readonly<Record<string, unknown>>,
    found: Readonly<Record<string, unknown>>,
    hole: Json,
  ): string[] =>
    Object.entries(wanted).flatMap(([id, value]) => {
      const is = aligned(found[id], value, hole);
      return text(sorted(is)) === text(sorted(value)) ? [] : [`${what} of ${id} is ${text(is)}, not ${text(value)}`];
    });
  return [
    ...compare('state', expected.tasks, got.tasks, null),
    ...compare('tries', expected.tries ?? {}, got.tries ?? {}, 0),
    ...compare('input', expected.inputs ?? {}, got.inputs ?? {}, null),
    ...(expected.run === got.run ? [] : [`the run is ${got.run}, not ${expected.run}`]),
  ];
};

const check = ({ dag, runs = 1, expected }: Case): string[] => {
  const each = Array.isArray(expected) ? (expected as readonly Expected[]) : [expected as Expected];
  const found: string[] = [];
  let past: Seen<State> | undefined;
  for (let number = 0; number < runs; number++) {
    const { got, states } = runOnce(dag, number, past);
    const where = runs > 1 ? `run ${number}: ` : '';
    found.push(...differences(each[number]!, got).map((difference) => where + difference));
    past = states;
  }
  return found;
};

export const airflowAdapter: Adapter = {
  accepts: (_fileName, cases) => cases.every((testCase) => 'dag' in testCase),
  check: (_fileName, testCase): Verdict => {
    const { quirk } = testCase as Case;
    const found = check(testCase as Case);
    if (found.length === 0) return { verdict: 'pass' };
    const ours = quirk === undefined ? undefined : DEVIATIONS.find(([pattern]) => pattern.test(quirk))?.[1];
    return ours === undefined ? { verdict: 'fail', why: found.join('; ') } : { verdict: 'skip', why: ours };
  },
};
