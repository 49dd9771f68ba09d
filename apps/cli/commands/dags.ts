/** `rekindle dags …`: what can run, what ran, and how it went. */
import type { Command } from 'commander';
import { dagVersions } from '../../../client/dag-versions.js';
import { publishedDagIds } from '../../../client/publish.js';
import { count, json, time } from '../arguments.js';
import { draw, withDrawOptions, type DrawOptions } from '../draw.js';
import { pictureOf } from '../graph/picture.js';
import { paramsOf } from '../params-text.js';
import { nextFirings } from '../schedule-text.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { registerBackfill } from './dags-backfill.js';
import { registerClear } from './dags-clear.js';
import { registerPause } from './dags-pause.js';
import { published } from './dags-published.js';
import { registerReplay } from './dags-replay.js';
import { registerRuns } from './dags-runs.js';
import { registerSpeak } from './dags-speak.js';
import { dagText, docsMarkdown, listTable, treeText, versionsTable } from './dags-text.js';
import { testDagCommand } from './dags-test.js';

const now = (): string => new Date().toISOString();

const list = async (session: Session): Promise<void> => {
  const objects = session.objects();
  const dags = await Promise.all((await publishedDagIds(objects)).map((id) => published(objects, id)));
  session.print(
    dags.map(({ id, spec, current }) => ({ id, doc: spec.doc ?? null, schedule: spec.schedule ?? null, ...current })),
    () => listTable(dags),
  );
};

interface ShowOptions extends DrawOptions {
  readonly graph?: true;
}

const show = async (session: Session, id: string, { graph, ...options }: ShowOptions): Promise<void> => {
  const dag = await published(session.objects(), id);
  const picture = pictureOf(dag.spec);
  const format = graph && options.format === 'tree' ? 'graph' : options.format;
  await draw(
    session,
    { ...options, format },
    {
      document: { ...dag, params: paramsOf(dag.spec.params), next: nextFirings(dag.spec, now(), 3) },
      picture: () => picture,
      tree: () => dagText(dag, now(), treeText(picture)),
      graph: (drawn) => dagText(dag, now(), drawn.replace(/^/gm, '  ')),
    },
  );
};

interface VersionsOptions {
  readonly runs: number;
}

const versions = async (session: Session, id: string, { runs }: VersionsOptions): Promise<void> => {
  const client = await session.client().catch((error: unknown) => {
    session.say(`Which runs use them is not known: ${(error as Error).message}`);
    return undefined;
  });
  const found = await dagVersions(client, session.objects(), id, { runs });
  session.print(found, () => versionsTable(found));
};

const docs = async (session: Session, id: string, options: DrawOptions): Promise<void> => {
  const dag = await published(session.objects(), id);
  const markdown = docsMarkdown(dag, now());
  await draw(
    session,
    { ...options, format: 'tree' },
    { document: { dag: id, markdown }, picture: () => pictureOf(dag.spec), tree: () => markdown },
  );
};

export const registerDags = (program: Command): void => {
  const dags = program.command('dags').description('DAGs and their runs');
  const command = (usage: string, description: string): Command => withCommonOptions(dags.command(usage).description(description));

  command('list', 'published DAGs').action(action(list));
  withDrawOptions(command('show <id>', 'tasks, edges, schedule and params of a DAG'))
    .option('--graph', 'draw the tasks as a graph')
    .addHelpText(
      'after',
      '\nExamples:\n  rekindle dags show nightly --graph\n  rekindle dags show nightly --format svg --output nightly.svg\n  rekindle dags show nightly --format mermaid',
    )
    .action(action(show));
  command('docs <id>', 'documentation of a DAG in Markdown, made of the comments beside its code')
    .option('--output <file>', 'write it there instead of on the screen')
    .action(action(docs));
  command('versions <id>', 'published versions of a DAG, and the runs that use them')
    .option('--runs <n>', 'how many of the newest runs are looked at', count, 50)
    .action(action(versions));
  command('test <id>', 'run a DAG of the project in this process, without a server; exit 1 if it fails')
    .option('--params <json>', 'params of the run, or @file', json)
    .option('--logical-date <time>', 'the time that the run is for (ISO 8601)', time)
    .option('--stubs <json>', 'what tasks return instead of running: { "<task>": … }, or @file', json)
    .option('--outcomes <json>', 'how tries end: { "<task>": "fail" | "skip" | ["fail", "success"] }, or @file', json)
    .option('--approvals <json>', 'answers to approvals: { "<id>": "approved" | "rejected" }, or @file', json)
    .addHelpText(
      'after',
      `\nExample:\n  rekindle dags test nightly --outcomes '{"extract":["fail","success"]}' --approvals '{"sure":"rejected"}'`,
    )
    .action(action(testDagCommand));
  registerRuns(dags);
  registerSpeak(dags);
  registerClear(dags);
  registerBackfill(dags);
  registerPause(dags);
  registerReplay(dags);
};
