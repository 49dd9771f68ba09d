/** What tasks leave behind: a line for each body that begins, and one for how it ended. The file outlives the process. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskContext } from 'rekindle';

const write = ({ key, attempt }: TaskContext, event: 'start' | 'done' | 'failed'): void =>
  appendFileSync(process.env['BODIES']!, `${JSON.stringify({ key, attempt, event, pid: process.pid, at: Date.now() })}\n`);

/** @param ms that the work takes at least */
export const body =
  <I, O>(ms: number, work: (input: I, ctx: TaskContext) => O | Promise<O>) =>
  async (input: I, ctx: TaskContext): Promise<O> => {
    write(ctx, 'start');
    try {
      await sleep(ms);
      const output = await work(input, ctx);
      write(ctx, 'done');
      return output;
    } catch (error) {
      write(ctx, 'failed');
      throw error;
    }
  };
