/** Commands that need no server, no project and no configuration, and load nothing that does. */
import type { Command } from 'commander';
import { describeError, printJson } from './output.js';
import { openScreen } from './screen.js';

interface StandaloneOptions {
  readonly json?: true;
  readonly debug?: true;
}

/** Lives as long as one command. */
export interface Standalone {
  readonly json: boolean;
  /** A line for people, on stderr. */
  readonly say: (line: string) => void;
  /** The result: `document` with `--json`, else `text`. */
  readonly print: (document: unknown, text: () => string) => void;
  /** What is being done, and which share of it is done (0 to 1); shown from the third second on. */
  readonly progress: (what: string, share?: number) => void;
  /** Ctrl-C: what is under way ends and cleans up */
  readonly signal: AbortSignal;
}

export const withStandaloneOptions = (command: Command): Command =>
  command.option('--json', 'print one JSON document on stdout').option('--debug', 'show stack traces');

/** As a shell says of what Ctrl-C has ended. */
const INTERRUPTED = 130;

const QUIET_MS = 2000;
/** Where no terminal shows what is drawn, a line now and then says that it goes on. */
const LINE_EVERY_MS = 10_000;

const openProgress = (): Pick<Standalone, 'progress'> & { readonly end: () => void } => {
  const began = Date.now();
  const screen = openScreen(process.stderr);
  let said = began + QUIET_MS - LINE_EVERY_MS;
  return {
    progress: (what, share) => {
      const now = Date.now();
      if (now - began < QUIET_MS) return;
      const line = `${what} …${share === undefined ? '' : ` ${Math.floor(100 * Math.min(1, share))} %`}`;
      if (process.stderr.isTTY) screen.draw([line]);
      else if (now - said >= LINE_EVERY_MS) {
        said = now;
        process.stderr.write(`${line}\n`);
      }
    },
    end: () => screen.clear(),
  };
};

/** @param work gets the session, then the command's own arguments, then its options; may return an exit code (0 when it returns nothing) */
export const standalone =
  <A extends unknown[]>(work: (session: Standalone, ...args: A) => Promise<number | void>) =>
  async (...given: unknown[]): Promise<void> => {
    const options = (given.at(-1) as Command).optsWithGlobals<StandaloneOptions>();
    const json = options.json === true;
    const { progress, end } = openProgress();
    const stop = new AbortController();
    const onInterrupt = (): void => stop.abort();
    process.once('SIGINT', onInterrupt); // the second one ends the process at once
    const session: Standalone = {
      json,
      say: (line) => process.stderr.write(`${line}\n`),
      print: (document, text) => {
        end();
        if (json) printJson(document);
        else process.stdout.write(`${text()}\n`);
      },
      progress,
      signal: stop.signal,
    };
    try {
      process.exitCode = (await work(session, ...([...given.slice(0, -2), options] as unknown as A))) ?? 0;
    } catch (error) {
      end();
      if (stop.signal.aborted) {
        process.exitCode = INTERRUPTED;
        return;
      }
      const described = describeError(error);
      if (json) printJson({ error: described.document });
      process.stderr.write(`${described.block}\n`);
      if (options.debug === true && error instanceof Error) process.stderr.write(`${error.stack}\n`);
      process.exitCode = described.exit;
    } finally {
      process.off('SIGINT', onInterrupt);
    }
  };
