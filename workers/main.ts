/** Entry of a worker process: `--project FOLDER --queues orchestration,data,training` (default: every queue that the project's tasks use). */
import { parseArgs } from 'node:util';
import { NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import { connect, temporalOptions, unreachable } from '../client/connection.js';
import { ensureSearchAttributes } from '../client/search-attributes.js';
import { ERRORS, explain, isRekindleError } from '../core/errors.js';
import { TASK_QUEUES } from '../core/names.js';
import { loadConfig, type Config } from '../platform/config.js';
import { createLogger, type Logger } from '../platform/logger.js';
import { compose } from './compose.js';
import { createDataWorker } from './data.js';
import { modelActivities, modelDoor } from './models.js';
import { createOrchestrationWorker, orchestrationActivities } from './orchestration.js';
import { loadProject } from './project.js';
import { queuesOf } from './queues.js';
import { sdkLogger } from './sdk-logger.js';
import { createTrainingWorker } from './training.js';
import type { WorkerContext } from './worker.js';

const toTemporal = async (config: Config): Promise<{ connection: NativeConnection; namespace: string }> => {
  const { address, namespace, connection } = temporalOptions(config);
  try {
    return { connection: await NativeConnection.connect(connection), namespace };
  } catch (error) {
    throw unreachable(address, error);
  }
};

const createWorkerOf = (queue: string, context: WorkerContext, activities: object): Promise<Worker> => {
  if (queue === TASK_QUEUES.orchestration) return createOrchestrationWorker(context, activities);
  return queue === TASK_QUEUES.training ? createTrainingWorker(context) : createDataWorker(context, queue);
};

/** SIGTERM, SIGINT, or the end of the process that started us. */
const onStop = (stop: (why: string) => void): void => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(signal));
  process.once('disconnect', () => stop('its parent is gone'));
};

const run = async (logger: Logger): Promise<void> => {
  const { values } = parseArgs({ options: { project: { type: 'string', default: '.' }, queues: { type: 'string' } } });
  const config = loadConfig(values.project);
  logger.level = config.logLevel;
  Runtime.install({
    logger: sdkLogger(logger),
    telemetryOptions: { logging: { forward: {}, filter: 'temporalio_sdk_core=WARN,temporalio_client=WARN,temporalio_common=WARN' } },
    shutdownSignals: [], // ours: all workers of the process stop together
  });

  const [project, { connection, namespace }] = await Promise.all([loadProject(config.project), toTemporal(config)]);
  for (const problem of project.problems) logger.error({ err: problem }, explain(problem));
  const client = await connect(config);
  const composition = await compose(config, logger, modelDoor(project.models.size > 0 ? client : undefined), project);
  const context: WorkerContext = { connection, namespace, composition, logger };
  const searchAttributes = await ensureSearchAttributes(client, (why) => logger.warn(why));
  const activities = {
    ...orchestrationActivities(composition, client, searchAttributes),
    ...modelActivities(project.models.size > 0 ? client : undefined, composition),
  };
  const queues = values.queues?.split(',').filter((queue) => queue !== '') ?? queuesOf(project);
  const workers = await Promise.all(queues.map((queue) => createWorkerOf(queue, context, activities)));

  onStop((why) => {
    logger.info(`Stopping: ${why}.`);
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  logger.info({ queues, dags: [...project.dags.keys()], models: [...project.models.keys()] }, 'The worker runs.');
  process.send?.({ ready: true });
  try {
    await running;
  } finally {
    await Promise.all([composition.close(), client.connection.close()]);
    await connection.close();
  }
};

const logger = createLogger({ name: 'worker', level: 'info' });
run(logger).then(
  () => process.exit(0), // native threads of libraries would keep the process
  (error: unknown) => {
    const ours = isRekindleError(error);
    logger.fatal({ err: error }, ours ? explain(error) : 'The worker ended.');
    logger.flush(() => process.exit(ours ? ERRORS[error.code].exit : 1));
  },
);
