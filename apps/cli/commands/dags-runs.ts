/** `rekindle dags …`: runs: start one, see how it goes, read what its tasks logged. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { versionOfRun } from '../../../client/chosen-version.js';
import { listRuns, runState, startRun, storedState, taskLogs, type ListOptions, type TaskLogFile } from '../../../client/dags.js';
import type { DagRunState } from '../../../core/dag/run-state.js';
import { RekindleError } from '../../../core/errors.js';
import type { Json } from '../../../core/json.js';
import type { ObjectStore } from '../../../core/ports.js';
import { count, json, oneOf, time, untilTime } from '../arguments.js';
import { draw, withDrawOptions, type DrawOptions } from '../draw.js';
import { followRun } from '../follow-run.js';
import { painterFor } from '../graph/colours.js';
import { withState } from '../graph/live.js';
import { pictureOf } from '../graph/picture.js';
import { gridRows, gridText } from '../grid-text.js';
import { runDocument, runsTable, runText } from '../run-text.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { published } from './dags-published.js';

interface TriggerOptions {
  readonly params?: Json;
  readonly runId?: string;
  readonly logicalDate?: string;
  readonly dagVersion?: string;
  readonly note?: string;
  readonly wait?: true;
}

const trigger = async (session: Session, id: string, options: TriggerOptions): Promise<number> => {
  const { params, runId, wait, logicalDate, dagVersion: version, note } = options;
  const objects = session.objects();
  const client = await session.client();
  await published(objects, id);
  const said = Object.entries({ logicalDate, version, note }).filter(([, value]) => value !== undefined);
  const run = await startRun(client, id, params ?? {}, {
    ...(runId === undefined ? {} : { runId }),
    ...(said.length === 0 ? {} : { input: Object.fromEntries(said) }),
  });
  const { ui, namespace } = session.config.temporal;
  if (ui !== undefined) session.say(`${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(run)}`);
  if (!wait) {
    session.print({ dag: id, runId: run }, run);
    return 0;
  }
  const state = await followRun(client, objects, run, (line) => session.say(line));
  session.print(runDocument(state), () => runText(state, { paint: painterFor(process.stdout) }));
  return state.state === 'success' ? 0 : 1;
};

const runs = async (session: Session, id: string | undefined, options: ListOptions): Promise<void> => {
  const { dag = id, limit = 20, state, kind, since, until } = options;
  const found = await listRuns(await session.client(), { dag, limit, state, kind, since, until });
  session.print(found, () => runsTable(found));
};

interface StateOptions extends DrawOptions {
  readonly watch?: true;
  readonly all?: true;
}

const state = async (session: Session, runId: string, { watch, all, ...options }: StateOptions): Promise<number> => {
  const objects = session.objects();
  const client = await session.client();
  const found =
    watch && (await runState(client, objects, runId, { outputs: false })).state === 'running'
      ? await followRun(client, objects, runId, (line) => session.say(line))
      : await runState(client, objects, runId);
  await draw(session, options, {
    document: found,
    picture: async () => withState(pictureOf((await versionOfRun(objects, found)).spec), found),
    tree: (paint) => runText(found, { paint, all: all === true }),
    graph: (graph) => `${found.dag}  ${found.runId}  ${found.state}\n${graph}`,
  });
  return watch && found.state === 'failed' ? 1 : 0;
};

/** An ended run is what it left behind: nobody need be asked. */
const stateOf = async (session: Session, dag: string, runId: string): Promise<DagRunState | undefined> => {
  const objects = session.objects();
  const stored = await storedState(objects, runId, dag);
  if (stored) return stored;
  return runState(await session.client(), objects, runId, { outputs: false }).catch(() => undefined);
};

interface GridOptions extends Pick<ListOptions, 'since' | 'until' | 'kind'> {
  readonly runs: number;
}

const grid = async (session: Session, id: string, { runs: limit, ...filters }: GridOptions): Promise<void> => {
  const { spec } = await published(session.objects(), id);
  const listed = await listRuns(await session.client(), { dag: id, limit, ...filters });
  const found = (await Promise.all(listed.map(({ runId }) => stateOf(session, id, runId)))).filter((one) => one !== undefined);
  const ordered = found.sort((a, b) => (a.run.logicalDate < b.run.logicalDate ? -1 : 1));
  const picture = pictureOf(spec);
  const document = {
    dag: id,
    runs: ordered.map(({ runId, state: ended, run }) => ({ runId, state: ended, logicalDate: run.logicalDate, kind: run.kind })),
    tasks: gridRows(picture, ordered),
  };
  session.print(document, () => gridText(picture, ordered, painterFor(process.stdout)));
};

interface LogsOptions {
  readonly try?: number;
  readonly follow?: true;
}

const textOf = async (objects: ObjectStore, { key }: TaskLogFile): Promise<string> =>
  new TextDecoder().decode((await objects.get(key)).body);

const heading = ({ task, attempt }: TaskLogFile): string => `── ${task}, try ${attempt}`;

/** A worker writes down what is logged every few seconds: asking more often shows nothing sooner. */
const FOLLOW_MS = 1_000;

