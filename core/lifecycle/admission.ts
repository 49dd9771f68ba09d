/** The door of a model: which triggers become a retraining. */
import { z } from 'zod';

export const TriggerSource = z.enum(['drift', 'quality', 'schedule', 'ci', 'manual', 'alert']);
export type TriggerSource = z.infer<typeof TriggerSource>;

/** The payload of the signal `retrain`. Everything but the reason may be left out by a person at a terminal. */
export const Trigger = z.object({
  source: TriggerSource.default('manual'),
  reason: z.string().default('by hand'),
  /** triggers of one cause share it */
  key: z.string().optional(),
  /** event clock; the newest event of the source when absent */
  asOf: z.string().optional(),
});
export type Trigger = z.infer<typeof Trigger>;
