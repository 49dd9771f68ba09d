/** A DAG run as commands show it: one document for machines, a tree for people. */
import type { LiveRunState, RunSummary } from '../../client/dags.js';
import type { CompositeState, DagRunState, TaskInstanceState, TaskState } from '../../core/dag/run-state.js';
import type { Json } from '../../core/json.js';
import { plain, type Paint } from './graph/colours.js';
import { itemsText } from './graph/live.js';
import { lasted, table } from './output.js';
import { isTask, runTree, tasksUnder, type CompositeBranch, type RunBranch, type RunScope, type TaskBranch } from './run-tree.js';
import { shellWord, waitingLines, waitingText } from './waiting-text.js';

type DocumentedTask = Pick<TaskInstanceState, 'state' | 'tries' | 'output' | 'error'>;

interface RunDocument {
  readonly dag: string;
  readonly runId: string;
  readonly state: DagRunState['state'];
  readonly tasks: Readonly<Record<string, { state: TaskState; tries: number; output: Json; error?: TaskInstanceState['error'] }>>;
  readonly output: Json;
  readonly error?: DagRunState['error'];
}

/** What `dags test` and `dags trigger --wait` print with `--json`; scripts rely on it. */
export const runDocument = ({
  dag,
  runId,
  state,
  tasks,
  output,
  error,
}: Pick<DagRunState, 'dag' | 'runId' | 'state' | 'output' | 'error'> & {
  readonly tasks: Readonly<Record<string, DocumentedTask>>;
}): RunDocument => ({
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

const whyOf = ({ error, summary, from }: TaskInstanceState): string => {
  if (error) return `: ${error.code}: ${error.message}`;
  if (summary) return `: ${summary}`;
  return from === undefined ? '' : `: taken over from ${from}`;
};

/** `✔ extract (success, 1.2 s)`, with the tries when there were several, and why it failed or was skipped. */
export const taskLine = (
  name: string,
  task: TaskInstanceState,
  { paint = plain, about = [] }: { paint?: Paint; about?: string[] } = {},
): string => {
  const tries = task.tries > 1 ? `${task.tries} ${task.kind === 'sensor' ? 'questions' : 'tries'}` : '';
  const kind = task.kind === undefined ? '' : `${task.kind} `;
  const told = [`${kind}${task.state}`, lasted(task), tries, ...about].filter(Boolean).join(', ');
  return `${paint(MARKS[task.state], task.state)} ${name} (${told})${whyOf(task)}`;
};

export interface RunTextOptions {
  readonly paint?: Paint;
  /** every item of every map, and the arms that were not taken; default: what needs a look */
  readonly all?: boolean;
  /** what has ended well inside branches, groups and maps is left out: for a screen that is redrawn */
  readonly brief?: boolean;
}

const FAILED_ITEMS = 10;
const OPEN_ITEMS = 5;
const BAD: ReadonlySet<TaskState> = new Set(['failed', 'upstream_failed']);
const OPEN: ReadonlySet<TaskState> = new Set(['running', 'deferred', 'up_for_retry']);

const has = (scope: RunScope, states: ReadonlySet<TaskState>): boolean =>
  scope.branches.some((branch) => tasksUnder(branch).some(({ task }) => states.has(task.state)));

/** The failed items of a map and some that go on; how many more there are. */
const itemsToShow = (scopes: readonly RunScope[]): { readonly shown: readonly RunScope[]; readonly hidden: string } => {
  const bad = scopes.filter((scope) => has(scope, BAD));
  const open = scopes.filter((scope) => has(scope, OPEN) && !bad.includes(scope));
  const more = [
    [bad.length - FAILED_ITEMS, 'more failed'],
    [open.length - OPEN_ITEMS, 'more under way'],
  ] as const;
  const hidden = more.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return { shown: [...bad.slice(0, FAILED_ITEMS), ...open.slice(0, OPEN_ITEMS)], hidden: hidden.join(', ') };
};

const compositeLine = (label: string, composite: CompositeState, scopes: readonly RunScope[], paint: Paint): string => {
  const { kind, state, items, arm, error, shards } = composite;
  const tries = kind === 'group' && scopes.length > 1 ? `${scopes.length} tries` : '';
  const about = [
    `${kind} ${state}`,
    arm === undefined ? '' : `took '${arm}'`,
    items ? itemsText(items) : '',
    shards ? `in ${shards.length} parts` : '',
    tries,
  ];
  const why = error ? `: ${error.code}: ${error.message}` : '';
  return `${paint(MARKS[state], state)} ${label} (${about.filter(Boolean).join(', ')})${why}`;
};

const runLines = (run: LiveRunState, { paint = plain, all = false, brief = false }: RunTextOptions): string[] => {
  const taskLines = ({ instance, label, task, undo }: TaskBranch, indent: string): string[] => [
    `${indent}${taskLine(label, task, { paint, about: waitingText(run, instance, task) })}`,
    ...waitingLines(run, instance, task).map((line) => `${indent}    ${line}`),
    ...(undo ? [`${indent}  ${taskLine('undo', undo, { paint })}`] : []),
  ];
  const scopeLines = ({ name, branches }: RunScope, indent: string): string[] =>
    name === ''
      ? branches.flatMap((branch) => lines(branch, indent))
      : [`${indent}${name}`, ...branches.flatMap((branch) => lines(branch, `${indent}  `))];

  const compositeLines = ({ label, composite, scopes }: CompositeBranch, indent: string): string[] => {
    const head = `${indent}${compositeLine(label, composite, scopes, paint)}`;
    const inner = `${indent}  `;
    if (brief && (composite.state === 'success' || composite.state === 'skipped')) return [head];
    if (all) return [head, ...scopes.flatMap((scope) => scopeLines(scope, inner))];
    if (composite.kind === 'map') {
      const { shown, hidden } = itemsToShow(scopes.filter(({ name }) => name.startsWith('[')));
      return [head, ...shown.flatMap((scope) => scopeLines(scope, inner)), ...(hidden === '' ? [] : [`${inner}… ${hidden}`])];
    }
    const tried = composite.kind === 'group' && scopes.length === 1 ? scopes.map((scope) => ({ ...scope, name: '' })) : scopes;
    const taken = composite.kind === 'branch' ? tried.filter(({ name }) => name === composite.arm) : tried;
    return [head, ...taken.flatMap((scope) => scopeLines(scope, inner))];
  };
  const lines = (branch: RunBranch, indent: string): string[] =>
    isTask(branch) ? taskLines(branch, indent) : compositeLines(branch, indent);
  return runTree(run).flatMap((branch) => lines(branch, '  '));
};

/** `12 success, 3 running` */
export const countsText = (tasks: DagRunState['tasks']): string => {
  const counts = new Map<TaskState, number>();
  for (const { state } of Object.values(tasks)) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
};

const short = (json: Json, length = 300): string => {
  const text = JSON.stringify(json);
  return text.length > length ? `${text.slice(0, length)}…` : text;
};

const headLines = (run: LiveRunState, paint: Paint): string[] => {
  const { run: info, params, hash, late, clearedFrom, notes = [], stuckAtTry } = run;
  const { start, end } = info.dataInterval;
  const took = lasted({ start: info.startedAt, ...(run.end === undefined ? {} : { end: run.end }) });
  const state = run.cancelled ? `${run.state} (cancelled)` : run.state;
  const interval = start === end ? '' : `, data of ${start} to ${end}`;
  const isEmpty = typeof params === 'object' && params !== null && Object.keys(params).length === 0;
  return [
    `${run.dag}  ${run.runId}  ${paint(state, run.state)}`,
    `  ${info.kind}, for ${info.logicalDate}${interval}; ${run.state === 'running' ? 'goes on for' : 'took'} ${took}`,
    ...(isEmpty ? [] : [`  params   ${short(params)}`]),
    ...(hash === undefined ? [] : [`  version  ${hash.slice(0, 12)}`]),
    ...(clearedFrom === undefined ? [] : [`  cleared from ${clearedFrom}`]),
    ...(late === undefined ? [] : [paint(`  late: it missed its deadline at ${late}`, 'failed')]),
    ...(stuckAtTry === undefined
      ? []
      : [paint(`  stuck: the worker fails at the run itself (try ${stuckAtTry}); its log says why`, 'failed')]),
    ...notes.map(({ at, author, text }) => `  ✎ ${at} ${author}: ${text}`),
    `  tasks    ${countsText(run.tasks) || 'none yet'}`,
  ];
};

/** What to type next. */
const hintLines = ({ runId, tasks, state }: DagRunState): string[] => {
  const [failed] = Object.entries(tasks).find(([, task]) => task.state === 'failed' && task.tries > 0 && task.kind === undefined) ?? [];
  if (state !== 'failed' || failed === undefined) return [];
  const run = shellWord(runId);
  return [`→ rekindle dags logs ${run} ${shellWord(failed)}`, `→ rekindle dags clear ${run} --failed`];
};

export const runText = (run: LiveRunState, options: RunTextOptions = {}): string => {
  const { paint = plain } = options;
  const output = run.output === undefined || run.output === null ? [] : [`output  ${short(run.output, 2_000)}`];
  const error = run.error ? [paint(`✖ ${run.error.code}: ${run.error.message}`, 'failed')] : [];
  return [...headLines(run, paint), ...runLines(run, options), ...error, ...output, ...hintLines(run)].join('\n');
};

export const runsTable = (runs: readonly RunSummary[]): string =>
  runs.length === 0
    ? 'No runs.'
    : table(
        ['DAG', 'RUN', 'STATE', 'KIND', 'FOR', 'START', 'TOOK'],
        runs.map(({ dag, runId, state, kind, logicalDate, start, end }) => [
          dag,
          runId,
          state,
          kind,
          logicalDate,
          start,
          lasted({ start, ...(end === null ? {} : { end }) }),
        ]),
      );
