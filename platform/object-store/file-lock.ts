/** Turns between processes of one machine, by a file that only one of them can create. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { RekindleError } from '../../core/errors.js';

/** A lock of another host can only be judged by its age; this is much longer than checking one file and renaming another takes. */
const FOREIGN_EXPIRY_MS = 60_000;
/** How long a caller stands in line before it says that the store does not answer. */
const PATIENCE_MS = 20_000;

const THIS_PROCESS = { pid: process.pid, host: hostname(), process: randomUUID() };
type Holder = typeof THIS_PROCESS & { readonly at: number };

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
};

/** Did the holder die before it could remove its lock? After a restart in a container the new process may have the old one's id. */
const isAbandoned = (holder: Holder): boolean => {
  if (holder.host !== THIS_PROCESS.host) return Date.now() - holder.at > FOREIGN_EXPIRY_MS;
  return holder.pid === THIS_PROCESS.pid ? holder.process !== THIS_PROCESS.process : !isRunning(holder.pid);
};

const holderOf = async (path: string): Promise<Holder | undefined> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** The lock appears whole or not at all: it is linked into place, so that a crash cannot leave one without a holder. */
const tryToTake = async (path: string): Promise<boolean> => {
  const card = `${path}.${randomUUID()}`;
  await writeFile(card, JSON.stringify({ ...THIS_PROCESS, at: Date.now() } satisfies Holder));
  try {
    await link(card, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(card, { force: true });
  }
};

/** Only one may remove an abandoned lock, and only while it is still that one: a live holder's must never be taken away. */
const removeAbandoned = (path: string, abandoned: Holder): Promise<void> =>
  withFileLock(`${path}.abandoned`, async () => {
    const now = await holderOf(path);
    if (now?.process === abandoned.process && now.at === abandoned.at) await rm(path, { force: true });
  });

/**
 * Runs `work` while no other caller, in this process or another, runs work under the same `path`.
 * @throws STORE_UNREACHABLE when the turn does not come
 */
export const withFileLock = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  const started = Date.now();
  for (let pause = 1; !(await tryToTake(path)); pause = Math.min(pause * 2, 40)) {
    const holder = await holderOf(path);
    if (holder === undefined) continue;
    if (isAbandoned(holder)) {
      await removeAbandoned(path, holder);
      continue;
    }
    if (Date.now() - started > PATIENCE_MS) {
      throw new RekindleError('STORE_UNREACHABLE', `The lock ${path} has been held too long by process ${holder.pid} on ${holder.host}.`);
    }
    await sleep(pause * (0.5 + Math.random()));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
};
