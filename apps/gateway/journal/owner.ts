/** Which process writes a journal folder: what a dead one left behind, the next gateway stores. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const Owner = z.object({
  host: z.string(),
  pid: z.number().int(),
  /** of the process, in the kernel's ticks since boot; null where the kernel does not say. Pids come back, start times do not. */
  started: z.string().nullable(),
});
type Owner = z.infer<typeof Owner>;

/** An owner on another host (a shared volume) cannot be looked at; it touches its file each second. */
const SILENT_MS = 60_000;

const ownerFile = (folder: string): string => join(folder, 'owner.json');

/** Field 22 of /proc/<pid>/stat; the second field may hold spaces, so count from its closing bracket. */
const startOf = (pid: number): string | null => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
};

const me = (): Owner => ({ host: hostname(), pid: process.pid, started: startOf(process.pid) });

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const readOwner = (folder: string): Owner | undefined => {
  if (!existsSync(ownerFile(folder))) return undefined;
  try {
    return Owner.parse(JSON.parse(readFileSync(ownerFile(folder), 'utf8')));
  } catch {
    return undefined; // the write of the file itself was cut short: its process is gone
  }
};

/** Pid of the living process that writes this folder, undefined if there is none. */
export const livingOwner = async (folder: string): Promise<number | undefined> => {
  const owner = readOwner(folder);
  if (!owner) return undefined;
  if (owner.host !== hostname()) {
    const { mtimeMs } = await stat(ownerFile(folder)).catch(() => ({ mtimeMs: 0 }));
    return Date.now() - mtimeMs < SILENT_MS ? owner.pid : undefined;
  }
  return isRunning(owner.pid) && owner.started === startOf(owner.pid) ? owner.pid : undefined;
};

export const takeOwnership = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const aside = `${ownerFile(folder)}.${process.pid}`;
  await writeFile(aside, JSON.stringify(me()));
  await rename(aside, ownerFile(folder));
};

/** Says to other hosts that the owner lives. */
export const touchOwnership = async (folder: string): Promise<void> => {
  const now = new Date();
  await utimes(ownerFile(folder), now, now).catch(() => undefined);
};

export const giveUpOwnership = (folder: string): Promise<void> => rm(ownerFile(folder), { force: true });
