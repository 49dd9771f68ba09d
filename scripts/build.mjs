/**
 * Builds `dist/`: the compiled sources, the workflow bundle that workers load, and the files that sources read at run time.
 * Each half is skipped when the hash of all that goes into it equals its stamp of the last build, so edited sources are always rebuilt.
 */
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withLock } from './setup/lock.mjs';
import { run } from './setup/run.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const DIST = join(ROOT, 'dist');
const FOLDERS = ['core', 'platform', 'dags', 'workflows', 'activities', 'client', 'workers', 'apps', 'eslint', 'scripts'];
const CONFIG = ['package.json', 'package-lock.json', 'tsconfig.base.json', 'tsconfig.build.json', 'scripts/build.mjs'];
/** What sources read beside them at run time. */
const ASSET = /\.(html|css|svg|sql|json)$/;
const SOURCE = /(?<!\.d)\.ts$/;

/** @param {string} folder @returns {string[]} all files under it, as paths from the root, sorted */
const filesUnder = (folder) => {
  const absolute = join(ROOT, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
};

/** @param {string[]} files paths from the root */
const hashOf = (files) => {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
};

/** @param {string} name */
const stampPath = (name) => join(DIST, `.${name}.stamp`);
/** @param {string} name */
const readStamp = (name) => (existsSync(stampPath(name)) ? readFileSync(stampPath(name), 'utf8') : undefined);

/** Readers see the old file or the new one, never half of one. @param {string} path @param {string} content */
const writeWhole = (path, content) => {
  writeFileSync(`${path}.${process.pid}`, content);
  renameSync(`${path}.${process.pid}`, path);
};

/** @param {string} source */
const outputOf = (source) => join(DIST, source.replace(SOURCE, '.js'));

const tsc = () =>
  run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'tsconfig.build.json')], { cwd: ROOT, tail: 200 });

/** Outputs whose source is gone would still be imported, published and bundled. @param {string[]} sources */
const removeOrphans = (sources) => {
  const kept = new Set(sources.map((source) => join('dist', source.replace(SOURCE, ''))));
  for (const folder of FOLDERS)
    for (const file of filesUnder(join('dist', folder))) {
      const stem = file.replace(/(\.d\.ts|\.js|\.js\.map)$/, '');
      if (stem !== file && !kept.has(stem)) rmSync(join(ROOT, file));
    }
};

/** @returns {Promise<boolean>} whether anything had to be built */
const compile = async () => {
  const files = FOLDERS.flatMap(filesUnder);
  const sources = files.filter((file) => SOURCE.test(file));
  const assets = files.filter((file) => ASSET.test(file));
  const stamp = hashOf([...CONFIG, ...sources, ...assets]);
  const whole = sources.every((source) => existsSync(outputOf(source)));
  if (whole && readStamp('sources') === stamp) return false;

  if (!whole) rmSync(join(DIST, '.tsbuildinfo'), { force: true }); // the compiler trusts it and would not write what is missing
  rmSync(stampPath('sources'), { force: true });
  await tsc();
  removeOrphans(sources);
  for (const asset of assets) {
    mkdirSync(dirname(join(DIST, asset)), { recursive: true });
    copyFileSync(join(ROOT, asset), join(DIST, asset));
  }
  const command = join(DIST, 'apps/cli/main.js');
  if (existsSync(command)) chmodSync(command, 0o755);
  writeFileSync(stampPath('sources'), stamp);
  return true;
};

/** @returns {Promise<'built' | 'unchanged' | 'absent'>} */
const bundle = async () => {
  const entry = join(DIST, 'workflows/index.js');
  const target = join(DIST, 'workflow-bundle.js');
  if (!existsSync(entry)) return 'absent';
  const inputs = ['dist/core', 'dist/workflows'].flatMap(filesUnder).filter((file) => file.endsWith('.js'));
  const stamp = hashOf(['package-lock.json', 'scripts/build.mjs', ...inputs]);
  if (existsSync(target) && readStamp('bundle') === stamp) return 'unchanged';

  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const logger = new DefaultLogger('WARN', ({ level, message }) => process.stderr.write(`${level} ${message}\n`));
  const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger });
  writeWhole(target, code);
  writeFileSync(stampPath('bundle'), stamp);
  return 'built';
};

/** @param {number} since */
const secondsSince = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * Builds what changed.
 *
 * @param {(line: string) => void} say one line per thing done, none if nothing changed
 * @param {() => void} [onWait] called if another build is under way
 * @throws {Error} if the sources do not compile or the workflows do not bundle; `dist` then carries no stamp and is rebuilt next time
 */
export const build = async (say, onWait) => {
  mkdirSync(DIST, { recursive: true });
  await withLock(
    join(ROOT, '.cache/build.lock'),
    async () => {
      let since = performance.now();
      if (await compile()) say(`compiled in ${secondsSince(since)}`);
      since = performance.now();
      const bundled = await bundle();
      if (bundled === 'built') say(`workflows bundled in ${secondsSince(since)}`);
      if (bundled === 'absent') say('workflows/index.ts does not exist: no workflow bundle');
    },
    onWait,
  );
};

const main = async () => {
  const since = performance.now();
  const say = (/** @type {string} */ line) => console.error(`build: ${line}`);
  await build(say, () => say('waiting for another build'));
  say(`done in ${secondsSince(since)}`);
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  main().catch((/** @type {unknown} */ error) => {
    console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
