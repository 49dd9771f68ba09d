/** Keeps a child process running: starts it again when it ends by itself, each time a little later. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RekindleError } from '../../../core/errors.js';
import { startChild, type ChildProcessOptions, type ExitStatus, type RunningChild } from '../../../platform/child-process.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** one that ran so long was well: the next pause is short again */
const WELL_MS = 60_000;
const START_MS = 60_000;

export interface SupervisedOptions extends ChildProcessOptions {
  /** for messages: `worker` */
  readonly name: string;
  readonly say: (line: string) => void;
}

export interface Supervised {
  /** of the process that runs now */
  pid(): number;
  /** Stops it for good. */
  stop(graceMs: number): Promise<void>;
}

const endOf = ({ code, signal }: ExitStatus): string => (signal === null ? `exit code ${code}` : signal);

/** A child that has said that it is ready. @throws PROCESS_FAILED with what it said last */
const startReady = async (options: SupervisedOptions): Promise<RunningChild> => {
  const said: string[] = [];
  const onLine = (line: string): void => {
    said.push(line);
    if (said.length > 3) said.shift();
    options.onLine(line);
  };
  const child = await startChild({ ...options, onLine });
  const waiting = new AbortController();
  const trouble = await Promise.race([
    child.message.then(() => undefined),
    child.exited.then((status) => `it ended with ${endOf(status)}`),
    sleep(START_MS, 'it took too long', { signal: waiting.signal }),
  ]);
  waiting.abort();
  if (trouble === undefined) return child;
  await child.stop(1_000);
  throw new RekindleError('PROCESS_FAILED', `The ${options.name} did not start: ${trouble}.${said.map((line) => `\n  ${line}`).join('')}`, {
    process: options.name,
  });
};

/** @throws PROCESS_FAILED if it cannot be started the first time */
export const supervise = async (options: SupervisedOptions): Promise<Supervised> => {
  const { name, say } = options;
  const stopping = new AbortController();
  let child = await startReady(options);

  const again = async (): Promise<void> => {
    let pause = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      const since = Date.now();
      const status = await child.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - since > WELL_MS) pause = FIRST_PAUSE_MS;
      say(`The ${name} ended with ${endOf(status)}; starting it again in ${pause / 1000} s.`);
      await sleep(pause, undefined, { signal: stopping.signal });
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      await startReady(options).then(
        (started) => {
          child = started;
          say(`The ${name} runs again (pid ${child.pid}).`);
        },
        (error: unknown) => say(error instanceof Error ? error.message : String(error)),
      );
    }
  };
  const kept = again().catch(() => undefined); // the pause was cut short by stop()

  return {
    pid: () => child.pid,
    stop: async (graceMs) => {
      stopping.abort();
      await child.stop(graceMs);
      await kept;
      await child.stop(graceMs); // one that was being started meanwhile
    },
  };
};
