/** The commands around a project and its servers: they load Temporal's libraries, which takes most of a second. */
import type { Command } from 'commander';
import { registerAssets } from './assets.js';
import { registerDags } from './dags.js';
import { registerDev } from './dev.js';
import { registerDoctor } from './doctor.js';
import { registerModels } from './models.js';
import { registerPools } from './pools.js';
import { registerProcesses } from './processes.js';
import { registerSync } from './sync.js';

export const registerServed = (program: Command): void => {
  registerDev(program);
  registerProcesses(program);
  registerSync(program);
  registerDags(program);
  registerAssets(program);
  registerModels(program);
  registerPools(program);
  registerDoctor(program);
};
