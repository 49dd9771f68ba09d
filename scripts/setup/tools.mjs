/** Where the tools are that are no npm packages: their pinned versions and how to find them. Finds only; the modules beside it get what is missing. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const TEMPORAL_VERSION = '1.5.1';
/** The server inside the CLI; an older one lacks what the SDK asks for. */
export const TEMPORAL_SERVER_AT_LEAST = '1.29.0';
/** Go pseudo-version without its commit: the date of the source. */
export const MINIO_VERSION = '20260212201848';
/** Last release with executables; later ones are source only. */
export const MINIO_RELEASE = 'RELEASE.2025-09-07T16-13-09Z';
/** Conditional writes (`If-None-Match`, `If-Match`) on every kind of put. */
export const MINIO_AT_LEAST = '2025-01-01';
export const TEST_SERVER_VERSION = '1.32.0';
/** scikit-learn 1.9 needs it. */
export const PYTHON_AT_LEAST = '3.11';
export const UV_VERSION = '0.13.9';

/** Root of the repository, or of the installed package. */
export const PACKAGE_ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/**
 * Python environments: a name, the libraries, and modules whose import shows that they work.
 * @satisfies {Record<string, PythonEnvironment>}
 * @typedef {{ readonly name: string, readonly requirements: string, readonly imports: readonly string[] }} PythonEnvironment
 */
export const PYTHONS = {
  trainer: {
    name: 'sklearn',
    requirements: join(PACKAGE_ROOT, 'trainers/sklearn/requirements.txt'),
    imports: ['sklearn', 'skl2onnx', 'onnx', 'pandas', 'pyarrow'],
  },
  /** worker of somebody else, for tests; not in the published package */
  polyglot: {
    name: 'polyglot',
    requirements: join(PACKAGE_ROOT, 'test/support/polyglot/requirements.txt'),
    imports: ['temporalio.worker'],
  },
};

/** Cache that all projects of a user share. `REKINDLE_CACHE` wins over `XDG_CACHE_HOME`. */
export const cacheFolder = (env = process.env) =>
  env['REKINDLE_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rekindle');

/** Where set-up keeps each tool; a path holds its version, so that another pin is another file. */
export const cachedPaths = (env = process.env) => {
  const tools = join(cacheFolder(env), 'tools');
  return {
    temporal: join(tools, `temporal-${TEMPORAL_VERSION}`, 'temporal'),
    minio: join(tools, `minio-${MINIO_VERSION}`, 'minio'),
    minioRelease: join(tools, `minio-${MINIO_RELEASE}`, 'minio'),
    testServer: join(tools, `temporal-test-server-${TEST_SERVER_VERSION}`, 'temporal-test-server'),
    uv: join(tools, `uv-${UV_VERSION}`, 'bin', 'uv'),
  };
};

/** @param {string} path */
export const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Every executable of that name on the PATH, first one first. @param {string} name @param {NodeJS.ProcessEnv} [env] @returns {string[]} */
export const onPath = (name, env = process.env) =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .filter(isExecutable);

/** Standard output of a short command, or undefined if it fails. @param {string} file @param {...string} args @returns {Promise<string | undefined>} */
export const outputOf = (file, ...args) =>
  new Promise((done) => {
    execFile(file, args, { timeout: 20_000 }, (error, stdout) => done(error === null ? stdout : undefined));
  });

/** Compares dotted numbers, missing places being zero. @param {string} version @param {string} minimum */
export const isAtLeast = (version, minimum) => {
  const [have, need] = [version.split('.').map(Number), minimum.split('.').map(Number)];
  const place = need.findIndex((number, index) => number !== (have[index] ?? 0));
  return place === -1 || (have[place] ?? 0) > (need[place] ?? 0);
};

/**
 * First candidate on the PATH whose version suits, else one from the cache.
 *
 * @param {string} name
 * @param {string[]} cached
 * @param {(versionText: string) => boolean} suits what its `--version` prints
 * @param {NodeJS.ProcessEnv} env
 */
const find = async (name, cached, suits, env) => {
  for (const candidate of onPath(name, env)) {
    const text = await outputOf(candidate, '--version');
    if (text !== undefined && suits(text)) return candidate;
  }
  return cached.find(isExecutable);
};

/** @param {string} text `temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)` */
export const isSuitableTemporal = (text) => isAtLeast(/Server (\d[\d.]*)/.exec(text)?.[1] ?? '0', TEMPORAL_SERVER_AT_LEAST);

/** @param {string} text `minio version RELEASE.2025-09-07T16-13-09Z (…)` */
export const isSuitableMinio = (text) => (/RELEASE\.(\d{4}-\d{2}-\d{2})T/.exec(text)?.[1] ?? '') >= MINIO_AT_LEAST;

/** Path of a Temporal CLI whose dev server suits, or undefined. */
export const findTemporal = (env = process.env) => find('temporal', [cachedPaths(env).temporal], isSuitableTemporal, env);

/** Path of a MinIO server that has conditional writes, or undefined. */
export const findMinio = (env = process.env) => {
  const { minio, minioRelease } = cachedPaths(env);
  return find('minio', [minio, minioRelease], isSuitableMinio, env);
};

/** Path of the time-skipping Temporal test server, or undefined. Without a released executable it runs on Java. */
export const findTestServer = (env = process.env) => {
  const { testServer } = cachedPaths(env);
  const needsJava = existsSync(join(dirname(testServer), 'jars'));
  return isExecutable(testServer) && (!needsJava || onPath('java', env).length > 0) ? testServer : undefined;
};

/**
 * Folder of a virtual environment: named after its requirements, so that other pins are another folder.
 * @param {PythonEnvironment} environment
 */
export const venvOf = ({ name, requirements }, env = process.env) => {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  return join(cacheFolder(env), 'venvs', `${name}-${hash}`);
};

/** Written last: a folder without it is half installed. @param {string} venv */
export const venvStamp = (venv) => join(venv, '.complete');

/** Python of an environment that is whole, or undefined. @param {PythonEnvironment} environment */
const findPython = (environment, env = process.env) => {
  if (!existsSync(environment.requirements)) return undefined;
  const venv = venvOf(environment, env);
  const python = join(venv, 'bin', 'python'); // dangles when the Python it was made with is gone
  return existsSync(venvStamp(venv)) && isExecutable(python) ? python : undefined;
};

/** Python that has all the trainer needs, or undefined. `REKINDLE_TRAINER_PYTHON` names another one. */
export const findTrainerPython = (env = process.env) => {
  const named = env['REKINDLE_TRAINER_PYTHON'];
  if (named !== undefined) return isExecutable(named) ? named : undefined;
  return findPython(PYTHONS.trainer, env);
};

/** Python that has Temporal's SDK, for tests, or undefined. */
export const findPolyglotPython = (env = process.env) => findPython(PYTHONS.polyglot, env);

/**
 * All tools at once, as `setup.mjs --json` prints them.
 * @returns {Promise<{ temporal: string | null, minio: string | null, testServer: string | null, trainerPython: string | null }>}
 */
export const findTools = async (env = process.env) => {
  const [temporal, minio] = await Promise.all([findTemporal(env), findMinio(env)]);
  return {
    temporal: temporal ?? null,
    minio: minio ?? null,
    testServer: findTestServer(env) ?? null,
    trainerPython: findTrainerPython(env) ?? null,
  };
};
