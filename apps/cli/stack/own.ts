/** Our own processes of a stack: a worker, a gateway where there are models, and one that publishes the project and ends. */
import { startChild } from '../../../platform/child-process.js';
import { nodeArguments } from '../../../platform/package.js';
import { supervise, type Supervised } from './supervise.js';

/** Filled as they become ready. */
export interface OwnProcesses {
  gateway?: Supervised;
  worker?: Supervised;
}

export interface OwnOptions {
  readonly project: string;
  readonly env: NodeJS.ProcessEnv;
  readonly withGateway: boolean;
  readonly say: (line: string) => void;
  /** where the lines of a process go */
  readonly lines: (name: string) => (line: string) => void;
  /** says what was done and how long it took */
  readonly timed: <T>(what: string, work: () => Promise<T>) => Promise<T>;
}

/** What the caller's environment says of other installations must not reach the processes of this one. */
export const ownEnvironment = (variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const foreign = /^(TEMPORAL_|REKINDLE_STORE$|REKINDLE_S3_|REKINDLE_GATEWAY_|REKINDLE_BUILD_ID$)/;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))), ...variables };
};

/**
 * All at once, as none needs the other.
 *
 * @param own what runs is in it, also when another one does not start
 * @throws PROCESS_FAILED
 */
export const startOwn = async (own: OwnProcesses, { project, env, withGateway, say, lines, timed }: OwnOptions): Promise<void> => {
  const argsOf = (entry: string, ...args: string[]): string[] => [...nodeArguments(entry), ...args, '--project', project];
  const run = (name: keyof OwnProcesses, entry: string): Promise<void> =>
    timed(`The ${name} runs`, async () => {
      own[name] = await supervise({ name, file: process.execPath, args: argsOf(entry), env, say, onLine: lines(name) });
    });
  /** What is wrong in the project it says itself; the rest of the project runs. */
  const publish = async (): Promise<void> => {
    const child = await startChild({ file: process.execPath, args: argsOf('apps/cli/main', 'sync'), env, onLine: say });
    await child.exited;
  };
  const settled = await Promise.allSettled([
    run('worker', 'workers/main'),
    withGateway ? run('gateway', 'apps/gateway/main') : undefined,
    publish(),
  ]);
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
};
