/** A browser for the tests that open a report as its readers do. */
import { existsSync } from 'node:fs';
import { platform } from 'node:os';
import { run } from './run.mjs';
import { onPath } from './tools.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** `CHROME_PATH`, else the first of the usual names on the PATH. @returns {string | undefined} */
export const findBrowser = (env = process.env) => {
  const named = env['CHROME_PATH'];
  if (named !== undefined && existsSync(named)) return named;
  return NAMES.flatMap((name) => onPath(name, env))[0];
};

export const BROWSER_REMEDY =
  platform() === 'darwin'
    ? 'install Chromium or Chrome (`brew install --cask chromium`) and name its executable in CHROME_PATH'
    : 'install the package chromium (`apt-get install chromium`, `dnf install chromium`), or name a Chromium or Chrome in CHROME_PATH';

/**
 * Installs Debian's package, where root may: nothing else on the machine is changed.
 * @param {import('./progress.mjs').Report} report
 * @throws {Error} saying why not
 */
export const getBrowser = async (report) => {
  const [aptGet] = onPath('apt-get');
  if (platform() !== 'linux' || aptGet === undefined) throw new Error('there is no apt-get on the PATH to install it with');
  if (process.getuid?.() !== 0) throw new Error('only root can install packages');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    run(aptGet, ['install', '--yes', '--no-install-recommends', 'chromium'], { env, onLine: (line) => report.detail(line) });
  report.step('installing the package chromium (about a minute, once)');
  try {
    await install();
  } catch {
    report.step('refreshing the list of packages'); // a list that is old or empty names what is no longer there
    await run(aptGet, ['update'], { env, onLine: (line) => report.detail(line) });
    report.step('installing the package chromium');
    await install();
  }
};
