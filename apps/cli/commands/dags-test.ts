/** `rekindle dags test`: a DAG of the project in this process, without a server. */
import type { Dag } from '../../../core/dag/dag.js';
import { testDag, type TestResult } from '../../../core/dag/testing.js';
import { RekindleError } from '../../../core/errors.js';
import type { Json } from '../../../core/json.js';
import type { ModelDoor, TaskLog } from '../../../core/ports.js';
import { createLogger } from '../../../platform/logger.js';
import { compose, loadProject } from '../../../workers/compose.js';
import { MARKS } from '../run-text.js';
import type { Session } from '../session.js';

/** What a test deploys must not serve: pointers are kept for each environment. */
const ENVIRONMENT = 'test';

interface TestOptions {
  readonly params?: Json;
}

/** Nobody else is here, so the lock is free; a trigger is only said. */
const localDoor = (say: (line: string) => void): ModelDoor => ({
  acquire: () => Promise.resolve(),
  trigger: (model, { source, reason }) => Promise.resolve(say(`  would call for a retraining of ${model}: ${source}, ${reason}`)),
});

const logTo = (say: (line: string) => void): TaskLog => {
  const line =
    (level: string) =>
    (message: string, attributes?: object): void =>
      say(`  ${level} ${message}${attributes === undefined ? '' : ` ${JSON.stringify(attributes)}`}`);
  return { info: line('info'), warn: line('warn'), error: line('error') };
};

const text = ({ dag, state, tasks, output }: TestResult<Json>): string =>
  [
    `${dag}  ${state}`,
    ...Object.entries(tasks).map(([instance, task]) => {
      const why = task.error ? `: ${task.error.code}: ${task.error.message}` : task.summary ? `: ${task.summary}` : '';
      return `  ${MARKS[task.state]} ${instance} (${task.state})${why}`;
    }),
    ...(output === null ? [] : [`output  ${JSON.stringify(output)}`]),
  ].join('\n');

/** @returns exit code */
export const testDagCommand = async (session: Session, id: string, { params }: TestOptions): Promise<number> => {
  const say = (line: string): void => session.say(line);
  const project = await loadProject(session.config.project);
  const loaded = project.dags.get(id);
  if (!loaded) {
    // most likely its file is the one that is broken
    if (project.problems[0]) throw project.problems[0];
    throw new RekindleError('DAG_NOT_FOUND', `This project has no DAG '${id}'.`, { dag: id, known: [...project.dags.keys()] });
  }
  const logger = createLogger({ name: 'cli', level: 'silent' });
  const composition = await compose({ ...session.config, environment: ENVIRONMENT }, logger, localDoor(say), project);
  try {
    const { platform, objects, models, connection } = composition.environment;
    const context = { ...platform, objects, models, connection, log: logTo(say) };
    const result = await testDag(loaded.dag as Dag<string, Json, Json>, params ?? {}, { context });
    session.print(result, () => text(result));
    return result.state === 'success' ? 0 : 1;
  } finally {
    await composition.close();
  }
};
