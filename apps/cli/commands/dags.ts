/** `rekindle dags …`: what can run, what ran, and how it went. */
import { InvalidArgumentError, type Command } from 'commander';
import { listRuns, runState, startRun, taskLogs } from '../../../client/dags.js';
import { publishedDag, publishedDagIds } from '../../../client/publish.js';
import { RekindleError } from '../../../core/errors.js';
import type { Json } from '../../../core/json.js';
import type { ObjectStore } from '../../../core/ports.js';
import { followRun } from '../follow-run.js';
import { runDocument, runsTable, runText } from '../run-text.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { dagText, listTable } from './dags-text.js';
import { testDagCommand } from './dags-test.js';

const json = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new InvalidArgumentError(`It is no JSON: ${(error as Error).message}.`);
  }
};

const count = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Write a number from 1 up.');
  return Number(text);
};

/** A run of a DAG that no worker knows would fail only after it began: say so before. */
const published = async (objects: ObjectStore, id: string): Promise<NonNullable<Awaited<ReturnType<typeof publishedDag>>>> => {
  const dag = await publishedDag(objects, id);
  if (!dag)
    throw new RekindleError('DAG_NOT_FOUND', `No DAG '${id}' is published; \`rekindle sync\` publishes those of a project.`, { dag: id });
  return dag;
};

const list = async (session: Session): Promise<void> => {
  const objects = session.objects();
  const dags = await Promise.all((await publishedDagIds(objects)).map((id) => published(objects, id)));
  session.print(
    dags.map(({ id, spec, current }) => ({ id, doc: spec.doc ?? null, schedule: spec.schedule ?? null, ...current })),
    () => listTable(dags),
  );
};

const show = async (session: Session, id: string): Promise<void> => {
  const dag = await published(session.objects(), id);
  session.print(dag, () => dagText(dag));
};

interface TriggerOptions {
  readonly params?: Json;
  readonly runId?: string;
  readonly wait?: true;
}

const trigger = async (session: Session, id: string, { params, runId, wait }: TriggerOptions): Promise<number> => {
  const objects = session.objects();
  const client = await session.client();
  await published(objects, id);
  const run = await startRun(client, id, params ?? {}, runId === undefined ? {} : { runId });
  const { ui, namespace } = session.config.temporal;
  if (ui !== undefined) session.say(`${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(run)}`);
  if (!wait) {
    session.print({ dag: id, runId: run }, run);
    return 0;
  }
  const state = await followRun(client, objects, run, (line) => session.say(line));
  session.print(runDocument(state), () => runText(state));
  return state.state === 'success' ? 0 : 1;
};

interface RunsOptions {
  readonly dag?: string;
  readonly limit: number;
}

const runs = async (session: Session, { dag, limit }: RunsOptions): Promise<void> => {
  const found = await listRuns(await session.client(), { dag, limit });
  session.print(found, () => runsTable(found));
};

const state = async (session: Session, runId: string): Promise<void> => {
  const found = await runState(await session.client(), session.objects(), runId);
  session.print(found, () => runText(found));
};

interface LogsOptions {
  readonly try?: number;
}

const logs = async (session: Session, runId: string, task: string | undefined, { try: attempt }: LogsOptions): Promise<void> => {
  const objects = session.objects();
  const wanted = (await taskLogs(objects, runId)).filter(
    (log) => (task === undefined || log.task === task) && (attempt === undefined || log.attempt === attempt),
  );
  if (wanted.length === 0) {
    const what = task === undefined ? `run '${runId}'` : `task '${task}' of run '${runId}'`;
    throw new RekindleError('OBJECT_NOT_FOUND', `There is no log of ${what}.`, { runId, ...(task === undefined ? {} : { task }) });
  }
  const texts = await Promise.all(
    wanted.map(async ({ key, ...log }) => ({ ...log, text: new TextDecoder().decode((await objects.get(key)).body) })),
  );
  session.print(texts, () => texts.map(({ task: of, attempt: n, text }) => `── ${of}, try ${n}\n${text.trimEnd()}`).join('\n'));
};

export const registerDags = (program: Command): void => {
  const dags = program.command('dags').description('DAGs and their runs');
  withCommonOptions(dags.command('list')).description('published DAGs').action(action(list));
  withCommonOptions(dags.command('show <id>')).description('tasks, edges and schedule of a DAG').action(action(show));
  withCommonOptions(dags.command('trigger <id>'))
    .description('start a run; with --wait exit 1 if it fails')
    .option('--params <json>', 'params of the run', json)
    .option('--run-id <id>', 'an id of your own: the same id starts no second run')
    .option('--wait', 'follow the run to its end')
    .action(action(trigger));
  withCommonOptions(dags.command('test <id>'))
    .description('run a DAG of the project in this process, without a server; exit 1 if it fails')
    .option('--params <json>', 'params of the run', json)
    .action(action(testDagCommand));
  withCommonOptions(dags.command('runs'))
    .description('runs, newest first')
    .option('--dag <id>', 'of one DAG only')
    .option('--limit <n>', 'how many', count, 20)
    .action(action(runs));
  withCommonOptions(dags.command('state <run>')).description('every task of a run').action(action(state));
  withCommonOptions(dags.command('logs <run> [task]'))
    .description('what the tasks of a run logged')
    .option('--try <n>', 'one try only', count)
    .action(action(logs));
};
