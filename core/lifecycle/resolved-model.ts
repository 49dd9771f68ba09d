/** A model as one run sees it: pinned at the start, whatever is published or promoted meanwhile. */
import { z } from 'zod';
import { ModelSpec } from './model-spec.js';

export const ResolvedModel = z.object({
  name: z.string(),
  spec: ModelSpec,
  specHash: z.string(),
  /** the event clock of the run */
  asOf: z.iso.datetime(),
  /** asOf less the label delay: until here every row has its label */
  until: z.iso.datetime(),
  /** what production serves; null before the first deployment */
  champion: z.object({ version: z.string(), generation: z.number().int() }).nullable(),
});
export type ResolvedModel = z.infer<typeof ResolvedModel>;
