/** A process that does one task after another, each when it is asked to: so that ours and a peer's take turns, both warm. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Answer {
  readonly ms: number;
  readonly cpuMs: number;
  /** most memory the process has held so far */
  readonly peakMib: number;
}

export interface Side {
  run(task: string): Promise<Answer>;
  close(): Promise<void>;
}

const MARK = 'ANSWER ';

/** Waits until it is ready: what it loads is no part of any answer. */
export const openSide = async (command: string, args: readonly string[]): Promise<Side> => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const answer = async (): Promise<Answer> => {
    for (let next = await lines.next(); !next.done; next = await lines.next())
      if (next.value.startsWith(MARK)) return JSON.parse(next.value.slice(MARK.length)) as Answer;
    throw new Error(`${command} ${args.join(' ')} ended without an answer`);
  };
  await answer();
  return {
    run: (task) => {
      child.stdin.write(`${task}\n`);
      return answer();
    },
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
};
