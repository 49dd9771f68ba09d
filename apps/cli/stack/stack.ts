/** Everything that a project needs on one machine: Temporal, an object store, a worker, a gateway. `rekindle dev` is its face. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startChild } from '../../../platform/child-process.js';
import { devFilePath, loadConfig, readDevFile, type Config, type DevFile } from '../../../platform/config.js';
import { nodeArguments } from '../../../platform/package.js';
import { claimPort } from '../../../platform/ports.js';
import { startDevServer } from '../../../platform/temporal/dev-server.js';
import { DEFAULT_NAMESPACE } from '../../../platform/temporal/settings.js';
import { hasModels } from '../../../workers/compose.js';
import { elapsed } from '../output.js';
import { openChildLog, type ChildLog } from './child-log.js';
import { clearLeftovers } from './leftovers.js';
import { startMinio } from './minio.js';
import { supervise, type Supervised } from './supervise.js';
import { provideTools } from './tools.js';

export interface StackOptions {
  readonly project: string;
  /** default: the one of the last time, a folder at first */
  readonly store?: 'folder' | 'minio' | undefined;
  /** 0 takes any free port. Defaults: 7233, 8233, 8080 */
  readonly ports?: { readonly temporal?: number | undefined; readonly ui?: number | undefined; readonly gateway?: number | undefined };
  /** a line for people: progress, warnings of the children, restarts */
  readonly say: (line: string) => void;
}

export interface Stack {
  /** what every command of the project sees while the stack runs */
  readonly config: Config;
  readonly addresses: {
    readonly temporal: string;
    readonly ui: string;
    /** null in projects without models */
    readonly gateway: string | null;
    /** value for REKINDLE_STORE */
    readonly store: string;
  };
  /** the line that puts `temporal` on the PATH */
  readonly path: string;
  readonly workerPid: () => number;
  readonly gatewayPid: () => number | undefined;
  /** Gateway, worker, Temporal, object store, in this order, each given time to finish. */
  stop(): Promise<void>;
}

/** each longer than what the process itself allows its work */
const GRACE_MS = { gateway: 15_000, worker: 30_000, server: 10_000 };

/** What the caller's environment says of other installations must not reach the processes of this one. */
const ownEnvironment = (variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const foreign = /^(TEMPORAL_|REKINDLE_STORE$|REKINDLE_S3_|REKINDLE_GATEWAY_)/;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))), ...variables };
};

const writeDevFile = (project: string, content: DevFile): void => {
  const path = devFilePath(project);
  writeFileSync(`${path}.new`, JSON.stringify(content, undefined, 2));
  renameSync(`${path}.new`, path);
};

/**
 * Starts everything and publishes the project's DAGs, schedules and models.
 *
 * @throws PORT_TAKEN, TOOL_MISSING, TEMPORAL_UNREACHABLE, STORE_UNREACHABLE, PROCESS_FAILED; what had been started is stopped then
 */
