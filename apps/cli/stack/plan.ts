/** What a stack will be made of, settled before anything is started. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { readDevFile } from '../../../platform/config.js';
import { claimPort } from '../../../platform/ports.js';
import { hasModels } from '../../../workers/compose.js';
import { clearLeftovers } from './leftovers.js';
import { provideTools, type Tools } from './tools.js';

export interface StackOptions {
  readonly project: string;
  /** default: the one of the last time, a folder at first */
  readonly store?: 'folder' | 'minio' | undefined;
  /** 0 takes any free port. Defaults: 7233, 8233, 8080 */
  readonly ports?: { readonly temporal?: number | undefined; readonly ui?: number | undefined; readonly gateway?: number | undefined };
  /** a line for people: progress, warnings of the children, restarts */
  readonly say: (line: string) => void;
}

export interface Plan {
  /** real path of the project folder */
  readonly project: string;
  readonly stateDir: string;
  /** folder of the children's logs */
  readonly logs: string;
  readonly store: 'folder' | 'minio';
  readonly tools: Tools & { readonly temporal: string };
  readonly ports: { readonly temporal: number; readonly ui: number; /** absent in projects without models */ readonly gateway?: number };
}

/** @throws PORT_TAKEN, TOOL_MISSING, USAGE if a stack runs here already */
export const planStack = async ({ project: folder, store: wished, ports = {}, say }: StackOptions): Promise<Plan> => {
  const project = await realpath(folder);
  const stateDir = join(project, '.rekindle');
  const logs = join(stateDir, 'logs');
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(stateDir, '.gitignore'), '*\n');
  await clearLeftovers(project, say);

  const store = wished ?? (readDevFile(project)?.store.startsWith('s3:') === true ? 'minio' : 'folder');
  const serves = hasModels(project);
  const temporal = await claimPort({ port: ports.temporal ?? 7233, purpose: 'Temporal', option: '--port' });
  const ui = await claimPort({ port: ports.ui ?? 8233, purpose: "Temporal's UI", option: '--ui-port' });
  const gateway = serves && (await claimPort({ port: ports.gateway ?? 8080, purpose: 'the gateway', option: '--gateway-port' }));
  const tools = await provideTools({ project, store, trainer: serves });
  if (serves && tools.trainerPython === null) say('There is no Python for the trainer: trainings will fail; `rekindle doctor` says why.');
  return { project, stateDir, logs, store, tools, ports: { temporal, ui, ...(gateway === false ? {} : { gateway }) } };
};
