#!/usr/bin/env node
/** The command `rekindle`. */
import { Command, CommanderError } from 'commander';
import { packageJson } from '../../platform/package.js';
import { registerAssets } from './commands/assets.js';
import { registerDags } from './commands/dags.js';
import { registerDev } from './commands/dev.js';
import { registerDoctor } from './commands/doctor.js';
import { registerDrift } from './commands/drift.js';
import { registerModels } from './commands/models.js';
import { registerPools } from './commands/pools.js';
import { registerProcesses } from './commands/processes.js';
import { registerQuality } from './commands/quality.js';
import { registerSync } from './commands/sync.js';

const USAGE = 2;

const program = new Command('rekindle')
  .description('Airflow-style DAGs on Temporal that keep machine-learning models good.')
  .version(packageJson().version)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, '✖ USAGE\n  ')) });

registerDev(program);
registerProcesses(program);
registerSync(program);
registerDags(program);
registerAssets(program);
registerModels(program);
registerPools(program);
registerDrift(program);
registerQuality(program);
registerDoctor(program);

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
