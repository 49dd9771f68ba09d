/** A stored reference: what the champion was trained on, small enough to read at every check. */
import { z } from 'zod';
import { RowSample } from './row-sample.js';
import { Season } from './season.js';

/** Sorted values and how many rows are ≤ each: KS D against it is exact when `exact`, else within `bound`. */
export const NumberProfile = z.object({
  type: z.literal('number'),
  rows: z.number().int(),
  missing: z.number().int(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  /** ascending, distinct */
  values: z.array(z.number()),
  /** cumulative counts, parallel to `values`; the last equals rows − missing */
  cumulative: z.array(z.number().int()),
  /** largest error of any D computed from this profile; 0 while every distinct value is kept */
  bound: z.number(),
  /** no value has a fraction; absent where that was not looked at */
  whole: z.boolean().optional(),
});
export type NumberProfile = z.infer<typeof NumberProfile>;

export const CategoryProfile = z.object({
  type: z.literal('category'),
  rows: z.number().int(),
  missing: z.number().int(),
  /** rows of each category that is named: exact, at most 1,000 of them */
  counts: z.record(z.string(), z.number().int()),
  /** all the rest, when there are more: their rows, and how many categories they are at the least */
  other: z.object({ rows: z.number().int(), categories: z.number().int() }).optional(),
});
export type CategoryProfile = z.infer<typeof CategoryProfile>;

export const ColumnProfile = z.discriminatedUnion('type', [NumberProfile, CategoryProfile]);
export type ColumnProfile = z.infer<typeof ColumnProfile>;

const ChunkEffects = z.record(z.string(), z.array(z.number().nullable()));

/** The rows by hour or weekday, each slot with a small profile of its own; names of slots are whole numbers from 0, midnight, Monday. */
export const SeasonProfile = z.object({
  by: Season,
  slots: z.record(z.string(), z.object({ rows: z.number().int(), columns: z.record(z.string(), ColumnProfile) })),
  /** the same chunks, each against the rest of the rows of its own slots */
  chunkEffects: ChunkEffects,
});
export type SeasonProfile = z.infer<typeof SeasonProfile>;

export const Profile = z.object({
  schema: z.literal('rekindle/profile/1'),
  rows: z.number().int(),
  /** event times, half-open, when known */
  from: z.string().nullable(),
  to: z.string().nullable(),
  columns: z.record(z.string(), ColumnProfile),
  /**
   * The reference's own window-sized chunks, each against the rest: per column the deciding effect of chunk i at place i, null
   * where a side held no value. Drift thresholds are calibrated on them. Empty when there are fewer than two chunks.
   */
  chunkEffects: ChunkEffects,
  /** when it was asked for */
  seasons: SeasonProfile.optional(),
  /** when it was asked for */
  sample: RowSample.optional(),
});
export type Profile = z.infer<typeof Profile>;
