import { z } from 'zod';
import { task } from '../core/dag/task.js';
import type { Frame } from '../core/frame.js';
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import type { EventWindow } from '../core/lifecycle/windows.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import { alikeRows, type AlikeRows } from './alike-versions.js';
import { alive, HEARTBEAT } from './alive.js';
import { CollectedWindow } from './collect-window.js';
import type { ActivityContext } from './context.js';
import { DriftOutcome, nothingToCompare, testAgainst, type Fresh } from './drift.js';
import { seasonOf } from './event-times.js';
import { fetchTable } from './stored-tables.js';

/** Features under their own names, of the rows that those versions answered. */
const readFresh = async (
  { path, folder, spec }: { readonly path: string; readonly folder: string; readonly spec: ModelSpec },
  { features, columns: named, where }: AlikeRows,
  ctx: ActivityContext,
): Promise<Fresh> => {
  const columns = Object.fromEntries(features.map(({ name, type }) => [named[name]!, type]));
  const frame = await ctx.tables.read([path], columns, { where, signal: ctx.signal });
  return {
    rows: { rows: frame.rows, columns: Object.fromEntries(features.map(({ name }) => [name, frame.columns[named[name]!]!])) },
    season: await seasonOf(spec.monitor, { path, time: 'event_time', where }, folder, ctx),
  };
};

/** Beside the rows: reports draw from it, and later windows could be compared with this one. */
const storeProfile = async (sha256: string, live: Frame, window: EventWindow, ctx: ActivityContext): Promise<void> => {
  const profile = await ctx.compute.profile(live, { ...window, chunkRows: Math.max(1, live.rows) });
  await ctx.objects.put(keys.dataset(sha256).profile, JSON.stringify(profile), { contentType: 'application/json' });
};

export const testWindow = task({
  id: 'testWindow',
  doc: "compares the window's features with what the version that answered most of it was trained on",
  queue: TASK_QUEUES.data,
  timeout: '10 minutes',
  heartbeat: HEARTBEAT,
  retries: 3,
  input: z.object({ window: CollectedWindow }),
  output: DriftOutcome,
  async run({ window }, ctx: ActivityContext) {
    const { model, spec, sha256, versions } = window;
    const version = versions[0]?.version;
    if (sha256 === null || version === undefined) return nothingToCompare('No predictions in the window.');
    return ctx.scratch((folder) =>
      alive(ctx, async () => {
        const path = await fetchTable(ctx.objects, sha256, folder);
        const live = await readFresh({ path, folder, spec }, await alikeRows(window, ctx), ctx);
        await storeProfile(sha256, live.rows, window.window, ctx);
        const outcome = await testAgainst(spec, version, live, keys.report(model, 'drift', window.window.to, 'json'), ctx);
        ctx.log.info(`${outcome.verdict} against the reference of ${version}`, { worst: outcome.worst });
        return outcome;
      }),
    );
  },
});
