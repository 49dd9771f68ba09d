/** What became of a run in a test. */
import type { Body, DagSpec } from '../spec.js';
import type { DagRun } from '../run.js';
import type { CallbackEvent } from '../callbacks.js';
import type { Json } from '../../json.js';
import type { RunInfo } from '../../ports.js';
import { bodiesIn } from '../mapping.js';
import type { CompositeState, RunError, RunStateName, TaskState } from '../run-state.js';

export interface TestedTask<O = any> {
  readonly state: TaskState;
  readonly tries: number;
  /** null unless it succeeded */
  readonly output: O;
  readonly summary?: string;
  readonly error?: RunError;
}

export interface TimelineEntry {
  /** ISO 8601, on the clock of the test */
  readonly at: string;
  /** task instance; of a run that is late none */
  readonly instance?: string;
  readonly event: 'start' | 'retry' | 'end' | 'late';
  /** of an end */
  readonly state?: TaskState;
}

/** A callback that was called. */
export interface CalledBack {
  /** id of the callback's task */
  readonly task: string;
  readonly event: CallbackEvent;
  /** a failure changes nothing about what it was told of */
  readonly error?: RunError;
}

export interface TestResult<R = any> {
  readonly dag: string;
  readonly runId: string;
  /** `running`: it waits, for ever, for a task of the run before */
  readonly state: RunStateName;
  /** by task instance: `extract`, `decide.promote.deploy`, `etl#2/load`, `scores[3].score`, `deploy.undo` */
  readonly tasks: Readonly<Record<string, TestedTask>>;
  /** branches, groups and maps */
  readonly composites: Readonly<Record<string, CompositeState>>;
  /** ids of all nodes, as they were written */
  readonly nodes: readonly string[];
  /** null if the run failed */
  readonly output: R;
  readonly run: RunInfo;
  /** in the order in which it happened */
  readonly timeline: readonly TimelineEntry[];
  readonly callbacks: readonly CalledBack[];
  /** runs of child DAGs, by task instance */
  readonly children: Readonly<Record<string, TestResult>>;
  /** what the nodes keep for the next run (`ctx.state`) */
  readonly kept: Readonly<Record<string, Json>>;
  /** it was called off */
  readonly cancelled?: true;
  /** ISO 8601: when it missed its deadline */
  readonly late?: string;
}

const idsIn = (body: Body): string[] => Object.entries(body.nodes).flatMap(([id, node]) => [id, ...bodiesIn(node).flatMap(idsIn)]);

type Told = Pick<TestResult, 'timeline' | 'callbacks' | 'children' | 'kept'>;

/** @param isStuck it has not ended and never will */
export const resultOf = (run: DagRun, spec: DagSpec, info: RunInfo, isStuck: boolean, told: Told): TestResult => {
  const { tasks, composites, state, output, cancelled, late } = run.state({ outputs: true });
  const tested = Object.entries(tasks).map(([instance, { state: ended, tries, output: made, summary, error }]) => [
    instance,
    { state: ended, tries, output: made ?? null, ...(summary === undefined ? {} : { summary }), ...(error ? { error } : {}) },
  ]);
  return {
    dag: info.dag,
    runId: info.id,
    state: isStuck ? 'running' : state,
    tasks: Object.fromEntries(tested) as TestResult['tasks'],
    composites,
    nodes: idsIn(spec),
    output: output ?? null,
    run: info,
    ...told,
    ...(cancelled ? { cancelled } : {}),
    ...(late === undefined ? {} : { late }),
  };
};
