/** Which process was it? A pid alone may since belong to somebody else; with its start time it is one process for ever. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessStart {
  readonly pid: number;
  isAlive(): boolean;
  /** Signals the process and everything it started. Nothing happens if all of it is gone. */
  signalGroup(signal: NodeJS.Signals): void;
}

/** State letter and start time (clock ticks since boot) in a line of /proc/<pid>/stat; the command's name may hold anything. */
const fromStat = (line: string): { state: string; startedAt: string } => {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0]!, startedAt: fields[19]! };
};

const isStat = (text: string): boolean => /^\d+ \(/.test(text);

/** The same text that the wrapper recorded: a line of /proc, or what `ps` says where there is no /proc. */
const currentIdentity = (pid: number, recorded: string): string | undefined => {
  try {
    if (!isStat(recorded)) return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
    const { state, startedAt } = fromStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return state === 'Z' || state === 'X' ? undefined : startedAt;
  } catch {
    return undefined; // no such process
  }
};

const send = (target: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
};

/** @param recorded what the wrapper wrote of itself: its pid, and on the next line its identity */
export const processStart = (recorded: string): ProcessStart => {
  const [first, ...rest] = recorded.split('\n');
  const pid = Number(first);
  const line = rest.join('\n').trim();
  const identity = isStat(line) ? fromStat(line).startedAt : line;
  const isAlive = (): boolean => currentIdentity(pid, line) === identity;
  return {
    pid,
    isAlive,
    signalGroup(signal) {
      // As long as a group lives its number is given to no new process: without a process of that pid it is still ours.
      if (isAlive() || !send(pid, 0)) send(-pid, signal);
    },
  };
};
