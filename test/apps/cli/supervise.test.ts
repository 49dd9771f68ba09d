import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { supervise, type Supervised } from '../../../apps/cli/stack/supervise.js';
import { startChild } from '../../../platform/child-process.js';
import { isProcessAlive } from '../../../platform/config.js';
import { tempFolder } from '../../support/fixtures.js';
import { failureOf } from '../../support/failure.js';

/** A child that says that it is ready and then waits; it counts its starts in a file. */
const WAITS = `
  const { appendFileSync } = require('node:fs');
  appendFileSync(process.argv[2], 'x');
  process.on('SIGTERM', () => process.exit(0));
  setInterval(() => {}, 1000);
  process.send('ready');
`;

const eventually = async (holds: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + 20_000; !holds(); await sleep(20)) if (Date.now() > deadline) throw new Error('It never came true.');
};

describe('Keeping a child process running', () => {
  let folder: string;
  let running: Supervised | undefined;
  const said: string[] = [];
  const script = (text: string): string => {
    const path = join(folder, 'child.cjs');
    writeFileSync(path, text);
    return path;
  };
  const starts = (): number => (existsSync(join(folder, 'starts')) ? readFileSync(join(folder, 'starts'), 'utf8').length : 0);
  const start = async (text: string): Promise<Supervised> =>
    (running = await supervise({
      name: 'child',
      file: process.execPath,
      args: [script(text), join(folder, 'starts')],
      onLine: () => undefined,
      say: (line) => void said.push(line),
    }));

  beforeEach(() => {
    folder = tempFolder();
    said.length = 0;
  });
  afterEach(async () => {
    await running?.stop(1_000);
    running = undefined;
  });

  it('starts one that ended by itself again, and says so', async () => {
    const child = await start(WAITS);
    const first = child.pid();
    process.kill(first, 'SIGKILL');
    await eventually(() => child.pid() !== first && said.some((line) => line.includes('runs again')));
    expect(said).to.deep.equal(['The child ended with SIGKILL; starting it again in 1 s.', `The child runs again (pid ${child.pid()}).`]);
    expect(starts()).to.equal(2);
  });

  it('waits longer each time', async () => {
    await start(`${WAITS} setTimeout(() => process.exit(7), 50);`);
    await eventually(() => said.filter((line) => line.includes('ended with exit code 7')).length >= 2);
    const pauses = said.flatMap((line) => /again in (\d+) s/.exec(line)?.[1] ?? []);
    expect(pauses.slice(0, 2)).to.deep.equal(['1', '2']);
  });

  it('starts none again that it stopped, also in the pause between two starts', async () => {
    const child = await start(WAITS);
    process.kill(child.pid(), 'SIGKILL');
    await eventually(() => said.length > 0);
    await child.stop(1_000);
    await sleep(1_200);
    expect(starts()).to.equal(1);
  });

  it('fails with what the child said last when it ends before it is ready', async () => {
    const error = await failureOf(start(`console.error('no such database'); process.exit(4);`), 'PROCESS_FAILED');
    expect(error.message).to.contain('The child did not start: it ended with exit code 4.').and.to.contain('no such database');
  });

  it('ends one that ignores SIGTERM, and its own children with it', async () => {
    const child = await startChild({
      file: process.execPath,
      args: [
        script(`
          const { spawn } = require('node:child_process');
          process.on('SIGTERM', () => {});
          const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
          process.send(grandchild.pid);
          setInterval(() => {}, 1000);
        `),
      ],
      onLine: () => undefined,
    });
    const grandchild = (await child.message) as number;
    await child.stop(200);
    expect(await child.exited).to.deep.equal({ code: null, signal: 'SIGKILL' });
    await eventually(() => !isProcessAlive(grandchild));
  });

  it('says at once that a file cannot be run', async () => {
    const error = await startChild({ file: join(folder, 'nothing'), args: [], onLine: () => undefined }).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'ENOENT' });
  });
});