/** Says what is new, until the run has ended and all is said. */
const followLogs = async (session: Session, runId: string, isWanted: (log: TaskLogFile) => boolean): Promise<void> => {
  const objects = session.objects();
  const client = await session.client();
  const seen = new Map<string, { etag: string; chars: number }>();
  let last = '';
  for (let isOver = false; ;) {
    for (const log of (await taskLogs(objects, runId)).filter(isWanted)) {
      const known = seen.get(log.key);
      if (known?.etag === log.etag) continue;
      const text = await textOf(objects, log);
      seen.set(log.key, { etag: log.etag, chars: text.length });
      const news = text.slice(known?.chars ?? 0).trimEnd();
      if (news === '') continue;
      if (session.json) process.stdout.write(`${JSON.stringify({ task: log.task, attempt: log.attempt, text: news })}\n`);
      else process.stdout.write(`${last === log.key ? '' : `${heading(log)}\n`}${news}\n`);
      last = log.key;
    }
    if (isOver) return;
    const { state: now } = await runState(client, objects, runId, { outputs: false });
    isOver = now !== 'running'; // once more: what was written last
    if (!isOver) await sleep(FOLLOW_MS);
  }
};

const logs = async (session: Session, runId: string, task: string | undefined, { try: attempt, follow }: LogsOptions): Promise<void> => {
  const objects = session.objects();
  const isWanted = (log: TaskLogFile): boolean =>
    (task === undefined || log.task === task) && (attempt === undefined || log.attempt === attempt);
  if (follow) return followLogs(session, runId, isWanted);
  const wanted = (await taskLogs(objects, runId)).filter(isWanted);
  if (wanted.length === 0) {
    const what = task === undefined ? `run '${runId}'` : `task '${task}' of run '${runId}'`;
    throw new RekindleError('OBJECT_NOT_FOUND', `There is no log of ${what}.`, { runId, ...(task === undefined ? {} : { task }) });
  }
  const texts = await Promise.all(wanted.map(async (log) => ({ log, text: await textOf(objects, log) })));
  session.print(
    texts.map(({ log: { task: of, attempt: tried }, text }) => ({ task: of, attempt: tried, text })),
    () => texts.map(({ log, text }) => `${heading(log)}\n${text.trimEnd()}`).join('\n'),
  );
};

const KINDS = ['manual', 'scheduled', 'backfill', 'triggered'] as const;

export const registerRuns = (dags: Command): void => {
  const command = (usage: string, description: string): Command => withCommonOptions(dags.command(usage).description(description));
  const filtered = (to: Command): Command =>
    to
      .option('--since <time>', 'logical dates from (ISO 8601)', time)
      .option('--until <time>', 'logical dates up to (ISO 8601); a day is meant whole', untilTime)
      .option('--kind <kind>', KINDS.join(', '), oneOf(...KINDS));

  command('trigger <id>', 'start a run; with --wait exit 1 if it fails')
    .option('--params <json>', 'params of the run, or @file', json)
    .option('--run-id <id>', 'an id of your own: the same id starts no second run')
    .option('--logical-date <time>', 'the time that the run is for (ISO 8601); default: now', time)
    .option('--dag-version <hash>', 'a published version of the DAG; default: what the workers have loaded')
    .option('--note <text>', 'a note that the run begins with')
    .option('--wait', 'follow the run to its end')
    .addHelpText(
      'after',
      `\nExamples:\n  rekindle dags trigger nightly --params '{"model":"electricity"}' --wait\n  rekindle dags trigger nightly --params @params.json --logical-date 2026-01-31`,
    )
    .action(action(trigger));
  filtered(command('runs [id]', 'runs, newest first'))
    .option('--dag <id>', 'of one DAG only')
    .option('--state <state>', 'running, success, failed', oneOf('running', 'success', 'failed'))
    .option('--limit <n>', 'how many', count, 20)
    .addHelpText(
      'after',
      '\nExamples:\n  rekindle dags runs nightly --state failed --since 2026-01-01\n  rekindle dags runs --kind backfill',
    )
    .action(action(runs));
  filtered(command('grid <id>', 'the newest runs of a DAG side by side, task by task'))
    .option('--runs <n>', 'how many', count, 25)
    .action(action(grid));
  withDrawOptions(command('state <run>', 'how a run is: every task, what it waits for, why it failed'))
    .option('--watch', 'follow it to its end; then exit 1 if it failed')
    .option('--all', 'every item of every map, and the arms that were not taken')
    .addHelpText(
      'after',
      '\nExamples:\n  rekindle dags state nightly-2026-01-31T03:00:00Z --watch\n  rekindle dags state nightly-2026-01-31T03:00:00Z --format svg --output run.svg',
    )
    .action(action(state));
  command('logs <run> [task]', 'what the tasks of a run logged')
    .option('--try <n>', 'one try only', count)
    .option('--follow', 'go on until the run has ended')
    .addHelpText(
      'after',
      '\nExamples:\n  rekindle dags logs nightly-2026-01-31T03:00:00Z extract --try 2\n  rekindle dags logs nightly-2026-01-31T03:00:00Z --follow',
    )
    .action(action(logs));
};
