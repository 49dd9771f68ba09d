/** The Python that runs trainers: the configured one, else the environment that set-up made. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RekindleError } from '../../core/errors.js';
import { packageRoot } from '../package.js';

/** Set-up is plain JavaScript, as it runs before anything is built. */
interface SetupTools {
  findTrainerPython(): string | undefined;
}

/** @throws TOOL_MISSING */
export const findPython = async (configured: string | undefined): Promise<string> => {
  if (configured !== undefined) return configured;
  const tools = (await import(pathToFileURL(join(packageRoot, 'scripts/setup/tools.mjs')).href)) as SetupTools;
  const python = tools.findTrainerPython();
  if (python !== undefined) return python;
  throw new RekindleError('TOOL_MISSING', "The trainer's Python environment is not set up on this machine.", { tool: 'trainer' });
};
