/** `ctx` of a try in a test. */
import { RekindleError } from '../../errors.js';
import type { RunInfo, TaskContext, TaskLog } from '../../ports.js';
import { skipTask, taskKey } from '../wire.js';
import type { TestOptions } from './options.js';

const silent: TaskLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

const absent = <T extends object>(what: string): T =>
  new Proxy({} as T, {
    get: () => {
      throw new RekindleError('USAGE', `testDag was given no ${what}: pass it as context: { ${what}: … }.`, { context: what });
    },
  });

export type Try = Pick<TaskContext, 'attempt' | 'signal' | 'state' | 'produced'> & { readonly run: RunInfo; readonly instance: string };

export const contextOf = ({ run, instance, ...rest }: Try, given: TestOptions['context']): TaskContext => ({
  run,
  key: taskKey(run.id, instance),
  log: silent,
  heartbeat: () => undefined,
  heartbeatDetail: undefined,
  objects: absent<TaskContext['objects']>('objects'),
  models: absent<TaskContext['models']>('models'),
  connection: (name) => {
    throw new RekindleError('CONFIG_INVALID', `testDag knows no connection '${name}': pass context: { connection }.`, { connection: name });
  },
  skip: skipTask,
  ...rest,
  ...given,
});
