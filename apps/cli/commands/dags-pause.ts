/** `rekindle dags pause` and `unpause`: whether a DAG runs by itself. */
import type { Command } from 'commander';
import { pauseAssets, unpauseAssets } from '../../../client/assets.js';
import { pauseDag, unpauseDag } from '../../../client/catch-up.js';
import { byClock } from '../../../core/dag/schedule.js';
import { RekindleError } from '../../../core/errors.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { published } from './dags-published.js';

const unscheduled = (dag: string): RekindleError =>
  new RekindleError('SCHEDULE_NOT_FOUND', `DAG '${dag}' has no schedule: it runs only when somebody starts it.`, { dag });

interface PauseOptions {
  readonly reason: string;
}

const pause = async (session: Session, id: string, { reason }: PauseOptions): Promise<void> => {
  const { schedule } = (await published(session.objects(), id)).spec;
  if (!schedule) throw unscheduled(id);
  const client = await session.client();
  if (schedule.kind === 'assets') await pauseAssets(client, id, reason);
  const since = byClock(schedule) ? await pauseDag(client, id, reason) : new Date().toISOString();
  session.print({ dag: id, paused: true, since, reason }, `'${id}' is paused since ${since}; runs under way go on.`);
};

const unpause = async (session: Session, id: string): Promise<void> => {
  const { spec } = await published(session.objects(), id);
  if (!spec.schedule) throw unscheduled(id);
  const client = await session.client();
  if (spec.schedule.kind === 'assets') await unpauseAssets(client, id);
  const backfill = byClock(spec.schedule) ? await unpauseDag(client, spec) : undefined;
  session.print({ dag: id, paused: false, backfill: backfill ?? null }, () =>
    backfill === undefined ? `'${id}' runs by itself again.` : `'${id}' runs by itself again, and makes up for what it missed: ${backfill}`,
  );
};

export const registerPause = (dags: Command): void => {
  const command = (usage: string, description: string): Command => withCommonOptions(dags.command(usage).description(description));
  command('pause <id>', 'start no runs of a DAG until it is unpaused, not even after a sync')
    .option('--reason <text>', 'kept with the schedule', 'by hand')
    .action(action(pause));
  command('unpause <id>', 'let a DAG run by itself again; one with `catchup` makes up for what it missed').action(action(unpause));
};
