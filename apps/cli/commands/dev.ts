/** `rekindle dev`: everything on this machine, until Ctrl-C. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { elapsed } from '../output.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { startStack, type Stack } from '../stack/stack.js';

interface DevOptions {
  readonly port?: number;
  readonly uiPort?: number;
  readonly gatewayPort?: number;
  readonly store?: 'folder' | 'minio';
}

const port = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new InvalidArgumentError('Write a port, or 0 for any free one.');
  return number;
};

const banner = ({ addresses, path }: Stack, project: string): string =>
  [
    '',
    `  Temporal      ${addresses.temporal}`,
    `  Web UI        ${addresses.ui}`,
    ...(addresses.gateway === null ? [] : [`  Predictions   ${addresses.gateway}`]),
    `  Object store  ${addresses.store}`,
    `  Everything is in ${project}/.rekindle; logs are in its folder logs.`,
    '',
    `  ${path}`,
    '',
    '  Ctrl-C stops it all; the next start goes on from here.',
  ].join('\n');

/** A launcher such as npx may pass Ctrl-C on to a process that the terminal has told already. */
const ECHO_MS = 500;

/** The first signal asks for an orderly end; a second one does not wait for it. */
const untilStopped = (say: (line: string) => void): Promise<string> =>
  new Promise((done) => {
    let askedAt: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (askedAt === undefined) {
        askedAt = Date.now();
        done(signal);
      } else if (Date.now() - askedAt > ECHO_MS) {
        say('Ending at once.');
        process.exit(1);
      }
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  });

const dev = async (session: Session, { port: temporal, uiPort: ui, gatewayPort: gateway, store }: DevOptions): Promise<void> => {
  const since = performance.now();
  const say = (line: string): void => session.say(line);
  const stopped = untilStopped(say);
  const stack = await startStack({ project: session.config.project, store, ports: { temporal, ui, gateway }, say });
  say(`Ready in ${elapsed(performance.now() - since)}.`);
  session.print({ ...stack.addresses, path: stack.path, project: session.config.project }, () => banner(stack, session.config.project));
  say(`Stopping (${await stopped}) …`);
  const stopping = performance.now();
  await stack.stop();
  say(`Stopped in ${elapsed(performance.now() - stopping)}.`);
};

export const registerDev = (program: Command): void => {
  withCommonOptions(program.command('dev'))
    .description('start Temporal, an object store, a worker and a gateway for the project; Ctrl-C stops them')
    .option('--port <n>', 'of Temporal (default: 7233; 0: any free one)', port)
    .option('--ui-port <n>', "of Temporal's Web UI (default: 8233)", port)
    .option('--gateway-port <n>', 'of predictions (default: 8080)', port)
    .addOption(
      new Option('--store <kind>', 'where objects are kept (default: as the last time, a folder at first)').choices(['folder', 'minio']),
    )
    .action(action(dev));
};
