/** A DAG run as commands show it: one document for machines, lines for people. */
import type { DagRunState, TaskInstanceState, TaskState } from '../../core/dag/run-state.js';
import type { Json } from '../../core/json.js';
import { elapsed, table } from './output.js';

interface RunDocument {
  readonly dag: string;
  readonly runId: string;
  readonly state: DagRunState['state'];
  readonly tasks: Readonly<Record<string, { state: TaskState; tries: number; output: Json; error?: TaskInstanceState['error'] }>>;
  readonly output: Json;
  readonly error?: DagRunState['error'];
}

/** What `dags test` and `dags trigger --wait` print with `--json`; scripts rely on it. */
export const runDocument = ({ dag, runId, state, tasks, output, error }: DagRunState): RunDocument => ({
  dag,
  runId,
  state,
  tasks: Object.fromEntries(
    Object.entries(tasks).map(([instance, task]) => [
      instance,
      { state: task.state, tries: task.tries, output: task.output ?? null, ...(task.error ? { error: task.error } : {}) },
    ]),
  ),
  output: output ?? null,
  ...(error ? { error } : {}),
});

export const MARKS: Readonly<Record<TaskState, string>> = {
  scheduled: '·',
  running: '▸',
  deferred: '◦',
  up_for_retry: '↻',
  success: '✔',
  failed: '✖',
  skipped: '○',
  upstream_failed: '⨯',
  removed: '-',
};

export const lasted = ({ start, end }: { readonly start?: string; readonly end?: string }): string =>
  start === undefined ? '' : elapsed((end === undefined ? Date.now() : Date.parse(end)) - Date.parse(start));

/** `✔ extract  1.2 s`, with the tries when there were several, and why it failed or was skipped. */
export const taskLine = (instance: string, task: TaskInstanceState): string => {
  const tries = task.tries > 1 ? `, ${task.tries} tries` : '';
  const why = task.error ? `: ${task.error.code}: ${task.error.message}` : task.summary ? `: ${task.summary}` : '';
  return `${MARKS[task.state]} ${instance} (${[task.state, lasted(task)].filter(Boolean).join(', ')}${tries})${why}`;
};

export const runText = (run: DagRunState): string => {
  const output = run.output === undefined || run.output === null ? [] : [`output  ${JSON.stringify(run.output)}`];
  const error = run.error ? [`✖ ${run.error.code}: ${run.error.message}`] : [];
  const lines = Object.entries(run.tasks).map(([instance, task]) => `  ${taskLine(instance, task)}`);
  const state = run.cancelled ? `${run.state} (cancelled)` : run.state;
  return [`${run.dag}  ${run.runId}  ${state}`, ...lines, ...error, ...output].join('\n');
};

export const runsTable = (runs: readonly { dag: string; runId: string; state: string; start: string; end: string | null }[]): string =>
  runs.length === 0
    ? 'No runs.'
    : table(
        ['DAG', 'RUN', 'STATE', 'START', 'TOOK'],
        runs.map(({ dag, runId, state, start, end }) => [dag, runId, state, start, lasted({ start, ...(end === null ? {} : { end }) })]),
      );
