/** What a task instance waits for, and what a person can do about it. */
import type { LiveRunState } from '../../client/dags.js';
import type { TaskInstanceState } from '../../core/dag/run-state.js';
import type { Json } from '../../core/json.js';
import { elapsed } from './output.js';

const inText = (next: string): string => {
  const ms = Date.parse(next) - Date.now();
  return ms > 0 ? `in ${elapsed(ms)}` : 'now';
};

const isOpen = ({ state }: TaskInstanceState): boolean => state === 'running' || state === 'deferred' || state === 'up_for_retry';

/** Said in the brackets behind its name. */
export const waitingText = ({ pending, waiting, runId }: LiveRunState, instance: string, task: TaskInstanceState): string[] => {
  if (!isOpen(task)) return [];
  const { waitsFor, next, last } = pending?.[instance] ?? {};
  const slots = (waiting ?? []).find((one) => one.instance === instance);
  if (slots) return [`waits for slots of pool '${slots.pool}' since ${slots.since}`];
  switch (task.kind) {
    case 'sleep':
      return task.until === undefined ? [] : [`until ${task.until}`];
    case 'sensor':
      return [...(next === undefined ? [] : [`asks again ${inText(next)}`]), ...(last ? [last.message] : [])];
    case 'workflow':
      return [`run ${runId}/${instance}`];
    case 'approval':
      return [task.until === undefined ? 'waits for an answer' : `waits for an answer until ${task.until}`];
    default:
      if (task.state === 'deferred') return ['waits for the run before'];
      if (waitsFor === 'worker') return ['no worker has taken it yet'];
      return next === undefined ? [] : [`next try ${inText(next)}`];
  }
};

const EVIDENCE_LINES = 20;

const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** `{ title, show }`: the fields of `show`, one a line. */
const evidence = (request: Json): string[] => {
  const { title, show } = (typeof request === 'object' && request !== null ? request : {}) as { title?: Json; show?: Json };
  const fields = typeof show === 'object' && show !== null && !Array.isArray(show) ? Object.entries(show) : undefined;
  const lines = fields ? fields.map(([name, value]) => `${name}: ${shown(value)}`) : show === undefined ? [] : [shown(show)];
  return [...(title === undefined || title === null ? [] : [shown(title)]), ...lines.slice(0, EVIDENCE_LINES)];
};

/** As a shell takes it. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** Said below it: what a person is asked, and how to answer. */
export const waitingLines = ({ runId }: LiveRunState, instance: string, task: TaskInstanceState): string[] => {
  if (task.kind === 'workflow' && isOpen(task)) return [`→ rekindle dags state ${shellWord(`${runId}/${instance}`)}`];
  if (task.kind !== 'approval' || !isOpen(task)) return [];
  const answer = `rekindle dags approve ${shellWord(runId)} ${shellWord(instance)}`;
  return [...evidence(task.request ?? null), `→ ${answer}   (or --reject --reason WHY)`];
};
