/** What each gateway says of itself every second. */
import { z } from 'zod';

export const GATEWAY_ALIVE_MS = 5_000;

export const GatewayHeartbeat = z.object({
  gateway: z.string(),
  environment: z.string(),
  url: z.string(),
  at: z.iso.datetime(),
  startedAt: z.iso.datetime(),
  models: z.array(
    z.object({
      model: z.string(),
      /** null: no version is loaded (yet) */
      version: z.string().nullable(),
      generation: z.number().int().nullable(),
      /** rows answered since start, and of these how many are in Parquet segments of the object store */
      answered: z.number().int(),
      flushed: z.number().int(),
      /** the same of labels that were sent to this gateway */
      labels: z.object({ accepted: z.number().int(), flushed: z.number().int() }).optional(),
      errors: z.number().int(),
      latencyP99Ms: z.number().nullable(),
    }),
  ),
});
export type GatewayHeartbeat = z.infer<typeof GatewayHeartbeat>;

/** A gateway is live when its last heartbeat is younger than 5 s; a dead one cannot hold up a rollback. */
export const isAlive = (heartbeat: GatewayHeartbeat, nowMs: number): boolean => nowMs - Date.parse(heartbeat.at) < GATEWAY_ALIVE_MS;
