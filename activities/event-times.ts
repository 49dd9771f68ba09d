/** When each row happened: what a reference by season is looked up by. */
import { join } from 'node:path';
import type { SeasonSettings } from '../core/drift/seasonal-reference.js';
import type { NumberColumn } from '../core/frame.js';
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import type { ActivityContext } from './context.js';

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * @param path Parquet whose column `time` is a TIMESTAMP in UTC
 * @param where the rows wanted, as SQL
 * @returns milliseconds since 1970, in the order of the file; undefined for a model without a season
 */
export const seasonOf = async (
  { drift: { season } }: Pick<ModelSpec['monitor'], 'drift'>,
  { path, time, where = 'true' }: { readonly path: string; readonly time: string; readonly where?: string },
  folder: string,
  ctx: ActivityContext,
): Promise<SeasonSettings | undefined> => {
  if (season === undefined) return undefined;
  const times = join(folder, 'event-times.parquet');
  const sql = `COPY (SELECT epoch_ms(${quoted(time)})::DOUBLE AS ms FROM read_parquet($path) WHERE ${where}) TO $times (FORMAT parquet)`;
  await ctx.tables.query(sql, { path, times }, { signal: ctx.signal });
  const { columns } = await ctx.tables.read([times], { ms: 'number' }, { signal: ctx.signal });
  return { by: season, times: (columns['ms'] as NumberColumn).values };
};
