/** `rekindle sync`: publishes the project's DAGs and models, their schedules, and the doors of the models. */
import { basename, join } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { makeCurrent } from '../../../client/release.js';
import { sync, type SyncResult } from '../../../client/sync.js';
import { ERRORS, explain } from '../../../core/errors.js';
import { loadProject, type Project } from '../../../workers/compose.js';
import { action, withCommonOptions, type Session } from '../session.js';

/** Name in package.json, else of the folder. */
const nameOf = (root: string): string => {
  const path = join(root, 'package.json');
  const { name } = (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}) as { name?: unknown };
  return typeof name === 'string' ? name : basename(root);
};

const text = ({ dags, models, schedules, backfills }: SyncResult): string => {
  const of = (what: string, { published, unchanged, retired }: SyncResult['dags']): string[] => [
    ...published.map((name) => `published  ${what} ${name}`),
    ...unchanged.map((name) => `unchanged  ${what} ${name}`),
    ...retired.map((name) => `retired    ${what} ${name}`),
  ];
  const all = [
    ...of('DAG', dags),
    ...of('model', models),
    ...schedules.map((id) => `schedule   ${id}`),
    ...backfills.map((id) => `catch up   ${id}`),
  ];
  return all.join('\n') || 'This project has no DAGs.';
};

const contentOf = ({ root, config, dags, models, problems }: Project): Parameters<typeof sync>[2] => ({
  name: nameOf(root),
  dags: [...dags.values()].map(({ dag, file }) => ({ spec: dag.spec, hash: dag.hash, file })),
  models: [...models.values()],
  whole: problems.length === 0,
  pools: config.pools,
});

const run = async (session: Session): Promise<number> => {
  const project = await loadProject(session.config.project);
  for (const problem of project.problems) session.say(`✖ ${explain(problem)}`);
  const client = await session.client();
  const result = await sync(client, session.objects(), contentOf(project));
  const { release } = session.config;
  if (release !== undefined) {
    await makeCurrent(client, release, () => session.say(`Waiting for the workers of release ${release.buildId} …`));
    session.say(`New runs go to release ${release.buildId} of ${release.deployment}.`);
  }
  const problems = project.problems.map(({ code, message, details }) => ({ code, message, details }));
  session.print({ ...result, problems }, () => text(result));
  return problems.length === 0 ? 0 : ERRORS.PROJECT_INVALID.exit;
};

export const registerSync = (program: Command): void => {
  withCommonOptions(program.command('sync'))
    .description("publish the project's DAGs and models, set their schedules, open the doors of its models")
    .action(action(run));
};
