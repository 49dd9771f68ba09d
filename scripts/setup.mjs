/**
 * Makes this machine ready: `node scripts/setup.mjs --for demo|test|dev [--store minio] [--project FOLDER] [--json]`.
 *
 * Finds what is there, gets what is missing, builds what was edited. Run twice, the second time takes a second; interrupted, it goes on
 * where it was. What cannot be had is named with its remedy: the demo then stops, tests that need it are skipped.
 * Plain Node without dependencies: it runs before anything is installed, and travels with the published package.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { getServer, messageOf } from './setup/binaries.mjs';
import { BROWSER_REMEDY, findBrowser, getBrowser } from './setup/browser.mjs';
import { withLock } from './setup/lock.mjs';
import { installPackages } from './setup/npm.mjs';
import { createProgress } from './setup/progress.mjs';
import { getTestServer } from './setup/test-server.mjs';
import {
  PACKAGE_ROOT,
  PYTHONS,
  PYTHON_AT_LEAST,
  cacheFolder,
  findMinio,
  findPolyglotPython,
  findTemporal,
  findTestServer,
  findTools,
  findTrainerPython,
} from './setup/tools.mjs';
import { getPython } from './setup/python.mjs';

/** @typedef {import('./setup/progress.mjs').Report} Report */
/** @typedef {'temporal' | 'minio' | 'testServer' | 'trainer' | 'polyglot' | 'browser'} ToolName */
/** @typedef {{ title: string, find: () => string | undefined | Promise<string | undefined>, get: (report: Report) => Promise<void>, remedy: string }} Tool */

/** @type {Record<ToolName, Tool>} */
const TOOLS = {
  temporal: {
    title: 'Temporal server',
    find: () => findTemporal(),
    get: (report) => getServer('temporal', report),
    remedy: 'put the Temporal CLI (`temporal`, https://docs.temporal.io/cli) or Go 1.24 or later on the PATH',
  },
  minio: {
    title: 'MinIO',
    find: () => findMinio(),
    get: (report) => getServer('minio', report),
    remedy: 'put `minio` (released in 2025 or later) or Go 1.24 or later on the PATH',
  },
  testServer: {
    title: 'time-skipping test server',
    find: () => findTestServer(),
    get: getTestServer,
    remedy: 'put Java 11 or later and Maven (`mvn`) on the PATH',
  },
  trainer: {
    title: 'Python of the trainer',
    find: () => findTrainerPython(),
    get: (report) => getPython(PYTHONS.trainer, report),
    remedy: `put Python ${PYTHON_AT_LEAST} or later with pip, or uv, on the PATH, or name an interpreter that has trainers/sklearn/requirements.txt in REKINDLE_TRAINER_PYTHON`,
  },
  polyglot: {
    title: "Python with Temporal's SDK",
    find: () => findPolyglotPython(),
    get: (report) => getPython(PYTHONS.polyglot, report),
    remedy: `put Python ${PYTHON_AT_LEAST} or later with pip, or uv, on the PATH`,
  },
  browser: {
    title: 'Browser',
    find: () => findBrowser(),
    get: getBrowser,
    remedy: BROWSER_REMEDY,
  },
};

/**
 * What a purpose cannot do without, and what it uses if it can be had.
 * @param {string} purpose
 * @param {{ store?: string | undefined, project: string }} options
 * @returns {{ needs: ToolName[], uses: ToolName[] } | undefined}
 */
const partsFor = (purpose, { store, project }) => {
  /** @type {ToolName[]} */
  const minio = store === 'minio' ? ['minio'] : [];
  if (purpose === 'demo') return { needs: ['temporal', 'trainer', ...minio], uses: [] };
  if (purpose === 'test') return { needs: [], uses: ['temporal', 'minio', 'testServer', 'trainer', 'polyglot', 'browser'] };
  if (purpose === 'dev') return { needs: ['temporal', ...minio], uses: existsSync(join(project, 'models')) ? ['trainer'] : [] };
  return undefined;
};

/**
 * Finds a tool or gets it.
 * @param {ToolName} name
 * @param {Report} report
 * @throws {Error} naming what was tried and the remedy
 */
const provide = async (name, report) => {
  const { find, get, remedy } = TOOLS[name];
  if ((await find()) !== undefined) return;
  const work = async () => {
    if ((await find()) === undefined) await get(report);
  };
  try {
    await withLock(join(cacheFolder(), 'locks', name), work, () => report.step('waiting for another set-up'));
    if ((await find()) === undefined) throw new Error('what was got does not run here');
  } catch (error) {
    throw new Error(`${messageOf(error)}\n  remedy: ${remedy}`);
  }
};

/** The published package is built already and has its dependencies beside it. @param {Report} report */
const buildRepository = async (report) => {
  if (!existsSync(join(PACKAGE_ROOT, 'scripts/build.mjs'))) return;
  await installPackages(report);
  const { build } = await import('./build.mjs');
  await build(report.step, () => report.step('waiting for another build'));
};

const main = async () => {
  const { values } = parseArgs({
    options: {
      for: { type: 'string' },
      store: { type: 'string' },
      project: { type: 'string', default: '.' },
      json: { type: 'boolean', default: false },
    },
  });
  const parts = partsFor(values.for ?? '', { store: values.store, project: resolve(values.project) });
  if (parts === undefined) throw new Error('usage: node scripts/setup.mjs --for demo|test|dev [--store minio] [--project FOLDER] [--json]');

  const since = performance.now();
  const progress = createProgress(process.stderr);
  /** @type {string[]} */
  const failures = [];
  /** @param {string} title @param {boolean} needed @param {(report: Report) => Promise<void>} work */
  const attempt = (title, needed, work) =>
    progress.task(title, work).catch((/** @type {unknown} */ error) => {
      progress.say(`${title}: ${needed ? 'failed' : 'not to be had; what needs it is left out'}: ${messageOf(error)}`);
      if (needed) failures.push(title);
    });
  await Promise.all([
    attempt('npm packages and build', true, buildRepository),
    ...parts.needs.map((name) => attempt(TOOLS[name].title, true, (report) => provide(name, report))),
    ...parts.uses.map((name) => attempt(TOOLS[name].title, false, (report) => provide(name, report))),
  ]);
  progress.close();
  if (failures.length > 0) throw new Error(`set-up failed for want of: ${failures.join(', ')}`);
  console.error(`set-up: ready in ${((performance.now() - since) / 1000).toFixed(1)} s`);
  if (values.json) console.log(JSON.stringify(await findTools()));
};

for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
]))
  process.once(signal, () => process.exit(code)); // ends what it started

main().catch((/** @type {unknown} */ error) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
