#!/usr/bin/env node
/** The command `rekindle`. */
import { Command, CommanderError } from 'commander';
import { packageJson } from '../../platform/package.js';
import { registerDrift } from './commands/drift.js';
import { registerQuality } from './commands/quality.js';
import { registerValidate } from './commands/validate.js';

const USAGE = 2;

const program = new Command('rekindle')
  .description('Airflow-style DAGs on Temporal that keep machine-learning models good.')
  .version(packageJson().version)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, '✖ USAGE\n  ')) });

// `drift`, `quality` and `validate` need none of what the others load, and answer in a moment
const isAlone = ['drift', 'quality', 'validate'].includes(process.argv[2] ?? '');
if (!isAlone) (await import('./commands/served.js')).registerServed(program);
registerDrift(program);
registerQuality(program);
registerValidate(program);

/** Help and version are answers; everything else that commander throws is a wrong use. */
const withExit = (command: Command): Command => {
  command.exitOverride().configureOutput(program.configureOutput());
  command.commands.forEach(withExit);
  return command;
};

// a reader that has gone (`| head`, a closed terminal) is no reason to break off
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await withExit(program).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  const answered = ['commander.helpDisplayed', 'commander.version'].includes(error.code);
  process.exitCode = answered ? 0 : USAGE;
}
