import { join } from 'node:path';
import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { eventTime, eventTimeMs } from '../core/event-time.js';
import { labelDelayMs, ModelSpec } from '../core/lifecycle/model-spec.js';
import { lastWindow } from '../core/lifecycle/windows.js';
import { TASK_QUEUES } from '../core/names.js';
import { alive, HEARTBEAT } from './alive.js';
import { asOfRun } from './as-of.js';
import type { ActivityContext } from './context.js';
import { fetchLabels, fetchPredictions, untilFlushed } from './prediction-files.js';
import { storeTable } from './stored-tables.js';

export const CollectedWindow = z.object({
  model: z.string(),
  /** as the worker had loaded it when the run began */
  spec: ModelSpec,
  asOf: z.iso.datetime(),
  /** event times, half-open */
  window: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  rows: z.number().int(),
  /** rows whose label is due at asOf and has arrived */
  labelled: z.number().int(),
  /** labelled / rows; 0 without rows */
  coverage: z.number(),
  /** most rows first */
  versions: z.array(z.object({ version: z.string(), rows: z.number().int() })),
  /** address of the joined rows: the columns of a prediction file and `label`; null without rows */
  sha256: z.string().nullable(),
  /** what may be missing, in sentences */
  notes: z.array(z.string()),
});
export type CollectedWindow = z.infer<typeof CollectedWindow>;

const LABELS = `SELECT prediction_id, arg_max(label, (received_at, label)) AS label FROM read_parquet($labels)
  WHERE label IS NOT NULL GROUP BY prediction_id`;
const NO_LABELS = 'SELECT NULL::VARCHAR AS prediction_id, NULL::VARCHAR AS label WHERE false';

/** Each prediction once, with its latest label if that was due. The order is fixed: the same log gives the same address. */
const joinSql = (labels: string): string => `
  COPY (
    WITH predictions AS (
      SELECT * FROM read_parquet($predictions, union_by_name = true)
      WHERE event_time >= CAST($from AS TIMESTAMP) AND event_time < CAST($to AS TIMESTAMP)
      QUALIFY row_number() OVER (PARTITION BY prediction_id ORDER BY received_at, version) = 1
    ),
    labels AS (${labels})
    SELECT predictions.*, CASE WHEN event_time <= CAST($due AS TIMESTAMP) THEN labels.label END AS label
    FROM predictions LEFT JOIN labels USING (prediction_id)
    ORDER BY event_time, prediction_id
  ) TO $joined (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`;

export const collectWindow = task({
  id: 'collectWindow',
  doc: 'joins the predictions of the latest whole window with the labels that are due',
  queue: TASK_QUEUES.data,
  timeout: '30 minutes',
  heartbeat: HEARTBEAT,
  retries: 3,
  input: z.object({ model: z.string(), asOf: z.string().nullish() }),
  output: CollectedWindow,
  async run({ model, asOf: given }, ctx: ActivityContext) {
    const { spec } = ctx.modelSpec(model);
    return ctx.scratch((folder) =>
      alive(ctx, async () => {
        const asOf = await asOfRun(given, spec, ctx);
        const window = lastWindow(spec.monitor, asOf);
        const notes = await untilFlushed(model, ctx);
        for (const note of notes) ctx.log.warn(note);
        const empty = { model, spec, asOf, window, rows: 0, labelled: 0, coverage: 0, versions: [], sha256: null, notes };
        if ((await fetchPredictions(model, window, folder, ctx)) === 0) return empty;

        const hasLabels = (await fetchLabels(model, window, folder, ctx)) > 0;
        const joined = join(folder, 'window.parquet');
        const due = eventTime(eventTimeMs(asOf) - labelDelayMs(spec));
        const files = {
          predictions: join(folder, 'predictions', '*.parquet'),
          ...(hasLabels ? { labels: join(folder, 'labels', '*.parquet') } : {}),
        };
        await ctx.tables.query(joinSql(hasLabels ? LABELS : NO_LABELS), { ...files, ...window, due, joined }, { signal: ctx.signal });
        const versions = (await ctx.tables.query(
          'SELECT version, count(*) AS rows, count(label) AS labelled FROM read_parquet($joined) GROUP BY version ORDER BY rows DESC, version',
          { joined },
        )) as { version: string; rows: number; labelled: number }[];
        const rows = versions.reduce((sum, version) => sum + version.rows, 0);
        const labelled = versions.reduce((sum, version) => sum + version.labelled, 0);
        if (rows === 0) return empty;
        ctx.log.info(`${rows} predictions from ${window.from} until ${window.to}, ${labelled} with a label`);
        return {
          ...empty,
          rows,
          labelled,
          coverage: labelled / rows,
          versions: versions.map(({ version, rows: answered }) => ({ version, rows: answered })),
          sha256: await storeTable(ctx.objects, joined),
        };
      }),
    );
  },
});
