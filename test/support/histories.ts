/**
 * Recorded workflow histories, one file for each behaviour. `REKINDLE_RECORD=1 npx mocha <file>` records them anew from a real
 * server; do so only when a change of the workflow is meant to be incompatible, and then add a patch for what is still running.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));

export const isRecording = process.env['REKINDLE_RECORD'] === '1';

/** Processes, machines (also in names of sticky queues) and paths are nobody's business. */
const PROCESS = /^\d+@[\w.-]+$/;
const anonymous = (key: string, value: unknown): unknown =>
  key === 'stackTrace' || (typeof value === 'string' && PROCESS.test(value)) ? 'recorded' : value;

/** @param name `<workflow>-<behaviour>` */
export const recordHistory = async (name: string, handle: WorkflowHandle): Promise<void> => {
  if (!isRecording) return;
  await mkdir(FOLDER, { recursive: true });
  const history = JSON.stringify(JSON.parse(historyToJSON(await handle.fetchHistory())), anonymous);
  await writeFile(join(FOLDER, `${name}.json`), await format(history, { parser: 'json', printWidth: 140 }));
};

/** Histories of one workflow. */
export const recordedHistories = async (workflow: string): Promise<{ name: string; history: unknown }[]> => {
  const names = (await readdir(FOLDER)).filter((name) => name.startsWith(`${workflow}-`)).sort();
  return Promise.all(names.map(async (name) => ({ name, history: JSON.parse(await readFile(join(FOLDER, name), 'utf8')) as unknown })));
};
