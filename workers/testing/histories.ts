/** Histories of runs as fixtures: recorded once, replayed by every test. A change that would break running runs fails there first. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Client } from '@temporalio/client';
import { RekindleError } from '../../core/errors.js';

/** Processes, machines (also in names of sticky queues) and paths are nobody's business. */
const PROCESS = /^\d+@[\w.-]+$/;
const anonymous = (key: string, value: unknown): unknown =>
  key === 'stackTrace' || (typeof value === 'string' && PROCESS.test(value)) ? 'recorded' : value;

/**
 * Writes the history of a run's last execution, without names of processes and machines.
 *
 * @param client `connect()` of `rekindle/client`, or Temporal's own
 * @param file JSON, as `temporal workflow show --output json` writes it; made with its folders
 */
export const recordHistory = async (client: { readonly workflow: Client['workflow'] }, runId: string, file: string): Promise<void> => {
  const { historyToJSON } = await import('@temporalio/common/lib/proto-utils.js');
  const history = historyToJSON(await client.workflow.getHandle(runId).fetchHistory());
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(JSON.parse(history, anonymous), null, 1)}\n`);
};

interface Recorded {
  readonly events?: readonly {
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowId?: string; readonly workflowType?: { readonly name?: string } };
  }[];
}

const read = async (folder: string, name: string): Promise<{ readonly name: string; readonly history: Recorded }> => {
  const file = join(folder, name);
  try {
    return { name, history: JSON.parse(await readFile(file, 'utf8')) as Recorded };
  } catch (error) {
    throw new RekindleError('USAGE', `${file} is no recorded history: ${(error as Error).message}`, { file }, { cause: error });
  }
};

export interface ReplayOptions {
  /** workflow code to replay with; default: that of this version of rekindle */
  readonly workflowBundle?: { readonly codePath: string } | { readonly code: string };
}

/**
 * Runs every history of a folder again by the workflow code of this version, without a server.
 *
 * @returns names of the files
 * @throws USAGE for a folder without histories; Error naming every file that does not replay, and why
 */
export const replayHistories = async (folder: string, { workflowBundle }: ReplayOptions = {}): Promise<string[]> => {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) throw new RekindleError('USAGE', `No recorded history is in ${folder}: write one by recordHistory.`, { folder });
  const [{ Worker }, { workflowCode }] = await Promise.all([import('@temporalio/worker'), import('../orchestration.js')]);
  const recorded = await Promise.all(names.map((name) => read(folder, name)));
  // some are of runs with the same id: the file is what people look for
  const histories = recorded.map(({ name, history }) => ({ workflowId: name, history }));
  const broken: string[] = [];
  const code = workflowBundle ? { workflowBundle } : workflowCode();
  for await (const { workflowId: name, error } of Worker.runReplayHistories(code, histories))
    if (error) broken.push(`${name}: ${error.message}`);
  if (broken.length > 0)
    throw new Error(
      `${broken.length} of ${names.length} histories do not replay: runs that are under way would break.\n${broken.join('\n')}`,
    );
  return names;
};