export const startStack = async ({ project: folder, store: wished, ports = {}, say }: StackOptions): Promise<Stack> => {
  const project = await realpath(folder);
  const stateDir = join(project, '.rekindle');
  const logs = join(stateDir, 'logs');
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(stateDir, '.gitignore'), '*\n');
  await clearLeftovers(project, say);

  const last = readDevFile(project);
  const store = wished ?? (last?.store.startsWith('s3:') === true ? 'minio' : 'folder');
  const serves = hasModels(project);
  const port = {
    temporal: await claimPort({ port: ports.temporal ?? 7233, purpose: 'Temporal', option: '--port' }),
    ui: await claimPort({ port: ports.ui ?? 8233, purpose: "Temporal's UI", option: '--ui-port' }),
    gateway: serves ? await claimPort({ port: ports.gateway ?? 8080, purpose: 'the gateway', option: '--gateway-port' }) : undefined,
  };
  const tools = await provideTools({ project, store, trainer: serves });
  if (serves && tools.trainerPython === null) say('There is no Python for the trainer: trainings will fail; `rekindle doctor` says why.');

  const opened: ChildLog[] = [];
  const lines = (name: string, loud: boolean): ((line: string) => void) => {
    const log = openChildLog(join(logs, `${name}.log`), name, loud ? say : undefined);
    opened.push(log);
    return log.onLine;
  };
  /** in order of start; undone newest first */
  const undo: (() => Promise<void>)[] = [];
  const processes: DevFile['processes'] = [];

  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
    const file = readDevFile(project);
    if (file?.pid === process.pid) writeDevFile(project, { ...file, pid: 0, processes: [] });
    await Promise.all(opened.splice(0).map((log) => log.close()));
  };
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const since = performance.now();
    const made = await work();
    say(`${what} (${elapsed(performance.now() - since)})`);
    return made;
  };

  try {
    const minio =
      store === 'minio' ? await timed('Object store runs', () => startMinio(tools.minio!, project, lines('minio', false))) : undefined;
    if (minio) {
      undo.push(() => minio.process.stop(GRACE_MS.server));
      processes.push({ name: 'object store', pid: minio.process.pid });
    }
    const temporal = await timed('Temporal runs', () =>
      startDevServer({
        executable: tools.temporal,
        port: port.temporal,
        uiPort: port.ui,
        database: join(stateDir, 'temporal.db'),
        onLine: lines('temporal', false),
      }),
    );
    undo.push(() => temporal.process.stop(GRACE_MS.server));
    processes.push({ name: 'Temporal server', pid: temporal.process.pid });

    const gateway = port.gateway === undefined ? null : `http://127.0.0.1:${port.gateway}`;
    const path = `export PATH="${dirname(tools.temporal)}:$PATH"`;
    writeDevFile(project, {
      pid: process.pid,
      startedAt: new Date().toISOString(),
      temporal: { address: temporal.address, namespace: DEFAULT_NAMESPACE, ui: temporal.ui, cli: tools.temporal },
      gateway: gateway === null ? null : { url: gateway },
      store: minio?.store ?? 'folder:.rekindle/objects',
      path,
      processes,
    });
    // children and other commands of the project read the same file
    const env = ownEnvironment({
      ...(gateway === null ? {} : { REKINDLE_GATEWAY_PORT: String(port.gateway), REKINDLE_GATEWAY_URL: gateway }),
      ...(tools.trainerPython === null ? {} : { REKINDLE_TRAINER_PYTHON: tools.trainerPython }),
    });

    const run = (name: string, entry: string): Promise<Supervised> =>
      timed(`The ${name} runs`, () =>
        supervise({
          ...{ name, env, say, onLine: lines(name, true) },
          ...{ file: process.execPath, args: [...nodeArguments(entry), '--project', project] },
        }),
      );
    const sync = async (): Promise<void> => {
      const child = await startChild({
        file: process.execPath,
        args: [...nodeArguments('apps/cli/main'), 'sync', '--project', project],
        env,
        onLine: say,
      });
      await child.exited;
    };
    const [worker, gatewayProcess, synced] = await Promise.allSettled([
      run('worker', 'workers/main'),
      gateway === null ? undefined : run('gateway', 'apps/gateway/main'),
      sync(),
    ]);
    if (worker.status === 'fulfilled') undo.push(() => worker.value.stop(GRACE_MS.worker));
    const served = gatewayProcess.status === 'fulfilled' ? gatewayProcess.value : undefined;
    if (served) undo.push(() => served.stop(GRACE_MS.gateway));
    for (const settled of [worker, gatewayProcess, synced]) if (settled.status === 'rejected') throw settled.reason;

    return {
      config: loadConfig(project, env),
      addresses: { temporal: temporal.address, ui: temporal.ui, gateway, store: minio?.store ?? 'folder:.rekindle/objects' },
      path,
      workerPid: () => (worker as PromiseFulfilledResult<Supervised>).value.pid(),
      gatewayPid: () => served?.pid(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
