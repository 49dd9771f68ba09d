/** The command `rekindle` as its users have it: compiled, in a process of its own. */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTemporal } from '../../scripts/setup/tools.mjs';
import { skip } from '../support/fixtures.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const COMMAND = join(ROOT, 'dist/apps/cli/main.js');

/** What the caller's environment says of other installations is not for these tests. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|REKINDLE_(STORE|S3_|GATEWAY_))/.test(name)));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as one JSON document */
  readonly json: any;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const build = async (): Promise<void> => {
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build.mjs')], { cwd: ROOT });
};

export const rekindleWith = (env: NodeJS.ProcessEnv, project: string, ...args: string[]): Promise<Ended> =>
  new Promise((done) => {
    execFile(process.execPath, [COMMAND, ...args, '--project', project], { env: { ...environment(), ...env } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      done({ code, stdout, stderr, json: parsed(stdout) });
    });
  });

export const rekindle = (project: string, ...args: string[]): Promise<Ended> => rekindleWith({}, project, ...args);

export interface Dev {
  readonly pid: number;
  /** what it printed when it was ready */
  readonly addresses: { temporal: string; ui: string; gateway: string | null; store: string; path: string };
  /** everything that it said so far */
  said(): string;
  /** Ctrl-C. @returns exit code */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

const ANY_PORTS = ['--port', '0', '--ui-port', '0', '--gateway-port', '0'];

/** `rekindle dev` on free ports, ready. @throws Error with what it said if it ends before that */
export const startDev = async (project: string, ...args: string[]): Promise<Dev> => {
  const child = spawn(process.execPath, [COMMAND, 'dev', '--json', '--project', project, ...ANY_PORTS, ...args], { env: environment() });
  let said = '';
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const gone = new Promise<number | null>((done) => child.once('exit', done));
  const ready = new Promise<void>((done) =>
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('\n')) done();
    }),
  );
  await Promise.race([ready, gone]);
  if (child.exitCode !== null) throw new Error(`rekindle dev ended with ${child.exitCode}: ${said}`);
  const signalled = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return gone;
  };
  return {
    pid: child.pid!,
    addresses: JSON.parse(printed) as Dev['addresses'],
    said: () => said,
    stop: () => signalled('SIGINT'),
    kill: async () => void (await signalled('SIGKILL')),
  };
};

/** Command lines of all processes that belong to a project, except `rekindle` commands that a test runs itself. */
export const processesOf = async (project: string): Promise<string[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,command='], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.split('\n').filter((line) => line.includes(project));
};

export const requireTemporal = async (context: Mocha.Context): Promise<void> => {
  if ((await findTemporal()) === undefined) skip(context, 'no Temporal CLI: run `node scripts/setup.mjs --for test`');
};
