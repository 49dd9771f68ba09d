/** `rekindle worker` and `rekindle gateway`: one process of a real installation each, in the foreground. */
import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { nodeArguments } from '../../../platform/package.js';
import { action, withCommonOptions, type Session } from '../session.js';

/** Signals go to the child (Ctrl-C at a terminal reaches it by itself), which ends in its own time; its exit code is ours. */
const runEntry = (entry: string, args: readonly string[]): Promise<number> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [...nodeArguments(entry), ...args], { stdio: 'inherit' });
    const forward = (signal: NodeJS.Signals): void => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    process.on('SIGTERM', forward).on('SIGINT', forward);
    child.once('error', fail);
    child.once('exit', (code) => {
      process.off('SIGTERM', forward).off('SIGINT', forward);
      done(code ?? 1);
    });
  });

interface WorkerOptions {
  readonly queues?: string;
}

export const registerProcesses = (program: Command): void => {
  withCommonOptions(program.command('worker'))
    .description('run the tasks of the project: JSON logs on stdout, SIGTERM stops it gracefully')
    .option('--queues <names>', 'task queues, separated by commas (default: all that the project uses)')
    .action(
      action(({ config }: Session, { queues }: WorkerOptions) =>
        runEntry('workers/main', ['--project', config.project, ...(queues === undefined ? [] : ['--queues', queues])]),
      ),
    );
  withCommonOptions(program.command('gateway'))
    .description('serve predictions of every model in production: JSON logs on stdout, SIGTERM stops it gracefully')
    .action(action(({ config }: Session) => runEntry('apps/gateway/main', ['--project', config.project])));
};
