/** Everything that a project needs on one machine: Temporal, an object store, a worker, a gateway. `rekindle dev` is its face. */
import { renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { devFilePath, loadConfig, readDevFile, type Config, type DevFile } from '../../../platform/config.js';
import { startDevServer } from '../../../platform/temporal/dev-server.js';
import { DEFAULT_NAMESPACE } from '../../../platform/temporal/settings.js';
import { elapsed } from '../output.js';
import { openChildLog, type ChildLog } from './child-log.js';
import { startMinio } from './minio.js';
import { ownEnvironment, startOwn, type OwnProcesses } from './own.js';
import { planStack, type Plan, type StackOptions } from './plan.js';

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
  /** of the process that runs now: one that ended was started again */
  readonly workerPid: () => number;
  readonly gatewayPid: () => number | undefined;
  /** Gateway, worker, Temporal, object store, in this order, each given time to finish. */
  readonly stop: () => Promise<void>;
}

const FOLDER = 'folder:.rekindle/objects';
/** A gateway stores what it answered within 10 s, a worker gives its tasks 15 s; the rest is for a machine that is busy. */
const OWN_GRACE_MS = 30_000;
const SERVER_GRACE_MS = 10_000;

const writeDevFile = (project: string, content: DevFile): void => {
  const path = devFilePath(project);
  writeFileSync(`${path}.new`, JSON.stringify(content, undefined, 2));
  renameSync(`${path}.new`, path);
};

/** What was started, and how it is ended again. */
class Running {
  readonly processes: { readonly name: string; readonly pid: number }[] = [];
  readonly #plan: Plan;
  readonly #say: (line: string) => void;
  readonly #logs: ChildLog[] = [];
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(plan: Plan, say: (line: string) => void) {
    this.#plan = plan;
    this.#say = say;
  }

  /** @param loud warnings are shown, too */
  lines(name: string, loud: boolean): (line: string) => void {
    const log = openChildLog(join(this.#plan.logs, `${name}.log`), name, loud ? this.#say : undefined);
    this.#logs.push(log);
    return log.onLine;
  }

  async timed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const since = performance.now();
    const made = await work();
    this.#say(`${what} (${elapsed(performance.now() - since)})`);
    return made;
  }

  onStop(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  /** Newest first. Again = no-op. */
  async stop(): Promise<void> {
    for (const step of this.#stops.splice(0).reverse()) await step();
    const file = readDevFile(this.#plan.project);
    if (file?.pid === process.pid) writeDevFile(this.#plan.project, { ...file, pid: 0, processes: [] });
    await Promise.all(this.#logs.splice(0).map((log) => log.close()));
  }
}

/** @returns value for REKINDLE_STORE */
const startStore = async ({ store, tools, project }: Plan, running: Running): Promise<string> => {
  if (store === 'folder') return FOLDER;
  const minio = await running.timed('The object store runs', () => startMinio(tools.minio!, project, running.lines('minio', false)));
  running.onStop(() => minio.process.stop(SERVER_GRACE_MS));
  running.processes.push({ name: 'object store', pid: minio.process.pid });
  return minio.store;
};

const startTemporal = async ({ tools, ports, stateDir }: Plan, running: Running): Promise<DevFile['temporal']> => {
  const { address, ui, process } = await running.timed('Temporal runs', () =>
    startDevServer({
      executable: tools.temporal,
      port: ports.temporal,
      uiPort: ports.ui,
      database: join(stateDir, 'temporal.db'),
      onLine: running.lines('temporal', false),
    }),
  );
  running.onStop(() => process.stop(SERVER_GRACE_MS));
  running.processes.push({ name: 'Temporal server', pid: process.pid });
  return { address, ui, namespace: DEFAULT_NAMESPACE, cli: tools.temporal };
};

/**
 * Starts everything and publishes the project's DAGs, schedules and models.
 *
 * @throws PORT_TAKEN, TOOL_MISSING, TEMPORAL_UNREACHABLE, STORE_UNREACHABLE, PROCESS_FAILED; what had been started is stopped then
 */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { say } = options;
  const plan = await planStack(options);
  const { project, tools, ports } = plan;
  const running = new Running(plan, say);
  try {
    const store = await startStore(plan, running);
    const temporal = await startTemporal(plan, running);
    const gateway = ports.gateway === undefined ? null : `http://127.0.0.1:${ports.gateway}`;
    const path = `export PATH="${dirname(tools.temporal)}:$PATH"`;
    // our own processes find the servers as every command of the project does
    writeDevFile(project, {
      ...{ pid: process.pid, startedAt: new Date().toISOString(), temporal, store, path, processes: running.processes },
      gateway: gateway === null ? null : { url: gateway },
    });
    const env = ownEnvironment({
      ...(gateway === null ? {} : { REKINDLE_GATEWAY_PORT: String(ports.gateway), REKINDLE_GATEWAY_URL: gateway }),
      ...(tools.trainerPython === null ? {} : { REKINDLE_TRAINER_PYTHON: tools.trainerPython }),
    });
    const own: OwnProcesses = {};
    running.onStop(async () => {
      await own.gateway?.stop(OWN_GRACE_MS); // it still stores what it answered
      await own.worker?.stop(OWN_GRACE_MS);
    });
    await startOwn(own, {
      ...{ project, env, say, withGateway: gateway !== null },
      lines: (name) => running.lines(name, true),
      timed: (what, work) => running.timed(what, work),
    });
    return {
      config: loadConfig(project, env),
      addresses: { temporal: temporal.address, ui: temporal.ui, gateway, store },
      path,
      workerPid: () => own.worker!.pid(),
      gatewayPid: () => own.gateway?.pid(),
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
};
