import { setTimeout as sleep } from 'node:timers/promises';
import { CallbackEvent, RekindleError, task, type TaskOptions } from 'rekindle';
import { z } from 'zod';
import { body } from './bodies.js';

/** A try whose worker has died is given up after so long, and another begins. */
const survives = { timeout: '6 seconds', retries: 50, backoff: { first: '100 ms', factor: 1 } } satisfies TaskOptions;

export const list = task({
  ...survives,
  id: 'list',
  input: z.object({ n: z.number() }),
  output: z.array(z.number()),
  run: body(50, ({ n }: { n: number }) => Array.from({ length: n }, (_, i) => i)),
});
export const double = task({
  ...survives,
  id: 'double',
  input: z.object({ n: z.number() }),
  output: z.number(),
  run: body(80, ({ n }: { n: number }) => n * 2),
});
export const quick = task({
  ...survives,
  id: 'quick',
  local: true,
  input: z.object({ n: z.number() }),
  output: z.number(),
  run: body(5, ({ n }: { n: number }) => n + 1),
});
export const say = task({
  ...survives,
  id: 'say',
  input: z.object({ what: z.string() }),
  output: z.string(),
  run: body(100, ({ what }: { what: string }) => what),
});
export const deed = task({
  ...survives,
  id: 'deed',
  input: z.object({ what: z.string() }),
  output: z.object({ what: z.string() }),
  run: body(100, ({ what }: { what: string }) => ({ what })),
});
export const undo = task({
  ...survives,
  id: 'undo',
  input: z.object({ what: z.string() }),
  output: z.string(),
  run: body(100, ({ what }: { what: string }) => what),
});
/** Nothing that another try could mend. */
export const fail = task({
  ...survives,
  id: 'fail',
  run: body(50, () => Promise.reject(new RekindleError('SOURCE_NOT_FOUND', 'There is no data.csv.'))),
});
/** Fails in the first attempt of the group around it. */
export const failFirst = task({
  ...survives,
  id: 'failFirst',
  input: z.object({ n: z.number() }),
  output: z.number(),
  run: body(50, ({ n }: { n: number }) => {
    if (n === 1) throw new RekindleError('SOURCE_NOT_FOUND', 'There is no data.csv.');
    return n;
  }),
});
export const flaky = task({
  ...survives,
  id: 'flaky',
  output: z.boolean(),
  run: body(50, (_: object, { attempt }) => (attempt < 3 ? Promise.reject(new Error('not yet')) : true)),
});
/** Goes on where the try before has left off. */
export const steps = task({
  ...survives,
  id: 'steps',
  timeout: '1 minute',
  heartbeat: '4 seconds',
  output: z.number(),
  run: body(0, async (_: object, ctx) => {
    for (let step = Number(ctx.heartbeatDetail ?? 0); step < 20; step++) {
      ctx.heartbeat(step);
      await sleep(100);
    }
    return 20;
  }),
});
/** Until it is told to stop. */
export const hang = task({
  ...survives,
  id: 'hang',
  timeout: '5 minutes',
  heartbeat: '4 seconds',
  run: body(0, async (_: object, ctx) => {
    while (!ctx.signal.aborted) {
      ctx.heartbeat();
      await sleep(100);
    }
    throw new Error('told to stop');
  }),
});
export const arrived = task({
  ...survives,
  id: 'arrived',
  output: z.string().nullable(),
  run: (_: object, { attempt }) => (attempt < 2 ? null : 'file.csv'),
});
export const never = task({ ...survives, id: 'never', output: z.string().nullable(), run: () => null });
export const hear = task({ ...survives, id: 'hear', input: CallbackEvent, run: body(20, ({ event }: CallbackEvent) => event) });
export const large = task({
  ...survives,
  id: 'large',
  output: z.array(z.object({ id: z.number(), text: z.string() })),
  run: body(50, () => [1, 2, 3, 4].map((id) => ({ id, text: 'x'.repeat(50_000) }))),
});
export const length = task({
  ...survives,
  id: 'length',
  input: z.object({ text: z.string() }),
  output: z.number(),
  run: body(50, ({ text }: { text: string }) => text.length),
});
export const dear = task({
  ...survives,
  id: 'dear',
  cache: { ttl: '1 hour' },
  input: z.object({ salt: z.string() }),
  output: z.string(),
  run: body(200, ({ salt }: { salt: string }) => `made of ${salt}`),
});
/** How often the node has run to its end, in all runs of the DAG. */
export const count = task({
  ...survives,
  id: 'count',
  output: z.boolean(),
  run: body(50, async (_: object, { state, key }) => {
    const seen = await state.update<string[]>((before = []) => [...new Set([...before, key])]);
    return seen.includes(key);
  }),
});
