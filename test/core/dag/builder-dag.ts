/** Tasks for DAGs that tests write with the builder, and a DAG with params of every kind. */
import { z } from 'zod';
import { dag, task, type Builder, type Ref } from '../../../core/dag/index.js';
import type { RunInfo } from '../../../core/ports.js';

const Uri = z.object({ uri: z.string(), parts: z.array(z.string()) });
export const extract = task({
  id: 'extract',
  input: z.object({ source: z.string(), from: z.string() }),
  output: Uri,
  queue: 'data',
  timeout: '10 minutes',
  retries: 3,
  run: ({ source }) => ({ uri: source, parts: [] }),
});
export const transform = task({
  id: 'transform',
  input: z.object({ uri: z.string() }),
  output: Uri,
  run: ({ uri }) => ({ uri, parts: [] }),
});
export const compare = task({
  id: 'compare',
  input: z.object({ dataset: Uri }),
  output: z.object({ outcome: z.enum(['promote', 'keep']), model: z.string() }),
  run: () => ({ outcome: 'keep' as const, model: 'm' }),
});
export const deploy = task({
  id: 'deploy',
  input: z.object({ model: z.string() }),
  output: z.object({ deployment: z.string() }),
  run: () => ({ deployment: 'd' }),
});
export const rollback = task({ id: 'rollbackDeploy', input: z.object({ deployment: z.string() }), run: () => undefined });
export const record = task({ id: 'recordRejection', input: z.object({ why: z.string() }), run: () => undefined });
export const cleanup = task({ id: 'cleanup', input: z.object({ uri: z.string().optional() }), run: () => undefined });

const Params = z.object({
  x: z.string(),
  limit: z.object({ text: z.string() }).nullable(),
  fast: z.boolean(),
  model: z.string(),
  rows: z.number(),
  list: z.array(z.string()),
});
type Values = { params: Ref<z.output<typeof Params>>; run: Ref<RunInfo> };
export const build = <R>(body: (d: Builder, values: Values) => R) => dag({ id: 'nightly', params: Params }, body);
