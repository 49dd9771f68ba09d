/** The repository's own npm packages. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { run } from './run.mjs';
import { PACKAGE_ROOT } from './tools.mjs';

/** @typedef {import('./progress.mjs').Report} Report */
/** @typedef {Record<string, { version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean, inBundle?: boolean }>} Packages */

/** @param {string} path @returns {Packages} */
const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/** Whether `node_modules` holds what the lock file says: npm keeps its own list of what it installed. @param {string} root */
export const isInstalled = (root) => {
  const installedPath = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const installed = packagesOf(installedPath);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true; // for another platform
    return found.version === wanted.version;
  });
};

/** @param {Report} report */
export const installPackages = (report) =>
  withLock(
    join(PACKAGE_ROOT, '.cache/npm.lock'),
    async () => {
      if (isInstalled(PACKAGE_ROOT)) return;
      report.step('installing with `npm ci`');
      await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: PACKAGE_ROOT, onLine: report.detail });
    },
    () => report.step('waiting for another install'),
  );
