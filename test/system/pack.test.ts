import { expect } from 'chai';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { findTemporal } from '../../scripts/setup/tools.mjs';
import { skip, tempFolder } from '../support/fixtures.js';

const ROOT = new URL('../../', import.meta.url).pathname;

/** What a newcomer writes first; the folder has no `"type": "module"`. */
const HELLO = `import { dag, task } from 'rekindle';
import { z } from 'zod';

const greet = task({ id: 'greet', input: z.object({ name: z.string() }), output: z.string(), run: async ({ name }) => \`Hello, \${name}!\` });
export default dag({ id: 'hello' }, (d) => d.run(greet, { name: 'world' }));
`;

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (cwd: string, file: string, ...args: string[]): Promise<Run> =>
  new Promise((done) => {
    const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }; // no GPU libraries
    execFile(file, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
    );
  });

const succeed = async (cwd: string, file: string, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(cwd, file, ...args);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
};

/** What Ctrl-C does: the whole process group gets the signal, npm and command alike. */
const pressControlC = async (child: ChildProcess): Promise<number | null> => {
  const gone = new Promise<number | null>((done) => child.once('exit', done));
  process.kill(-child.pid!, 'SIGINT');
  return gone;
};

describe('The published package', function () {
  this.timeout(600_000);
  let tarball: string;
  let project: string;

  before(async () => {
    await succeed(ROOT, process.execPath, 'scripts/build.mjs');
    const folder = tempFolder();
    const packed = JSON.parse(await succeed(ROOT, 'npm', 'pack', '--json', '--pack-destination', folder)) as [{ filename: string }];
    tarball = join(folder, packed[0].filename);
    project = tempFolder();
    await succeed(project, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', tarball);
    mkdirSync(join(project, 'dags'));
    writeFileSync(join(project, 'dags/hello.ts'), HELLO);
  });

  it('has exports that every tool reads alike', async () => {
    const bytes = readFileSync(tarball);
    const { messages } = await publint({
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) },
      strict: true,
    });
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(messages.map((message) => formatMessage(message, manifest))).to.deep.equal([]);
  });

  it('has types that resolve wherever ES modules do', async () => {
    await succeed(dirname(tarball), join(ROOT, 'node_modules/.bin/attw'), tarball, '--profile', 'esm-only');
  });

  it('brings neither tests nor sources, but all that a command needs', () => {
    const installed = join(project, 'node_modules/rekindle');
    expect(['test', 'bench', 'core', 'dist/scripts', 'dist/test'].filter((path) => existsSync(join(installed, path)))).to.deep.equal([]);
    const needed = [
      'dist/workflow-bundle.js',
      'scripts/setup.mjs',
      'trainers/sklearn/train.py',
      'trainers/sklearn/requirements.txt',
      'LICENSE',
    ];
    expect(needed.filter((path) => !existsSync(join(installed, path)))).to.deep.equal([]);
  });

  it('runs a five-line DAG without a server', async () => {
    const stdout = await succeed(project, 'npx', '--no-install', 'rekindle', 'dags', 'test', 'hello', '--json');
    expect(JSON.parse(stdout)).to.deep.include({ dag: 'hello', state: 'success', output: 'Hello, world!' });
  });

  it('runs it on the server that `rekindle dev` starts, and stops without a trace', async function () {
    if ((await findTemporal()) === undefined) skip(this, 'no Temporal CLI: run `node scripts/setup.mjs --for test`');
    const ports = ['--port', '0', '--ui-port', '0', '--gateway-port', '0'];
    const dev = spawn('npx', ['--no-install', 'rekindle', 'dev', ...ports], {
      cwd: project,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [dev.stdout, dev.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      while (!output.includes('Ctrl-C stops it all') && dev.exitCode === null) await sleep(100);
      const stdout = await succeed(project, 'npx', '--no-install', 'rekindle', 'dags', 'trigger', 'hello', '--wait', '--json');
      expect(JSON.parse(stdout), output).to.deep.include({ dag: 'hello', state: 'success', output: 'Hello, world!' });
    } finally {
      if (dev.exitCode === null) await pressControlC(dev);
    }
    expect(output).to.match(/Stopped in/);
  });
});
