/**
 * `npm run bench:peers [-- NAME…]`: Prefect, Airflow, and the Python libraries of drift in virtual environments of their own, in the cache
 * of tools. Idempotent.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../scripts/setup/tools.mjs';

/** Versions whose combination was run. Newer FastAPI breaks Prefect 3.8.8. */
export const PEERS = {
  prefect: ['prefect==3.8.8', 'fastapi==0.139.2', 'starlette>=1.0.1'],
  airflow: ['apache-airflow==3.3.2'],
  // nannyml wants pandas 2
  drift: ['pandas<3', 'nannyml==0.13.1', 'evidently==0.7.23', 'scipy==1.17.1', 'scikit-learn==1.9.1', 'pyarrow==26.0.1'],
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

if (process.argv[1] === import.meta.filename) {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((peer) => !(peer in PEERS));
  if (unknown.length > 0) {
    process.stderr.write(`No peer is called ${unknown.join(', ')}; there are ${Object.keys(PEERS).join(', ')}.\n`);
    process.exit(2);
  }
  for (const [peer, packages] of Object.entries(PEERS)) if (wanted.length === 0 || wanted.includes(peer)) install(peer, packages);
}
