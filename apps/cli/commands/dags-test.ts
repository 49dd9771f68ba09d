/** `rekindle dags test`: a DAG of the project in this process, without a server. */
import type { Dag } from '../../../core/dag/dag.js';
import { testDag, treeOf, type TestOptions } from '../../../core/dag/testing.js';
import { RekindleError } from '../../../core/errors.js';
import type { Json } from '../../../core/json.js';
import type { ModelDoor, TaskLog } from '../../../core/ports.js';
import { createLogger } from '../../../platform/logger.js';
import { compose, loadProject } from '../../../workers/compose.js';
import { runDocument } from '../run-text.js';
import type { Session } from '../session.js';

/** What a test deploys must not serve: pointers are kept for each environment. */
const ENVIRONMENT = 'test';

interface Options extends Pick<TestOptions, 'stubs' | 'outcomes' | 'approvals'> {
  readonly params?: Json;
  readonly logicalDate?: string;
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

/** @returns exit code */
export const testDagCommand = async (session: Session, id: string, { params, logicalDate, ...told }: Options): Promise<number> => {
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
    const { stubs, outcomes, approvals } = told;
    const result = await testDag(loaded.dag as Dag<string, Json, Json>, params ?? {}, {
      context,
      children: Object.fromEntries([...project.dags].map(([child, { dag }]) => [child, dag])),
      ...(stubs ? { stubs } : {}),
      ...(outcomes ? { outcomes } : {}),
      ...(approvals ? { approvals } : {}),
      ...(logicalDate === undefined ? {} : { run: { logicalDate } }),
    });
    const output = result.output === null ? [] : [`output  ${JSON.stringify(result.output)}`];
    session.print(runDocument(result), () => [treeOf(result), ...output].join('\n'));
    return result.state === 'success' ? 0 : 1;
  } finally {
    await composition.close();
  }
};
