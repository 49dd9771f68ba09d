import { join } from 'node:path';
import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { TableRef } from '../core/lifecycle/dataset.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { trainingWindows } from '../core/lifecycle/windows.js';
import { TASK_QUEUES } from '../core/names.js';
import { alive, HEARTBEAT } from './alive.js';
import type { ActivityContext } from './context.js';
import { storeTable } from './stored-tables.js';

/** Columns that are text to the model keep their spelling. */
const textColumns = ({ data, problem }: ResolvedModel['spec']): string[] => [
  problem.target,
  ...Object.keys(data.features).filter((name) => data.features[name] === 'category'),
];

export const extract = task({
  id: 'extract',
  doc: 'reads the rows of the training and holdout windows from the source',
  queue: TASK_QUEUES.data,
  timeout: '30 minutes',
  heartbeat: HEARTBEAT,
  retries: 3,
  input: z.object({ model: ResolvedModel }),
  output: TableRef,
  async run({ model: { spec, until } }, ctx: ActivityContext) {
    const { source, time, window } = spec.data;
    const { from } = trainingWindows(window, until);
    return ctx.scratch((folder) =>
      alive(ctx, async () => {
        const path = join(folder, 'raw.parquet');
        const { rows, columns, withoutTime } = await ctx.tables.extract(source, {
          time,
          from,
          to: until,
          path,
          text: textColumns(spec),
          signal: ctx.signal,
        });
        if (withoutTime > 0) ctx.log.warn(`${withoutTime} rows of ${source.uri} have no '${time}' and were left out`);
        ctx.log.info(`${rows} rows of ${source.uri} from ${from} until ${until}`);
        return { sha256: await storeTable(ctx.objects, path), rows, columns: [...columns] };
      }),
    );
  },
});
