/** Watching a run to its end: a line for each task that ends, and what runs now where a terminal shows it. */
import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { runEnded, runState } from '../../client/dags.js';
import type { DagRunState } from '../../core/dag/run-state.js';
import type { ObjectStore } from '../../core/ports.js';
import { taskLine } from './run-text.js';

const POLL_MS = 500;
const ENDED = new Set(['success', 'failed', 'skipped', 'upstream_failed', 'removed']);

/** One line that is overwritten; nothing where stderr is no terminal. */
const statusLine = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
};

/** @returns the state at the end */
export const followRun = async (client: Client, objects: ObjectStore, runId: string, say: (line: string) => void): Promise<DagRunState> => {
  const shown = new Set<string>();
  const show = ({ tasks }: DagRunState): void => {
    const news = Object.entries(tasks).filter(([instance, { state, tries }]) => ENDED.has(state) && tries > 0 && !shown.has(instance));
    if (news.length > 0) statusLine('');
    for (const [instance, task] of news) {
      shown.add(instance);
      say(`  ${taskLine(instance, task)}`);
    }
    const running = Object.entries(tasks).filter(([, { state }]) => state === 'running' || state === 'up_for_retry');
    statusLine(running.map(([instance, task]) => taskLine(instance, task)).join('  '));
  };

  let ended = false;
  const end = runEnded(client, runId).finally(() => (ended = true));
  while (!ended) {
    await Promise.race([end, sleep(POLL_MS)]);
    // a worker that is busy or not yet there cannot answer: the next question may be
    if (!ended) await runState(client, objects, runId).then(show, () => undefined);
  }
  await end;
  const state = await runState(client, objects, runId);
  show(state);
  statusLine('');
  return state;
};
