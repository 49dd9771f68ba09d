/**
 * What tests share. Each helper takes the test's `this`; if the tool behind it is missing, the test is skipped and the run's summary says why.
 * @example before(async function () { address = await temporalAddress(this); });
 */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { findPolyglotPython, findTestServer, findTrainerPython } from '../../scripts/setup/tools.mjs';
import { openBroker, type Answer, type MinioServer, type ServerName } from './servers.js';

/** Addresses go to the worker processes of the run through the environment. */
const BROKER = 'REKINDLE_TEST_BROKER';
const FOLDER = 'REKINDLE_TEST_FOLDER';
const folderOfRun = (): string => process.env[FOLDER]!;

/** File of one JSON line per skip: `{ title, reason }`. */
export const skipsFile = (): string => join(folderOfRun(), 'skipped.jsonl');

let close: (() => Promise<void>) | undefined;

export const mochaGlobalSetup = async (): Promise<void> => {
  process.env[FOLDER] = mkdtempSync(join(tmpdir(), 'rekindle-test-'));
  const broker = await openBroker();
  process.env[BROKER] = broker.url;
  close = broker.close;
};

export const mochaGlobalTeardown = async (): Promise<void> => {
  await close?.();
  rmSync(folderOfRun(), { recursive: true, force: true });
};

/** Skips the running test, or all tests of the suite when called in a `before` hook, for a reason that the run's summary shows. */
export const skip = (context: Mocha.Context, reason: string): never => {
  const runnable = context.runnable() as Mocha.Test | Mocha.Hook;
  const skipped = runnable.type === 'hook' ? runnable.parent : runnable;
  appendFileSync(skipsFile(), `${JSON.stringify({ title: skipped?.fullTitle() ?? '', reason })}\n`);
  return context.skip();
};

const ask = async <T>(context: Mocha.Context, name: ServerName): Promise<T> => {
  context.timeout(60_000); // the first one to ask waits for the start
  const response = await fetch(`${process.env[BROKER]}/${name}`);
  const answer = (await response.json()) as Answer<T>;
  if ('broken' in answer) throw new Error(answer.broken);
  return 'server' in answer ? answer.server : skip(context, answer.missing);
};

/** Address of the run's Temporal dev server (namespace `default`, in memory). Use task queues and ids of your own: all files share it. */
export const temporalAddress = (context: Mocha.Context): Promise<string> => ask(context, 'temporal');

/** The run's MinIO server. Make a bucket of your own: all files share it. */
export const minio = (context: Mocha.Context): Promise<MinioServer> => ask(context, 'minio');

/** A Temporal server of the caller's own whose clock jumps over waiting. The caller ends it: `after(() => env?.teardown())`. */
export const timeSkippingServer = async (context: Mocha.Context): Promise<TestWorkflowEnvironment> => {
  const path =
    findTestServer() ?? skip(context, 'no time-skipping test server (it needs Java and Maven): run `node scripts/setup.mjs --for test`');
  context.timeout(60_000);
  const testing = await import('@temporalio/testing');
  return testing.TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
};

/** Python interpreter with the scikit-learn trainer's libraries. */
export const trainerPython = (context: Mocha.Context): string =>
  findTrainerPython() ?? skip(context, 'no Python environment for the trainer: run `node scripts/setup.mjs --for test`');

/** Python interpreter with Temporal's SDK. */
export const polyglotPython = (context: Mocha.Context): string =>
  findPolyglotPython() ?? skip(context, "no Python with Temporal's SDK: run `node scripts/setup.mjs --for test`");

/** An empty folder of the caller's own, removed at the end of the run. */
export const tempFolder = (): string => mkdtempSync(join(folderOfRun(), 'folder-'));
