/** `rekindle dags backfill`: runs a DAG for the dates of a range. */
import type { Command } from 'commander';
import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  backfillDates,
  backfillEnded,
  backfillProgress,
  cancelBackfill,
  runningBackfills,
  startBackfill,
  type BackfillDate,
  type BackfillProgress,
  type BackfillRequest,
} from '../../../client/backfill.js';
import { RekindleError } from '../../../core/errors.js';
import type { Json } from '../../../core/json.js';
import { count, json, oneOf, time, untilTime } from '../arguments.js';
import { table } from '../output.js';
import { openScreen } from '../screen.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { published } from './dags-published.js';

const POLL_MS = 500;
/** Rows of a dry run that a terminal shows; `--json` has all. */
const SHOWN = 50;

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly params?: Json;
  readonly concurrency?: number;
  readonly order?: NonNullable<BackfillRequest['order']>;
  readonly reprocess?: NonNullable<BackfillRequest['reprocess']>;
  readonly dryRun?: true;
  readonly wait?: true;
  readonly progress?: true;
  readonly cancel?: true;
}

const plural = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

const progressText = ({ total, succeeded, failed, skipped, running, failures, state }: BackfillProgress): string => {
  const line = `${succeeded + failed + skipped} of ${plural(total, 'date')} ${state === 'running' ? 'so far' : state}: ${succeeded} succeeded, ${failed} failed, ${skipped} left alone`;
  const named = failures.map((id) => `  failed   ${id}`);
  const more = failed > failures.length ? [`  … and ${failed - failures.length} more`] : [];
  return [line, ...running.map((id) => `  running  ${id}`), ...named, ...more].join('\n');
};

const datesText = (dates: readonly BackfillDate[]): string => {
  const runs = dates.filter((date) => date.action === 'run').length;
  const rows = dates.slice(0, SHOWN).map(({ logicalDate, action: does, found, runId }) => [logicalDate, does, found ?? '-', runId]);
  const more = dates.length > SHOWN ? [`… and ${dates.length - SHOWN} more`] : [];
  return [
    table(['LOGICAL DATE', 'ACTION', 'LAST RUN', 'RUN'], rows),
    ...more,
    `${plural(runs, 'run')} would start, ${plural(dates.length - runs, 'date')} would be left alone.`,
  ].join('\n');
};

const dryRun = async (session: Session, client: Client, request: BackfillRequest): Promise<void> => {
  const dates: BackfillDate[] = [];
  for await (const date of backfillDates(client, session.objects(), request)) dates.push(date);
  session.print({ dag: request.dag, from: request.from, to: request.to, dates }, () => datesText(dates));
};

/** In a terminal the lines are drawn again; elsewhere there is one whenever something has ended. */
const follow = async (session: Session, client: Client, id: string): Promise<BackfillProgress> => {
  const screen = openScreen(process.stderr);
  let told = '';
  const tell = (progress: BackfillProgress): void => {
    if (process.stderr.isTTY) return screen.draw(progressText(progress).split('\n'));
    const [line = ''] = progressText(progress).split('\n');
    if (line !== told) session.say(`  ${line}`);
    told = line;
  };
  let ended = false;
  const end = backfillEnded(client, id).finally(() => (ended = true));
  end.catch(() => undefined); // told below, when it is awaited
  while (!ended) {
    await Promise.race([end, sleep(POLL_MS)]);
    // a worker that is busy or not yet there cannot answer: the next question may be
    if (!ended) await backfillProgress(client, id).then(tell, () => undefined);
  }
  screen.clear();
  return end;
};

/** Of those that are under way, what `work` makes of each. */
const eachRunning = async (
  session: Session,
  dag: string,
  work: (client: Client, id: string) => Promise<{ document: object; text: string }>,
): Promise<void> => {
  const client = await session.client();
  const ids = await runningBackfills(client, dag);
  const told = await Promise.all(ids.map((id) => work(client, id)));
  session.print(
    told.map(({ document }) => document),
    () => (told.length === 0 ? `No backfill of '${dag}' is under way.` : told.map(({ text }) => text).join('\n')),
  );
};

const showProgress = (session: Session, dag: string): Promise<void> =>
  eachRunning(session, dag, async (client, id) => {
    const progress = await backfillProgress(client, id);
    return { document: { id, ...progress }, text: `${id}\n  ${progressText(progress).replaceAll('\n', '\n  ')}` };
  });

const cancel = (session: Session, dag: string): Promise<void> =>
  eachRunning(session, dag, async (client, id) => {
    await cancelBackfill(client, id);
    return { document: { id, cancelled: true }, text: `${id} is cancelled, and the runs that it had under way.` };
  });

const backfill = async (session: Session, dag: string, options: Options): Promise<number> => {
  if (options.cancel) return (await cancel(session, dag), 0);
  if (options.progress) return (await showProgress(session, dag), 0);
  const { from, to, params, concurrency, order, reprocess } = options;
  if (from === undefined || to === undefined) throw new RekindleError('USAGE', 'A backfill needs --from and --to.');
  await published(session.objects(), dag);
  const request: BackfillRequest = {
    ...{ dag, from, to },
    ...(params === undefined ? {} : { params }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(order === undefined ? {} : { order }),
    ...(reprocess === undefined ? {} : { reprocess }),
  };
  const client = await session.client();
  if (options.dryRun) return (await dryRun(session, client, request), 0);
  const id = await startBackfill(client, session.objects(), request);
  if (!options.wait) {
    session.print({ dag, id }, id);
    return 0;
  }
  session.say(id);
  const progress = await follow(session, client, id);
  session.print({ id, ...progress }, () => progressText(progress));
  return progress.state === 'done' && progress.failed === 0 ? 0 : 1;
};

export const registerBackfill = (dags: Command): void => {
  withCommonOptions(dags.command('backfill <id>').description('run a DAG for the dates of a range; with --wait exit 1 if a run fails'))
    .option('--from <time>', 'first date of the range (ISO 8601)', time)
    .option('--to <time>', 'last date of the range; a day without a time is the whole day', untilTime)
    .option('--params <json>', 'params of every run, or @file', json)
    .option('--concurrency <n>', 'runs at a time (default: as many as the DAG may have active, at most 16)', count)
    .option('--order <order>', 'asc: the oldest first (default), desc: the newest', oneOf('asc', 'desc'))
    .option('--reprocess <what>', 'dates that have a run: none of them (default), failed, all', oneOf('none', 'failed', 'all'))
    .option('--dry-run', 'say what would be started, and start nothing')
    .option('--wait', 'follow it to its end')
    .option('--progress', 'say how far the backfills of the DAG are that are under way')
    .option('--cancel', 'cancel the backfills of the DAG that are under way, and their runs')
    .addHelpText(
      'after',
      '\nExamples:\n  rekindle dags backfill nightly --from 2026-01-01 --to 2026-01-31 --dry-run\n  rekindle dags backfill nightly --from 2026-01-01 --to 2026-01-31 --concurrency 4 --reprocess failed --wait',
    )
    .action(action(backfill));
};
