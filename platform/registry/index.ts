import type { ObjectStore } from '../../core/ports.js';
import { gatewaysIn } from './gateways.js';
import { pointersIn } from './pointers.js';
import type { Registry } from './registry.js';
import { versionsIn } from './versions.js';

export type { Commit, Registry, VersionFiles } from './registry.js';

/** The registry needs nothing but the object store: no database, no server of its own. */
export const createRegistry = (objects: ObjectStore): Registry => {
  const versions = versionsIn(objects);
  return { ...versions, ...pointersIn(objects, versions), ...gatewaysIn(objects) };
};
