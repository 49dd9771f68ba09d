/** `rekindle dags clear` and `retry`: what has ended is run again, in a new run that keeps the other results. */
import type { Command } from 'commander';
import {
  clearMany,
  isWorthwhile,
  planBulk,
  planRunClear,
  startCleared,
  type ClearRequest,
  type PlannedClear,
} from '../../../client/clear.js';
import { RekindleError } from '../../../core/errors.js';
import { count, oneOf, time, untilTime } from '../arguments.js';
import { confirm } from '../confirm.js';
import { followRun } from '../follow-run.js';
import { runDocument, runText } from '../run-text.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { bulkText, clearDocument, clearText, resultsText } from './dags-clear-text.js';

interface StartOptions {
  readonly dagVersion?: string;
  readonly note?: string;
  readonly dryRun?: true;
  readonly wait?: true;
  readonly yes?: true;
}

interface ClearOptions extends StartOptions {
  readonly failed?: true;
  readonly all?: true;
  readonly downstream: boolean;
  readonly upstream?: true;
  readonly dag?: string;
  readonly state?: 'success' | 'failed';
  readonly since?: string;
  readonly until?: string;
  readonly task?: readonly string[];
  readonly atATime: number;
}

/** @returns exit code */
const start = async (session: Session, planned: PlannedClear, { dryRun, wait }: StartOptions): Promise<number> => {
  if (dryRun) {
    session.print({ dryRun: true, ...clearDocument(planned) }, () => clearText(planned));
    return 0;
  }
  const client = await session.client();
  const runId = await startCleared(client, session.objects(), planned);
  const document = clearDocument({ ...planned, newRunId: runId });
  if (!wait) {
    session.print(document, () => clearText({ ...planned, newRunId: runId }));
    return 0;
  }
  session.say(clearText({ ...planned, newRunId: runId }));
  const state = await followRun(client, session.objects(), runId, (line) => session.say(line));
  session.print({ ...document, ...runDocument(state) }, () => runText(state));
  return state.state === 'success' ? 0 : 1;
};

const clearOne = async (session: Session, runId: string, request: ClearRequest, options: StartOptions): Promise<number> => {
  const planned = await planRunClear(await session.client(), session.objects(), runId, request);
  if (!isWorthwhile(planned)) {
    session.print({ ...clearDocument(planned), runId: null }, 'Nothing in this run is to be cleared.');
    return 0;
  }
  const undone = planned.again.filter(({ reason }) => reason === 'undone').map(({ instance }) => instance);
  if (undone.length > 0 && !options.dryRun) {
    session.say(clearText(planned));
    await confirm(`What ${undone.join(', ')} did was undone, so it is done again. Go on?`, options);
  }
  return start(session, planned, options);
};

const clearAll = async (session: Session, dag: string, request: ClearRequest, options: ClearOptions): Promise<number> => {
  const { state = 'failed', since, until, atATime, dryRun } = options;
  const client = await session.client();
  const plan = await planBulk(client, session.objects(), { ...request, dag, state, since, until });
  const document = { dag, passedOver: plan.passedOver };
  if (dryRun || plan.runs.length === 0) {
    session.print({ ...(dryRun ? { dryRun } : {}), ...document, runs: plan.runs.map(clearDocument) }, () => bulkText(plan));
    return 0;
  }
  session.say(bulkText(plan));
  await confirm(`Clear ${plan.runs.length} runs of '${dag}'?`, options);
  let over = 0;
  const results = await clearMany(client, session.objects(), plan.runs, {
    atATime,
    onChange: ({ runId, state: now }) => {
      if (now === 'running') return session.say(`▸ ${runId}`);
      session.say(`${now === 'success' ? '✔' : '✖'} ${runId} (${now}; ${++over} of ${plan.runs.length})`);
    },
  });
  session.print({ ...document, runs: results }, () => resultsText(results));
  return results.every((result) => result.state === 'success') ? 0 : 1;
};

const clear = async (session: Session, runId: string | undefined, names: readonly string[], options: ClearOptions): Promise<number> => {
  const { failed, all, downstream, upstream, dag, dagVersion: version, note, task = [] } = options;
  const tasks = [...names, ...task];
  const chosen = { tasks, ...(failed ? { failed } : {}), ...(all ? { all } : {}) };
  const request = { ...chosen, downstream, upstream: upstream === true, version, note };
  if ((runId === undefined) === (dag === undefined))
    throw new RekindleError('USAGE', 'Name a run, or with --dag the DAG whose runs to clear.');
  const isNothing = tasks.length === 0 && !failed && !all;
  if (dag !== undefined) return clearAll(session, dag, isNothing ? { ...request, failed: true } : request, options);
  if (isNothing) throw new RekindleError('USAGE', 'Say what to clear: tasks, --failed, or --all.');
  return clearOne(session, runId!, request, options);
};

const retry = async (session: Session, runId: string, options: StartOptions): Promise<number> => {
  const { dagVersion: version, note } = options;
  const request = { all: true, version, note };
  return start(session, await planRunClear(await session.client(), session.objects(), runId, request), options);
};

const withStartOptions = (command: Command): Command =>
  withCommonOptions(command)
    .option('--dag-version <which>', '`now` (default), `then`, or the hash of a published version')
    .option('--note <text>', 'a note that the new run begins with')
    .option('--dry-run', 'only say what would be done')
    .option('--wait', 'follow the new run to its end; exit 1 if it fails');

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export const registerClear = (dags: Command): void => {
  withStartOptions(dags.command('clear'))
    .argument('[run]')
    .argument('[tasks...]', 'task instances, ids of tasks, groups and maps, items as `scores[3]`')
    .description('run tasks of an ended run again, with all that is downstream; a new run keeps the other results')
    .option('--failed', 'everything that failed')
    .option('--all', 'everything')
    .option('--downstream', 'and what is downstream (default)', true)
    .option('--no-downstream', 'leave alone what is downstream')
    .option('--upstream', 'and what is upstream')
    .option('--yes', 'do not ask')
    .option('--dag <id>', 'many runs of a DAG: its failed ones, or those that --state, --since and --until choose')
    .option('--state <state>', 'success, failed', oneOf('success', 'failed'))
    .option('--since <time>', 'logical dates from (ISO 8601)', time)
    .option('--until <time>', 'logical dates up to (ISO 8601); a day is meant whole', untilTime)
    .option('--task <name>', 'of each run; may be given several times; default: what failed', collect)
    .option('--at-a-time <n>', 'of many runs, how many go on at once', count, 4)
    .addHelpText(
      'after',
      `
Examples:
  rekindle dags clear nightly-2026-01-31T03:00:00Z load --dry-run
  rekindle dags clear nightly-2026-01-31T03:00:00Z 'scores[3]' --wait
  rekindle dags clear nightly-2026-01-31T03:00:00Z --failed --dag-version then
  rekindle dags clear --dag nightly --state failed --since 2026-01-01 --until 2026-01-31 --yes`,
    )
    .action(action(clear));
  withStartOptions(dags.command('retry <run>'))
    .description('run all of an ended run again, with the same params and logical date, as a new run')
    .action(action(retry));
};
