/** What a model takes and answers: the contract between trainer, gateway and gates. */
import { z } from 'zod';

export const FeatureType = z.enum(['number', 'category']);
export type FeatureType = z.infer<typeof FeatureType>;

/**
 * In the ONNX model each feature is one input of the same name: `number` float32 [N,1], `category` string [N,1].
 * The outputs are `label` and `probabilities` (float32 [N, classes]).
 */
export const Signature = z.object({
  features: z.array(z.object({ name: z.string(), type: FeatureType })).min(1),
  target: z.string(),
  /** in the order of the columns of `probabilities` */
  classes: z.array(z.string()).min(2),
  /** the class whose probability is the score of a binary model */
  positive: z.string(),
});
export type Signature = z.infer<typeof Signature>;
