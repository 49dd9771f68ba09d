import { join } from 'node:path';
import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { isRekindleError, RekindleError } from '../core/errors.js';
import { datasetColumns, TableRef } from '../core/lifecycle/dataset.js';
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { trainingWindows } from '../core/lifecycle/windows.js';
import { TASK_QUEUES } from '../core/names.js';
import { alive, HEARTBEAT } from './alive.js';
import type { ActivityContext } from './context.js';
import { fetchTable, storeTable } from './stored-tables.js';

/** A bad value that came through the transform unchanged is found in the source, where it can be repaired. */
const placeInSource = async (error: unknown, { data }: ModelSpec, ctx: ActivityContext): Promise<unknown> => {
  if (!isRekindleError(error) || error.code !== 'COLUMN_TYPE_INVALID') return error;
  const { column, value } = error.details as { column: string; value: string };
  const line = await ctx.tables.lineOf(data.source, column, value).catch(() => undefined);
  if (line === undefined) return error;
  const place = `Source '${data.source.uri}', ${data.source.kind === 'parquet' ? 'row' : 'line'} ${line}`;
  return new RekindleError(
    'COLUMN_TYPE_INVALID',
    `${place}: ${error.message}`,
    { ...error.details, source: data.source.uri, line },
    { cause: error },
  );
};

/** @throws TARGET_ONE_CLASS COLUMN_TYPE_INVALID if the training rows do not show exactly two classes, the positive one among them */
const checkClasses = async (path: string, { data, problem }: ModelSpec, before: string, ctx: ActivityContext): Promise<void> => {
  const classes = await ctx.tables.classes(path, { time: data.time, target: problem.target, before });
  const seen = classes.map(({ name, rows }) => `'${name}' (${rows} rows)`).join(', ') || 'none';
  const details = { column: problem.target, classes };
  const place = `Training rows before ${before}, target '${problem.target}'`;
  if (classes.length < 2) throw new RekindleError('TARGET_ONE_CLASS', `${place} has one class only: ${seen}.`, details);
  if (!classes.some(({ name }) => name === problem.positive))
    throw new RekindleError('TARGET_ONE_CLASS', `${place} never has the positive class '${problem.positive}', only: ${seen}.`, details);
  if (classes.length > 2)
    throw new RekindleError('COLUMN_TYPE_INVALID', `${place} has ${classes.length} classes where the problem has two: ${seen}.`, details);
};

/** The output of the model's SQL, stored; the raw table itself when the model has none. */
const applySql = async (raw: TableRef, from: string, model: ResolvedModel, folder: string, ctx: ActivityContext) => {
  const { spec, asOf, until } = model;
  const { transform: sqlFile, window } = spec.data;
  if (sqlFile === undefined) return { ref: raw, path: from, name: `Source '${spec.data.source.uri}'` };
  const path = join(folder, 'transformed.parquet');
  const { rows, columns } = await ctx.tables.transform(await ctx.projectFile(sqlFile), {
    from,
    to: path,
    variables: { as_of: asOf, until, holdout_from: trainingWindows(window, until).holdoutFrom },
    signal: ctx.signal,
  });
  ctx.log.info(`${sqlFile}: ${raw.rows} rows in, ${rows} rows out`);
  return { ref: { sha256: await storeTable(ctx.objects, path), rows, columns: [...columns] }, path, name: `The output of ${sqlFile}` };
};

export const transform = task({
  id: 'transform',
  doc: "applies the model's SQL and checks that every feature and the target came out of it",
  queue: TASK_QUEUES.data,
  timeout: '30 minutes',
  heartbeat: HEARTBEAT,
  retries: 3,
  input: z.object({ model: ResolvedModel, raw: TableRef }),
  output: TableRef,
  async run({ model, raw }, ctx: ActivityContext) {
    const { spec, until } = model;
    return ctx.scratch((folder) =>
      alive(ctx, async () => {
        const from = await fetchTable(ctx.objects, raw.sha256, folder);
        const { ref, path, name } = await applySql(raw, from, model, folder, ctx);
        try {
          await ctx.tables.check(path, { time: spec.data.time, columns: datasetColumns(spec), table: name, signal: ctx.signal });
        } catch (error) {
          throw await placeInSource(error, spec, ctx);
        }
        await checkClasses(path, spec, trainingWindows(spec.data.window, until).holdoutFrom, ctx);
        return ref;
      }),
    );
  },
});
