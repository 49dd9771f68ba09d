/** What a test says of a run; where it is wrong, the error shows the run as a tree. Works with any test runner. */
import type { Json } from '../../json.js';
import type { RunStateName, TaskState } from '../run-state.js';
import type { Month } from './month.js';
import type { TestedTask, TestResult } from './result.js';
import { treeOf } from './tree.js';

/** Test runners show `actual` and `expected` of an error of this name side by side. */
class AssertionError extends Error {
  override readonly name = 'AssertionError';
  readonly actual: unknown;
  readonly expected: unknown;
  readonly showDiff = true;

  constructor(message: string, shown: string, actual: unknown, expected: unknown) {
    super(`${message}\n\n${shown}\n`);
    this.actual = actual;
    this.expected = expected;
  }
}

const isSame = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [ofA, ofB] = [a, b] as Readonly<Record<string, unknown>>[];
  const keys = Object.keys(ofA!);
  return keys.length === Object.keys(ofB!).length && keys.every((key) => Object.hasOwn(ofB!, key) && isSame(ofA![key], ofB![key]));
};

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;

const patternOf = (name: string): RegExp => new RegExp(`^${name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);

/** Task instances and composites by name; `*` stands for anything: `scores[*].score`. */
const statesOf = ({ tasks, composites }: TestResult, name: string): [string, TaskState][] => {
  const all = [...Object.entries(tasks), ...Object.entries(composites)].map(([instance, { state }]): [string, TaskState] => [
    instance,
    state,
  ]);
  const pattern = patternOf(name);
  return all.filter(([instance]) => (name.includes('*') ? pattern.test(instance) : instance === name));
};

/**
 * How task instances, groups, branches and maps have ended; what is not named may have ended in any way.
 *
 * @param expected by name; `*` stands for anything, and must stand for something
 * @throws AssertionError naming each difference, with the run as a tree
 */
export const assertStates = (result: TestResult, expected: Readonly<Record<string, TaskState>>): void => {
  const actual: Record<string, string> = {};
  const wanted: Record<string, string> = {};
  for (const [name, state] of Object.entries(expected)) {
    const found = statesOf(result, name);
    if (found.length === 0) [actual[name], wanted[name]] = ['is no part of this run', state];
    for (const [instance, ended] of found) if (ended !== state) [actual[instance], wanted[instance]] = [ended, state];
  }
  const wrong = Object.keys(wanted);
  if (wrong.length === 0) return;
  const differences = wrong.map((name) => `  ${name}: ${actual[name]}, expected ${wanted[name]}`);
  throw new AssertionError(`The run has other states than expected:\n${differences.join('\n')}`, treeOf(result), actual, wanted);
};

export interface TaskExpectation {
  /** @param output as JSON, where it matters */
  succeeded(output?: unknown): RunExpectation;
  /** @param code of its error, where it matters */
  failed(code?: string): RunExpectation;
  skipped(): RunExpectation;
  upstreamFailed(): RunExpectation;
  /** the last try included */
  tried(times: number): RunExpectation;
}

export interface RunExpectation {
  /** @param output of the run as JSON, where it matters */
  toHaveSucceeded(output?: unknown): RunExpectation;
  toHaveFailed(): RunExpectation;
  /** for a task of the run before, for ever */
  toWait(): RunExpectation;
  /** a task instance */
  task(instance: string): TaskExpectation;
  /** as {@link assertStates} */
  states(expected: Readonly<Record<string, TaskState>>): RunExpectation;
  /** each begins after the one before has ended */
  inOrder(...instances: readonly string[]): RunExpectation;
  /** never more of these at a time; `*` stands for anything */
  atMost(count: number, instances: string): RunExpectation;
}

/** Most that were under way at once. */
const mostAtOnce = ({ timeline }: TestResult, name: string): number => {
  const pattern = patternOf(name);
  let [now, most] = [0, 0];
  for (const { event, instance } of timeline) {
    if (instance === undefined || !pattern.test(instance)) continue;
    if (event === 'start') most = Math.max(most, ++now);
    if (event === 'end') now--;
  }
  return most;
};

/** @example expectRun(await testDag(nightly, {})).toHaveSucceeded().task('decide.promote').skipped(); */
export const expectRun = (result: TestResult): RunExpectation => {
  const fail = (message: string, actual: unknown, expected: unknown): never => {
    throw new AssertionError(message, treeOf(result), actual, expected);
  };
  const ended = (state: RunStateName): RunExpectation => {
    if (result.state !== state) fail(`The run is ${result.state}, expected ${state}.`, result.state, state);
    return run;
  };
  const found = (instance: string): TestedTask<Json> =>
    (result.tasks as Readonly<Record<string, TestedTask<Json>>>)[instance] ??
    fail(`'${instance}' is no task instance of this run.`, Object.keys(result.tasks), instance);
  const expectTask = (instance: string): TaskExpectation => {
    const is = (state: TaskState): TestedTask<Json> => {
      const task = found(instance);
      if (task.state !== state) fail(`'${instance}' is ${task.state}, expected ${state}.`, task.state, state);
      return task;
    };
    return {
      succeeded: (...given) => {
        const { output } = is('success');
        const wanted = asJson(given[0]);
        if (given.length > 0 && !isSame(output, wanted)) fail(`'${instance}' made another output than expected.`, output, wanted);
        return run;
      },
      failed: (code) => {
        const { error } = is('failed');
        if (code !== undefined && error?.code !== code)
          fail(`'${instance}' failed with ${error?.code ?? 'no code'}, expected ${code}.`, error?.code, code);
        return run;
      },
      skipped: () => (is('skipped'), run),
      upstreamFailed: () => (is('upstream_failed'), run),
      tried: (times) => {
        const { tries } = found(instance);
        return tries === times ? run : fail(`'${instance}' was tried ${tries} times, expected ${times}.`, tries, times);
      },
    };
  };
  const run: RunExpectation = {
    toHaveSucceeded: (...given) => {
      ended('success');
      const wanted = asJson(given[0]);
      if (given.length > 0 && !isSame(asJson(result.output), wanted))
        fail('The run returned something else than expected.', result.output, wanted);
      return run;
    },
    toHaveFailed: () => ended('failed'),
    toWait: () => ended('running'),
    task: expectTask,
    states: (expected) => (assertStates(result, expected), run),
    inOrder: (...instances) => {
      const at = (event: 'start' | 'end', instance: string): number => {
        const index = result.timeline.findIndex((entry) => entry.event === event && entry.instance === instance);
        return index >= 0 ? index : fail(`'${instance}' never ran.`, undefined, instance);
      };
      instances.slice(1).forEach((later, i) => {
        const earlier = instances[i]!;
        if (at('start', later) < at('end', earlier))
          fail(`'${later}' began before '${earlier}' had ended.`, [later, earlier], [earlier, later]);
      });
      return run;
    },
    atMost: (count, instances) => {
      const most = mostAtOnce(result, instances);
      return most <= count ? run : fail(`${most} of '${instances}' ran at a time, expected at most ${count}.`, most, count);
    },
  };
  return run;
};

/** One line for each run, and the first one that did not succeed as a tree. */
const calendarOf = ({ runs, missed }: Month): string => {
  const lines = [
    ...runs.map(({ dag, run, state, late }) => `${run.logicalDate}  ${dag}  ${state}${late === undefined ? '' : `, late since ${late}`}`),
    ...missed.map(({ dag, logicalDate }) => `${logicalDate}  ${dag}  missed`),
  ].sort();
  const first = runs.find(({ state }) => state !== 'success');
  return [...lines, ...(first ? ['', treeOf(first)] : [])].join('\n');
};

/**
 * How many runs of a month ended how. What is not named must not have happened.
 *
 * @throws AssertionError with the calendar of the runs
 */
export const assertRuns = (month: Month, expected: Partial<Record<RunStateName | 'missed', number>>): void => {
  const actual: Record<string, number> = {};
  for (const { state } of month.runs) actual[state] = (actual[state] ?? 0) + 1;
  if (month.missed.length > 0) actual['missed'] = month.missed.length;
  const wanted = Object.fromEntries(Object.entries(expected).filter(([, count]) => count > 0));
  if (isSame(actual, wanted)) return;
  const said = (counts: object): string =>
    Object.entries(counts)
      .map(([state, count]) => `${count} ${state}`)
      .join(', ') || 'none';
  throw new AssertionError(`The runs ended otherwise: ${said(actual)}, expected ${said(wanted)}.`, calendarOf(month), actual, wanted);
};
