/** Python environments, with the pinned libraries of their requirements. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from './binaries.mjs';
import { withLock } from './lock.mjs';
import { run } from './run.mjs';
import {
  PYTHON_AT_LEAST,
  UV_VERSION,
  cacheFolder,
  cachedPaths,
  isAtLeast,
  isExecutable,
  onPath,
  outputOf,
  venvOf,
  venvStamp,
} from './tools.mjs';

/** @typedef {import('./progress.mjs').Report} Report */
/** @typedef {import('./tools.mjs').PythonEnvironment} PythonEnvironment */

/** First Python on the PATH that the libraries support. */
const findPython = async () => {
  for (const candidate of ['python3', 'python3.13', 'python3.12', 'python3.11'].flatMap((name) => onPath(name))) {
    const version = await outputOf(candidate, '-c', 'import sys; print("%d.%d" % sys.version_info[:2])');
    if (version !== undefined && isAtLeast(version.trim(), PYTHON_AT_LEAST)) return candidate;
  }
  return undefined;
};

/** uv installs in a third of pip's time and can fetch a Python. @param {string | undefined} python @param {Report} report */
const findOrGetUv = async (python, report) => {
  const { uv } = cachedPaths();
  const [found] = [...onPath('uv'), uv].filter(isExecutable);
  if (found !== undefined || python === undefined) return found;
  report.step('installing uv');
  const folder = dirname(dirname(uv));
  try {
    // A target folder needs neither the venv module, which Debian leaves out, nor a Python that lets itself be changed.
    await run(python, ['-m', 'pip', 'install', '--quiet', '--target', folder, `uv==${UV_VERSION}`]);
    return uv;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
};

/** @param {string} uv @param {string | undefined} python @param {string} venv @param {string} requirements @param {Report} report */
const installWithUv = async (uv, python, venv, requirements, report) => {
  report.step('installing the Python libraries with uv');
  const onLine = report.detail;
  await run(uv, ['venv', '--quiet', '--allow-existing', '--python', python ?? `>=${PYTHON_AT_LEAST}`, venv], { onLine });
  await run(uv, ['pip', 'install', '--python', join(venv, 'bin/python'), '--requirement', requirements], { onLine });
};

/** @param {string} python @param {string} venv @param {string} requirements @param {Report} report */
const installWithPip = async (python, venv, requirements, report) => {
  report.step('installing the Python libraries with pip');
  const onLine = report.detail;
  await run(python, ['-m', 'venv', venv], { onLine });
  await run(join(venv, 'bin/python'), ['-m', 'pip', 'install', '--requirement', requirements], { onLine });
};

/**
 * Makes an environment. Interrupted, it goes on where it was: the stamp is written last.
 * @param {PythonEnvironment} environment
 * @param {Report} report
 * @throws {Error} saying what was tried and what failed
 */
export const getPython = async (environment, report) => {
  const { requirements, imports } = environment;
  const venv = venvOf(environment);
  mkdirSync(dirname(venv), { recursive: true });
  const python = await findPython();
  const getUv = () => findOrGetUv(python, report); // one for all environments
  const uv = await withLock(join(cacheFolder(), 'locks', 'uv'), getUv, () => report.step('waiting for another set-up'));
  if (python === undefined && uv === undefined) throw new Error(`there is neither Python ${PYTHON_AT_LEAST} or later nor uv on the PATH`);
  try {
    if (uv === undefined) throw new Error('there is no uv, and pip cannot install it');
    await installWithUv(uv, python, venv, requirements, report);
  } catch (uvError) {
    if (python === undefined) throw uvError;
    try {
      await installWithPip(python, venv, requirements, report);
    } catch (pipError) {
      throw new Error(`uv: ${messageOf(uvError)}; pip: ${messageOf(pipError)}`);
    }
  }
  report.step('trying the Python libraries');
  await run(join(venv, 'bin/python'), ['-c', `import ${imports.join(', ')}`]);
  writeFileSync(venvStamp(venv), '');
};
