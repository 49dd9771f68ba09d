/** `npm run demo`: the electricity story from start to end on real parts. `--json`, `--store minio`, `--keep`. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError } from '../../apps/cli/output.js';
import { startStack } from '../../apps/cli/stack/stack.js';
import { connect } from '../../client/connection.js';
import { publishedModel } from '../../client/publish.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { packageRoot } from '../../platform/package.js';
import { createRegistry } from '../../platform/registry/index.js';
import { openTables } from '../../platform/tables/duckdb.js';
import { createNarrator } from './narrator.js';
import { tellStory } from './story.js';
import { renderSummary, type Summary } from './summary.js';

const USAGE = 'npm run demo -- [--store folder|minio] [--keep] [--json]';

const untilStopped = (): Promise<void> =>
  new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: 'folder' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { store, keep, json } = values;
  if (store !== 'folder' && store !== 'minio') throw new Error(`--store is folder or minio. ${USAGE}`);
  const since = performance.now();
  const narrator = createNarrator(json ? process.stderr : process.stdout);

  // a copy, so that each telling begins at the beginning and the example stays as it is
  const project = join(packageRoot, '.rekindle/demo/electricity');
  await rm(project, { recursive: true, force: true });
  await mkdir(project, { recursive: true });
  for (const part of ['models', 'sql', 'data'])
    await cp(join(packageRoot, 'examples/electricity', part), join(project, part), { recursive: true });

  narrator.chapter('Temporal, worker and gateway start');
  const stack = await startStack({ project, store, ports: { temporal: 0, ui: 0, gateway: 0 }, say: (line) => narrator.say(`  ${line}`) });
  const interrupted = untilStopped();
  try {
    narrator.say(`  Watch it in Temporal's Web UI: ${stack.addresses.ui}`);
    const objects = openObjectStore(stack.config.store);
    const client = await connect(stack.config);
    const { store: kept } = stack.config;
    const tables = openTables({ project, objects, ...(kept.kind === 's3' ? { bucket: kept.bucket } : {}) });
    const telling = (async (): Promise<Summary> => {
      const published = await publishedModel(objects, 'electricity');
      if (!published) throw new Error('the model was not published');
      const story = await tellStory({
        ...{ client, objects, tables, narrator, project, spec: published.spec },
        gateway: stack.addresses.gateway!,
        environment: stack.config.environment,
        registry: createRegistry(objects),
      });
      return { ...story, seconds: (performance.now() - since) / 1000, ui: stack.addresses.ui };
    })();
    const summary = await Promise.race([telling, interrupted]);
    if (!summary) throw new Error('interrupted');
    narrator.say(renderSummary(summary));
    if (keep) {
      narrator.say(
        `Everything still runs. Look around: ${stack.addresses.ui}, or: npx rekindle models history electricity --project ${project}`,
      );
      narrator.say('Ctrl-C stops it.');
      await interrupted;
    }
    tables.close();
    await client.connection.close();
    await stack.stop();
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  } catch (error) {
    await stack.stop();
    throw error;
  }
};

main().catch((error: unknown) => {
  process.stderr.write(`${describeError(error).block}\n`);
  process.exitCode = 1;
});
