/** `rekindle.config.ts`: what a project says of itself beside its DAGs and models. The file is optional. */
import { z } from 'zod';

export const PoolName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'a name has letters, digits, _ . and - (at most 100)');

export const PoolConfig = z.strictObject({
  /** that tasks can hold at a time; 0 closes the pool: who asks waits */
  slots: z.number().int().nonnegative().max(1_000_000),
  /** one line */
  doc: z.string().max(500).optional(),
});
export type PoolConfig = z.infer<typeof PoolConfig>;

export const ProjectConfig = z.strictObject({
  queues: z
    .record(
      z.string(),
      z.strictObject({
        /** tasks that one worker runs at a time */
        concurrency: z.number().int().positive(),
      }),
    )
    .default({}),
  /** what tasks share, by name; `rekindle sync` makes them so */
  pools: z.record(PoolName, PoolConfig).default({}),
});
export type ProjectConfig = z.infer<typeof ProjectConfig>;

export const defineConfig = (config: z.input<typeof ProjectConfig>): z.input<typeof ProjectConfig> => config;
