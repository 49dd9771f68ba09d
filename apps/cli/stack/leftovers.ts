/** What a `rekindle dev` that was killed could not stop. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RekindleError } from '../../../core/errors.js';
import { isProcessAlive, readDevFile } from '../../../platform/config.js';

const PATIENCE_MS = 10_000;

/** Command line of a process; empty if there is none. A pid may have gone to another process since. */
const commandOf = async (pid: number): Promise<string> =>
  promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );

const end = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGTERM');
  for (const deadline = Date.now() + PATIENCE_MS; isProcessAlive(pid) && Date.now() < deadline;) await sleep(50);
  if (isProcessAlive(pid)) process.kill(pid, 'SIGKILL');
};

/**
 * Ends servers of this project whose `rekindle dev` is gone: they would hold its files.
 * @throws USAGE if another `rekindle dev` runs here
 */
export const clearLeftovers = async (project: string, say: (line: string) => void): Promise<void> => {
  const last = readDevFile(project);
  if (last === undefined || last.pid === process.pid) return;
  const commands = await Promise.all(last.processes.map(async (child) => ({ ...child, command: await commandOf(child.pid) })));
  const ours = commands.filter(({ command }) => command.includes(project));
  if (ours.length === 0) return;
  if (isProcessAlive(last.pid))
    throw new RekindleError('USAGE', `\`rekindle dev\` already runs in this project (pid ${last.pid}); its UI is ${last.temporal.ui}.`, {
      pid: last.pid,
    });
  for (const { name, pid } of ours) {
    say(`Ending the ${name} that the last \`rekindle dev\` left behind (pid ${pid}).`);
    await end(pid);
  }
};
