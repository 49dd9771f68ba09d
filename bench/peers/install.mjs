/** `npm run bench:peers`: Prefect and Airflow in virtual environments of their own, in the cache of tools. Idempotent. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../scripts/setup/tools.mjs';

/** Versions whose combination was run. Newer FastAPI breaks Prefect 3.8.8. */
export const PEERS = {
  prefect: ['prefect==3.8.8', 'fastapi==0.139.2', 'starlette>=1.0.1'],
  airflow: ['apache-airflow==3.3.2'],
};

/** @returns python of a peer's environment, undefined if it is not installed */
export const pythonOf = (peer) => {
  const folder = join(cacheFolder(), 'venvs', `bench-${peer}`);
  return existsSync(join(folder, 'complete')) ? join(folder, 'bin/python') : undefined;
};

const install = (peer, packages) => {
  const folder = join(cacheFolder(), 'venvs', `bench-${peer}`);
  if (existsSync(join(folder, 'complete'))) return process.stdout.write(`${peer} is there.\n`);
  process.stdout.write(`Installing ${packages.join(' ')} …\n`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(join(folder, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages], { stdio: 'inherit' });
  writeFileSync(join(folder, 'complete'), packages.join('\n'));
};

if (process.argv[1] === import.meta.filename) for (const [peer, packages] of Object.entries(PEERS)) install(peer, packages);
