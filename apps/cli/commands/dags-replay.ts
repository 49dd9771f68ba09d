/** `rekindle dags replay`: what another DAG would have made of runs that are over, before it is deployed. */
import { existsSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Command } from 'commander';
import { dagVersion, versionOfRun } from '../../../client/chosen-version.js';
import { listRuns, runState, storedState } from '../../../client/dags.js';
import { resolveOutput } from '../../../client/outputs.js';
import type { Dag } from '../../../core/dag/dag.js';
import { replay, type ReplayResult } from '../../../core/dag/replay.js';
import type { DagRunState } from '../../../core/dag/run-state.js';
import { check } from '../../../core/dag/schema.js';
import type { DagSpec } from '../../../core/dag/spec.js';
import { isRekindleError, RekindleError } from '../../../core/errors.js';
import type { Json } from '../../../core/json.js';
import { loadDagFile, loadProject } from '../../../workers/compose.js';
import { count } from '../arguments.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { replayText } from './dags-replay-text.js';

interface ReplayOptions {
  readonly with: string;
  readonly dag?: string;
  readonly last?: number;
  readonly failOnDifference?: true;
}

/** What the runs are replayed against; of a published version the schema of the params is not known. */
interface Other {
  readonly spec: DagSpec;
  readonly hash: string;
  readonly dag?: Dag;
}

const otherOf = async (session: Session, given: string, id: string): Promise<Other> => {
  const path = isAbsolute(given) ? given : resolve(given);
  if (!existsSync(path) && /^[0-9a-f]{6,64}$/.test(given)) return dagVersion(session.objects(), id, given);
  if (existsSync(path) && statSync(path).isDirectory()) {
    const { dags, problems } = await loadProject(path);
    const found = dags.get(id);
    if (found) return { spec: found.dag.spec, hash: found.dag.hash, dag: found.dag };
    if (problems[0]) throw problems[0]; // most likely its file is the one that is broken
    throw new RekindleError('DAG_NOT_FOUND', `The project ${given} has no DAG '${id}'.`, { dag: id, known: [...dags.keys()] });
  }
  const dags = await loadDagFile(path);
  const dag = dags.find((each) => each.id === id);
  if (!dag) throw new RekindleError('DAG_NOT_FOUND', `${given} has no DAG '${id}'.`, { dag: id, known: dags.map((each) => each.id) });
  return { spec: dag.spec, hash: dag.hash, dag };
};

/** As it left itself behind, or, while it goes on, as it says. */
const recordedRun = async (session: Session, runId: string, dag?: string): Promise<DagRunState> => {
  const objects = session.objects();
  const stored = await storedState(objects, runId, dag);
  if (!stored) return runState(await session.client(), objects, runId);
  return (await resolveOutput(objects, stored as unknown as Json)) as unknown as DagRunState;
};

const replayOne = async (session: Session, recorded: DagRunState, { spec, dag }: Other): Promise<ReplayResult> => {
  const was = await versionOfRun(session.objects(), recorded).catch((error: unknown) => {
    if (isRekindleError(error) && error.code === 'DAG_VERSION_NOT_FOUND') return undefined;
    throw error;
  });
  const checked = await check(dag?.params, recorded.params, 'params');
  return replay(recorded, spec, {
    was: was?.spec,
    ...(checked.problems ? { refused: checked.problems } : { params: JSON.parse(JSON.stringify(checked.value ?? null)) as Json }),
  });
};

const run = async (session: Session, runId: string | undefined, options: ReplayOptions): Promise<number> => {
  const { with: given, last = 1, failOnDifference } = options;
  if ((runId === undefined) === (options.dag === undefined))
    throw new RekindleError('USAGE', 'Name a run, or with --dag the DAG whose newest runs to replay.');
  const first = runId === undefined ? undefined : await recordedRun(session, runId);
  const id = first?.dag ?? options.dag!;
  const other = await otherOf(session, given, id);
  const results = first ? [await replayOne(session, first, other)] : [];
  if (!first) {
    const found = await listRuns(await session.client(), { dag: id, limit: last });
    for (const each of found) results.push(await replayOne(session, await recordedRun(session, each.runId, id), other));
  }
  session.print({ dag: id, hash: other.hash, runs: results }, () => replayText(results));
  return failOnDifference && results.some(({ differences }) => differences.length > 0) ? 1 : 0;
};

export const registerReplay = (dags: Command): void => {
  withCommonOptions(dags.command('replay'))
    .argument('[run]')
    .requiredOption('--with <dag>', 'a DAG file, a project folder, or the hash of a published version')
    .description('what would have gone differently in a run with another version of its DAG; nothing is run')
    .option('--dag <id>', 'the newest runs of a DAG, instead of one run')
    .option('--last <n>', 'with --dag: how many', count, 1)
    .option('--fail-on-difference', 'exit 1 if anything would have gone differently')
    .addHelpText(
      'after',
      `
Examples:
  rekindle dags replay nightly-2026-01-31T03:00:00Z --with dags/nightly.ts
  rekindle dags replay --dag nightly --last 20 --with . --fail-on-difference`,
    )
    .action(action(run));
};
