import { join } from 'node:path';
import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { RekindleError } from '../core/errors.js';
import { datasetColumns, DatasetRef, TableRef, type DatasetSchema } from '../core/lifecycle/dataset.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { rowsPerWindow, trainingWindows, type EventWindow } from '../core/lifecycle/windows.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import { alive, HEARTBEAT } from './alive.js';
import type { ActivityContext } from './context.js';
import { seasonOf } from './event-times.js';
import { fetchTable, storeTable } from './stored-tables.js';

/** Stores data, schema and profile of one part of the table. */
const storeDataset = async (
  table: string,
  folder: string,
  part: 'training' | 'holdout',
  window: EventWindow,
  { spec: { data, problem, monitor } }: ResolvedModel,
  ctx: ActivityContext,
): Promise<DatasetRef> => {
  const path = join(folder, `${part}.parquet`);
  const columns = datasetColumns({ data, problem });
  const { rows } = await ctx.tables.snapshot({
    from: table,
    to: path,
    time: data.time,
    columns,
    since: window.from,
    until: window.to,
    required: problem.target,
    signal: ctx.signal,
  });
  if (rows === 0)
    throw new RekindleError('DATA_EMPTY', `No ${part} row with a '${problem.target}' from ${window.from} until ${window.to}.`, {
      ...window,
    });

  const ref: DatasetRef = {
    sha256: await storeTable(ctx.objects, path),
    rows,
    ...window,
    columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
  };
  const schema: DatasetSchema = {
    schema: 'rekindle/dataset/1',
    ...ref,
    time: data.time,
    target: problem.target,
    positive: problem.positive,
  };
  const features = await ctx.tables.read([path], data.features, { signal: ctx.signal });
  const season = await seasonOf(monitor, { path, time: data.time }, folder, ctx);
  const profile = await ctx.compute.profile(features, {
    ...window,
    chunkRows: rowsPerWindow(rows, window, monitor.every),
    ...(season ? { season: season.by, times: season.times } : {}),
  });
  const at = keys.dataset(ref.sha256);
  await ctx.objects.put(at.schema, JSON.stringify(schema), { contentType: 'application/json' });
  await ctx.objects.put(at.profile, JSON.stringify(profile), { contentType: 'application/json' });
  ctx.log.info(`${part}: ${rows} rows from ${window.from} until ${window.to}, ${ref.sha256}`);
  return ref;
};

export const load = task({
  id: 'load',
  doc: 'splits the table by time into stored training and holdout data sets, with their profiles',
  queue: TASK_QUEUES.data,
  timeout: '30 minutes',
  heartbeat: HEARTBEAT,
  retries: 3,
  input: z.object({ model: ResolvedModel, table: TableRef }),
  output: z.object({ training: DatasetRef, holdout: DatasetRef }),
  async run({ model, table }, ctx: ActivityContext) {
    const { from, holdoutFrom, until } = trainingWindows(model.spec.data.window, model.until);
    return ctx.scratch((folder) =>
      alive(ctx, async () => {
        const path = await fetchTable(ctx.objects, table.sha256, folder);
        const training = await storeDataset(path, folder, 'training', { from, to: holdoutFrom }, model, ctx);
        const holdout = await storeDataset(path, folder, 'holdout', { from: holdoutFrom, to: until }, model, ctx);
        return { training, holdout };
      }),
    );
  },
});
