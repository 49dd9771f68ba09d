import { z } from 'zod';
import { task } from '../core/dag/task.js';
import type { CategoryColumn, NumberColumn } from '../core/frame.js';
import { Quality, qualityOf } from '../core/lifecycle/monitoring.js';
import type { WindowScores } from '../core/lifecycle/window-estimate.js';
import { TASK_QUEUES } from '../core/names.js';
import { isUndefined } from '../core/statistics/undefined.js';
import { alive, HEARTBEAT } from './alive.js';
import { CollectedWindow } from './collect-window.js';
import type { ActivityContext } from './context.js';
import { fetchReferenceScores } from './reference-scores.js';
import { fetchTable } from './stored-tables.js';

const LATENCY = 'SELECT avg(latency_ms) AS mean, quantile_cont(latency_ms, 0.99) AS p99 FROM read_parquet($path)';

const NO_ROWS = { estimated: null, notEstimated: 'There are no predictions in the window.' };

/** Answers of the window, in time order; a label that has not come is −1. */
interface Answers extends WindowScores {
  readonly versions: CategoryColumn;
}

const readAnswers = async (path: string, { spec }: CollectedWindow, ctx: ActivityContext): Promise<Answers> => {
  const { columns } = await ctx.tables.read([path], { score: 'number', label: 'category', version: 'category' }, { signal: ctx.signal });
  const { codes, categories } = columns['label'] as CategoryColumn;
  const positive = categories.indexOf(spec.problem.positive);
  return {
    scores: (columns['score'] as NumberColumn).values,
    labels: Int8Array.from(codes, (code) => (code < 0 ? -1 : Number(code === positive))),
    versions: columns['version'] as CategoryColumn,
  };
};

const rowsWhere = ({ scores, labels }: Answers, keep: (row: number) => boolean): WindowScores => ({
  scores: scores.filter((_, row) => keep(row)),
  labels: labels.filter((_, row) => keep(row)),
});

/** What can be said of the rows that `version` answered, without waiting for their labels. */
const estimate = async (
  model: string,
  version: string,
  answers: Answers,
  folder: string,
  ctx: ActivityContext,
): Promise<Pick<Quality, 'estimated' | 'notEstimated'>> => {
  const reference = await fetchReferenceScores(model, version, folder, ctx);
  if (!reference)
    return { estimated: null, notEstimated: `Version ${version} has no scores of a hold-out, from which an estimate could be learnt.` };
  const code = answers.versions.categories.indexOf(version);
  const own = rowsWhere(answers, (row) => answers.versions.codes[row] === code);
  const made = await ctx.compute.estimate(reference, own);
  if (isUndefined(made)) return { estimated: null, notEstimated: `Nothing could be estimated: ${made.reason}.` };
  return { estimated: { version, ...made }, notEstimated: null };
};

export const measureQuality = task({
  id: 'measureQuality',
  doc: 'measures how good the predictions were where their labels have arrived, and estimates it where not',
  queue: TASK_QUEUES.data,
  timeout: '10 minutes',
  heartbeat: HEARTBEAT,
  retries: 3,
  input: z.object({ window: CollectedWindow }),
  output: Quality,
  async run({ window }, ctx: ActivityContext) {
    const { model, spec, sha256, labelled, versions } = window;
    const limits = spec.monitor.quality;
    const [most] = versions;
    if (sha256 === null || most === undefined) return { ...qualityOf(limits, null, null), ...NO_ROWS };
    return ctx.scratch((folder) =>
      alive(ctx, async () => {
        const path = await fetchTable(ctx.objects, sha256, folder);
        const [row] = (await ctx.tables.query(LATENCY, { path })) as { mean: number | null; p99: number | null }[];
        const latency = row?.mean == null || row.p99 == null ? null : { meanMs: row.mean, p99Ms: row.p99 };
        const answers = await readAnswers(path, window, ctx);
        const known = rowsWhere(answers, (at) => answers.labels[at]! >= 0);
        const metrics = labelled === 0 ? null : await ctx.compute.quality(Uint8Array.from(known.labels), known.scores);
        const beside = await estimate(model, most.version, answers, folder, ctx);
        const quality = { ...qualityOf(limits, metrics, latency, beside.estimated), ...beside };
        ctx.log.info(
          metrics
            ? `ROC-AUC ${metrics.rocAuc ?? 'unknown'} on ${metrics.n} labelled rows, ${metrics.incorrect} predictions wrong`
            : 'no label has arrived',
          { failedChecks: quality.failedChecks, estimatedRocAuc: beside.estimated?.metrics.rocAuc.value ?? null },
        );
        return quality;
      }),
    );
  },
});
