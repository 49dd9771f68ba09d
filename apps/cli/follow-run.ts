/** Watching a run to its end: its tree, redrawn, in a terminal; elsewhere a line for everything that changes. */
import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { runEnded, runState, type LiveRunState } from '../../client/dags.js';
import type { TaskInstanceState } from '../../core/dag/run-state.js';
import type { ObjectStore } from '../../core/ports.js';
import { painterFor } from './graph/colours.js';
import { runText, taskLine } from './run-text.js';
import { openScreen } from './screen.js';
import { waitingLines, waitingText } from './waiting-text.js';

const POLL_MS = 500;
/** The state of a large run takes its time: asking must not become what the run does. */
const REST = 4;

const ENDED = new Set(['success', 'failed', 'skipped', 'upstream_failed', 'removed']);

/**
 * What is told of an instance is told again when this changes: its end, a try that failed, and that a person is asked.
 * @returns undefined where there is nothing to tell
 */
const newsOf = ({ state, tries, kind, request }: TaskInstanceState): string | undefined => {
  if (ENDED.has(state)) return tries > 0 || (kind !== undefined && (state === 'success' || state === 'failed')) ? state : undefined;
  if (state === 'up_for_retry') return `${state} ${tries}`;
  return kind === 'approval' && request !== undefined ? 'asked' : undefined;
};

/** Tells each thing once. */
const teller = (say: (line: string) => void): ((run: LiveRunState) => void) => {
  const told = new Map<string, string>();
  return (run) => {
    for (const [instance, task] of Object.entries(run.tasks)) {
      const news = newsOf(task);
      if (news === undefined || told.get(instance) === news) continue;
      told.set(instance, news);
      say(`  ${taskLine(instance, task, { about: waitingText(run, instance, task) })}`);
      waitingLines(run, instance, task).forEach((line) => say(`      ${line}`));
    }
  };
};

/** @returns the state at the end, with outputs */
export const followRun = async (
  client: Client,
  objects: ObjectStore,
  runId: string,
  say: (line: string) => void,
): Promise<LiveRunState> => {
  const isTerminal = process.stderr.isTTY === true;
  const screen = openScreen(process.stderr);
  const paint = painterFor(process.stderr);
  const tell = isTerminal ? (run: LiveRunState) => screen.draw(runText(run, { paint, brief: true }).split('\n')) : teller(say);

  let ended = false;
  const end = runEnded(client, runId).finally(() => (ended = true));
  end.catch(() => undefined); // told below, when it is awaited
  for (let restMs = POLL_MS; !ended;) {
    await Promise.race([end, sleep(restMs)]);
    if (ended) break;
    const since = Date.now();
    // a worker that is busy or not yet there cannot answer: the next question may be
    await runState(client, objects, runId, { outputs: false }).then(tell, () => undefined);
    restMs = Math.max(POLL_MS, (Date.now() - since) * REST);
  }
  await end;
  const state = await runState(client, objects, runId);
  if (isTerminal) screen.clear();
  else tell(state);
  return state;
};
