/**
 * Vectors of Airflow's own scheduler: how each task of a DAG ends and with it the run. They go straight into the planner, as the
 * spec's JSON; tries are counted here, as Temporal counts them for a run.
 */
import { Planner, type NodeEnd } from '../../core/dag/planner.js';
import type { TriggerRule } from '../../core/dag/rules.js';
import type { DagSpec, TaskNode } from '../../core/dag/spec.js';
import { validate } from '../../core/dag/validate.js';
import type { RunInfo } from '../../core/ports.js';
import type { Adapter, TestCase, Verdict } from './adapter.js';

type Outcome = 'success' | 'fail' | 'failNoRetry' | 'skip' | { readonly failTimes: number; readonly then?: Outcome };

interface Task {
  readonly id: string;
  readonly upstream: readonly string[];
  readonly triggerRule?: TriggerRule;
  readonly outcome: Outcome;
  readonly retries?: number;
}

interface Case extends TestCase {
  readonly kind: string;
  readonly dag: { readonly tasks: readonly Task[] };
  readonly expected: {
    readonly tasks: Readonly<Record<string, string>>;
    readonly run: string;
    readonly tries?: Readonly<Record<string, number>>;
  };
}

const WAITING: Readonly<Record<string, string>> = {
  multi_run: 'needs several runs of one DAG',
  fail_fast: 'fail-fast DAGs are not there yet',
};

/** Other files of the same source ask for nodes that the planner does not have yet. */
const FILES = ['trigger-rules.json', 'retries.json'];

const RUN: RunInfo = {
  id: 'conformance',
  dag: 'conformance',
  logicalDate: '2026-01-01T00:00:00.000Z',
  dataInterval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-01T00:00:00.000Z' },
  startedAt: '2026-01-01T00:00:00.000Z',
  kind: 'manual',
};

const specOf = (tasks: readonly Task[]): DagSpec => {
  const nodes = tasks.map(({ id, upstream, triggerRule }): [string, TaskNode] => [
    id,
    { kind: 'task', after: upstream, type: id, input: null, ...(triggerRule ? { rule: triggerRule } : {}) },
  ]);
  return { id: 'conformance', version: 1, nodes: Object.fromEntries(nodes) };
};

/** One try. */
const attempt = (outcome: Outcome, number: number): 'success' | 'skipped' | 'failed' | 'failed for good' => {
  if (typeof outcome === 'object') return number <= outcome.failTimes ? 'failed' : attempt(outcome.then ?? 'success', number);
  return ({ success: 'success', skip: 'skipped', fail: 'failed', failNoRetry: 'failed for good' } as const)[outcome];
};

const execute = ({ outcome, retries = 0 }: Task): { readonly end: NodeEnd; readonly tries: number } => {
  for (let tries = 1; ; tries++) {
    const result = attempt(outcome, tries);
    if (result === 'success') return { end: { state: 'success', output: null }, tries };
    if (result === 'skipped') return { end: { state: 'skipped' }, tries };
    if (result === 'failed for good' || tries > retries) return { end: { state: 'failed' }, tries };
  }
};

const run = (tasks: readonly Task[]): Case['expected'] => {
  const spec = specOf(tasks);
  validate(spec);
  const planner = new Planner(spec, { params: {}, run: RUN });
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const tries: Record<string, number> = Object.fromEntries(tasks.map(({ id }) => [id, 0]));
  const running = planner.start();
  for (let action = running.shift(); action; action = running.shift()) {
    const done = execute(byId.get(action.instance)!);
    tries[action.instance] = done.tries;
    running.push(...planner.finish(action.instance, done.end));
  }
  const states = planner.root.plan.nodes.map(({ id, index }) => [id, planner.root.states[index]!] as const);
  return { tasks: Object.fromEntries(states), run: planner.end?.state ?? 'running', tries };
};

const differences = (expected: Case['expected'], got: Case['expected']): string[] => [
  ...Object.entries(expected.tasks)
    .filter(([id, state]) => got.tasks[id] !== state)
    .map(([id, state]) => `${id} is ${got.tasks[id]}, not ${state}`),
  ...Object.entries(expected.tries ?? {})
    .filter(([id, tries]) => got.tries?.[id] !== tries)
    .map(([id, tries]) => `${id} was tried ${got.tries?.[id]} times, not ${tries}`),
  ...(expected.run === got.run ? [] : [`the run is ${got.run}, not ${expected.run}`]),
];

export const airflowAdapter: Adapter = {
  accepts: (fileName, cases) => FILES.includes(fileName) && cases.every((testCase) => 'dag' in testCase),
  check: (_fileName, testCase): Verdict => {
    const { kind, dag, expected } = testCase as Case;
    const waiting = WAITING[kind];
    if (waiting !== undefined) return { verdict: 'skip', why: `${kind}: ${waiting}` };
    const found = differences(expected, run(dag.tasks));
    return found.length === 0 ? { verdict: 'pass' } : { verdict: 'fail', why: found.join('; ') };
  },
};
