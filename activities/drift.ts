/** The drift test of retraining and monitoring: fresh rows against what a version was trained on. */
import { z } from 'zod';
import { DriftVerdict, type DriftReport } from '../core/drift/report.js';
import type { SeasonSettings } from '../core/drift/seasonal-reference.js';
import type { Frame } from '../core/frame.js';
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import { importanceByColumn } from '../core/lifecycle/version.js';
import type { ActivityContext } from './context.js';

export const DriftOutcome = z.object({
  verdict: DriftVerdict,
  /** the column with the largest deciding effect */
  worst: z.object({ column: z.string(), effect: z.number() }).nullable(),
  /** the whole report in the object store; null when there was nothing to compare with */
  reportKey: z.string().nullable(),
  /** would a retraining help? Not where all that drifted is broken: absent, emptied, or of another type */
  retrain: z.boolean(),
  reasons: z.array(z.string()),
});
export type DriftOutcome = z.infer<typeof DriftOutcome>;

export const worstOf = ({ columns }: DriftReport): DriftOutcome['worst'] => {
  const measured = columns.flatMap(({ name, effect }) => (effect ? [{ column: name, effect: effect.value }] : []));
  return measured.reduce<DriftOutcome['worst']>((worst, next) => (worst && worst.effect >= next.effect ? worst : next), null);
};

export interface Fresh {
  readonly rows: Frame;
  /** of a model whose data have a season */
  readonly season: SeasonSettings | undefined;
}

/** Tests fresh rows against the reference profile of `version` and stores the report at `reportKey`. @throws VERSION_NOT_FOUND */
export const testAgainst = async (
  { name, monitor }: ModelSpec,
  version: string,
  { rows, season }: Fresh,
  reportKey: string,
  ctx: ActivityContext,
): Promise<DriftOutcome> => {
  const [reference, importance] = await Promise.all([ctx.registry.reference(name, version), ctx.registry.importance(name, version)]);
  const { minShift, falseAlarmRate } = monitor.drift;
  const report = await ctx.compute.drift(reference, rows, {
    minShift,
    falseAlarmRate,
    ...(season ? { season } : {}),
    ...(importance ? { importance: importanceByColumn(importance) } : {}),
  });
  await ctx.objects.put(reportKey, JSON.stringify(report), { contentType: 'application/json' });
  return { verdict: report.verdict, worst: worstOf(report), reportKey, ...report.recommendation };
};

export const nothingToCompare = (reason: string): DriftOutcome => ({
  verdict: 'insufficient_data',
  worst: null,
  reportKey: null,
  retrain: false,
  reasons: [reason],
});
