/** `rekindle.config.ts`: what a project says of itself beside its DAGs and models. The file is optional. */
import { z } from 'zod';

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
});
export type ProjectConfig = z.infer<typeof ProjectConfig>;

export const defineConfig = (config: z.input<typeof ProjectConfig>): z.input<typeof ProjectConfig> => config;
