import type { ObjectStore } from '../../core/ports.js';
import { gatewaysIn } from './gateways.js';
import { pointersIn } from './pointers.js';
import type { Registry } from './registry.js';
import { rollBackWith } from './rollback.js';
import { versionsIn } from './versions.js';

/** The registry needs nothing but the object store: no database, no server of its own. */
export const createRegistry = (objects: ObjectStore): Registry => {
  const versions = versionsIn(objects);
  const pointers = pointersIn(objects, versions);
  return { ...versions, ...pointers, ...gatewaysIn(objects), rollBack: rollBackWith({ ...versions, ...pointers }) };
};
