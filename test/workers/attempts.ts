/** One try of a task as a worker runs it, without a server. */
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Info } from '@temporalio/activity';
import { DefaultLogger } from '@temporalio/worker';
import { expect } from 'chai';
import type { Task } from '../../core/dag/task.js';
import type { TaskMeta } from '../../core/dag/wire.js';
import { createLogger } from '../../platform/logger.js';
import { FolderStore } from '../../platform/object-store/folder.js';
import { taskActivity, type TaskEnvironment } from '../../workers/run-task.js';
import { tempFolder } from '../support/fixtures.js';

export const META = {
  instance: 'etl#2/load',
  run: {
    id: 'etl-manual-1',
    dag: 'etl',
    logicalDate: '2026-01-01T00:00:00.000Z',
    dataInterval: { start: '2025-12-31T00:00:00.000Z', end: '2026-01-01T00:00:00.000Z' },
    startedAt: '2026-01-01T00:00:01.000Z',
    kind: 'scheduled',
    isLatest: true,
  },
} as const satisfies TaskMeta;

/** Where what `META` says is kept. */
export const PLACE = 'runs/etl/etl-manual-1/etl#2/load';

export type TestEnvironment = TaskEnvironment & { readonly objects: FolderStore };

export const environment = (over: Partial<TaskEnvironment> = {}): TestEnvironment => ({
  models: { trigger: () => Promise.resolve(), acquire: () => Promise.resolve() },
  platform: undefined,
  logger: createLogger({ name: 'test', level: 'silent' }),
  connection: (name) => `secret of ${name}`,
  ...over,
  objects: new FolderStore(tempFolder()),
});

export const activityEnvironment = (info: Partial<Info> = {}): MockActivityEnvironment =>
  new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });

export interface AttemptOptions {
  readonly activity?: MockActivityEnvironment;
  readonly env?: TestEnvironment;
  readonly meta?: Partial<TaskMeta>;
}

/** Runs one try of a task as a worker would. */
export const attempt = (
  made: Task,
  input: unknown,
  { activity = activityEnvironment(), env = environment(), meta = {} }: AttemptOptions = {},
): Promise<unknown> => activity.run(taskActivity(made, env), input, { ...META, ...meta });

export const failureOf = async (work: Promise<unknown>): Promise<ApplicationFailure> => {
  const error = await work.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(ApplicationFailure);
  return error as ApplicationFailure;
};

export const textOf = async (objects: FolderStore, key: string): Promise<string> => new TextDecoder().decode((await objects.get(key)).body);

export const keysUnder = async (objects: FolderStore, prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of objects.list(prefix)) found.push(key);
  return found;
};
