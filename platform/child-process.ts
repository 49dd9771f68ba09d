/** A child process of ours: its lines, its readiness, its end. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildProcessOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** each line of stdout and stderr */
  readonly onLine: (line: string) => void;
}

export interface RunningChild {
  readonly pid: number;
  /** settles when the process is gone; never rejects */
  readonly exited: Promise<ExitStatus>;
  /** first message that the child sends over its channel */
  readonly message: Promise<unknown>;
  /** SIGTERM, then SIGKILL to its whole group after `graceMs`. Again = no-op. */
  stop(graceMs: number): Promise<void>;
}

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal);
  } catch {
    // already gone
  }
};

const running = new Set<number>();
// The last resort of a process that ends without stopping its children: they do not read the terminal and would go on for ever.
process.once('exit', () => running.forEach((pid) => signalGroup(pid, 'SIGKILL')));

/**
 * Starts a process in a group of its own: Ctrl-C at the terminal then reaches only its parent, which stops its children in order.
 * A Node child gets a channel; it closes when this process dies in whatever way, which tells the child to stop.
 *
 * @throws Error (ENOENT, EACCES …) if the file cannot be run
 */
export const startChild = async ({ file, args, env, cwd, onLine }: ChildProcessOptions): Promise<RunningChild> => {
  const channel = file === process.execPath ? 'ipc' : 'ignore';
  const child = spawn(file, args, { env: env ?? process.env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe', channel] });
  const exited = new Promise<ExitStatus>((done) => child.once('exit', (code, signal) => done({ code, signal })));
  const message = new Promise<unknown>((done) => child.once('message', done));
  await new Promise<void>((done, fail) => child.once('spawn', done).once('error', fail));
  child.on('error', () => undefined); // a failed kill; `exited` tells the rest
  for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', onLine);
  const pid = child.pid!;
  running.add(pid);
  void exited.then(() => running.delete(pid));
  return {
    pid,
    exited,
    message,
    stop: async (graceMs) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
};
