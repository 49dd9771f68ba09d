import { z } from 'zod';
import { task } from '../core/dag/task.js';
import type { CategoryColumn, NumberColumn } from '../core/frame.js';
import { Quality, qualityOf } from '../core/lifecycle/monitoring.js';
import { TASK_QUEUES } from '../core/names.js';
import { alive, HEARTBEAT } from './alive.js';
import { CollectedWindow } from './collect-window.js';
import type { ActivityContext } from './context.js';
import { fetchTable } from './stored-tables.js';

const LATENCY = 'SELECT avg(latency_ms) AS mean, quantile_cont(latency_ms, 0.99) AS p99 FROM read_parquet($path)';

export const measureQuality = task({
  id: 'measureQuality',
  doc: 'measures how good the predictions were where their labels have arrived',
  queue: TASK_QUEUES.data,
  timeout: '10 minutes',
  heartbeat: HEARTBEAT,
  retries: 3,
  input: z.object({ window: CollectedWindow }),
  output: Quality,
  async run({ window: { spec, sha256, labelled } }, ctx: ActivityContext) {
    const limits = spec.monitor.quality;
    if (sha256 === null) return qualityOf(limits, null, null);
    return ctx.scratch((folder) =>
      alive(ctx, async () => {
        const path = await fetchTable(ctx.objects, sha256, folder);
        const [row] = (await ctx.tables.query(LATENCY, { path })) as { mean: number | null; p99: number | null }[];
        const latency = row?.mean == null || row.p99 == null ? null : { meanMs: row.mean, p99Ms: row.p99 };
        if (labelled === 0) return qualityOf(limits, null, latency);

        const known = await ctx.tables.read(
          [path],
          { score: 'number', label: 'category' },
          { where: 'label IS NOT NULL', signal: ctx.signal },
        );
        const { codes, categories } = known.columns['label'] as CategoryColumn;
        const positive = categories.indexOf(spec.problem.positive);
        const labels = Uint8Array.from(codes, (code) => (code === positive ? 1 : 0));
        const metrics = await ctx.compute.quality(labels, (known.columns['score'] as NumberColumn).values);
        const quality = qualityOf(limits, metrics, latency);
        ctx.log.info(`ROC-AUC ${metrics.rocAuc ?? 'unknown'} on ${metrics.n} labelled rows, ${metrics.incorrect} predictions wrong`, {
          failedChecks: quality.failedChecks,
        });
        return quality;
      }),
    );
  },
});
