/** What every command has in common: project, configuration, output, connections, exit codes. */
import { existsSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { connect } from '../../client/connection.js';
import { loadConfig, type Config } from '../../platform/config.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { RekindleError } from '../../core/errors.js';
import type { ObjectStore } from '../../core/ports.js';
import { describeError, printJson } from './output.js';

interface CommonOptions {
  readonly project: string;
  readonly json?: true;
  readonly debug?: true;
}

/** Lives as long as one command. */
export interface Session {
  readonly config: Config;
  readonly json: boolean;
  readonly debug: boolean;
  /** A line for people, on stderr: stdout carries the result only. */
  readonly say: (line: string) => void;
  /** The result: `document` with `--json`, else `text`. Called once by each command. */
  print(document: unknown, text: string | (() => string)): void;
  /** Connected at the first call. @throws TEMPORAL_UNREACHABLE */
  client(): Promise<Client>;
  objects(): ObjectStore;
}

/** Options that every command takes; without `--project` the current folder is the project. */
export const withCommonOptions = (command: Command): Command =>
  command
    .option('-p, --project <folder>', 'folder with dags/, models/ and rekindle.config.ts', '.')
    .option('--json', 'print one JSON document on stdout')
    .option('--debug', 'show stack traces');

const open = (options: CommonOptions): Session & { close(): Promise<void> } => {
  if (!existsSync(options.project))
    throw new RekindleError('PROJECT_INVALID', `There is no folder ${options.project}.`, { folder: options.project });
  const config = loadConfig(options.project);
  const json = options.json === true;
  let client: Promise<Client> | undefined;
  let objects: ObjectStore | undefined;
  return {
    config,
    json,
    debug: options.debug === true,
    say: (line) => process.stderr.write(`${line}\n`),
    print: (document, text) => {
      if (json) printJson(document);
      else process.stdout.write(`${typeof text === 'string' ? text : text()}\n`);
    },
    client: () => (client ??= connect(config)),
    objects: () => (objects ??= openObjectStore(config.store)),
    close: async () => {
      const opened = await client?.catch(() => undefined);
      await opened?.connection.close();
    },
  };
};

/**
 * Makes a commander action of a command's work.
 *
 * @param work gets the session, then the command's own arguments, then its options; may return an exit code (0 when it returns nothing)
 */
export const action =
  <A extends unknown[]>(work: (session: Session, ...args: A) => Promise<number | void>) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<CommonOptions>();
    const args = [...given.slice(0, -2), options] as unknown as A;
    let session: ReturnType<typeof open> | undefined;
    try {
      session = open(options);
      process.exitCode = (await work(session, ...args)) ?? 0;
    } catch (error) {
      const described = describeError(error);
      if (options.json === true) printJson({ error: described.document });
      process.stderr.write(`${described.block}\n`);
      if (options.debug === true && error instanceof Error) process.stderr.write(`${error.stack}\n`);
      process.exitCode = described.exit;
    } finally {
      await session?.close();
    }
  };
