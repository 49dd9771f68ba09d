/** Search attributes by which runs are found: the server must know them before a run may set them. */
import type { Client, Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../core/names.js';

/** Temporal's `IndexedValueType`. */
const KEYWORD = 2;
const DATETIME = 6;
const TYPES: Readonly<Record<string, number>> = {
  [SEARCH_ATTRIBUTES.logicalDate]: DATETIME,
  [SEARCH_ATTRIBUTES.model]: KEYWORD,
  [SEARCH_ATTRIBUTES.state]: KEYWORD,
  [SEARCH_ATTRIBUTES.kind]: KEYWORD,
};

/**
 * Adds those that are missing. A server that does not let us is no reason to stop: runs are then found by DAG and time only.
 * @returns whether the server knows all of them
 */
export const ensureSearchAttributes = async (client: Client, warn: (why: string) => void): Promise<boolean> => {
  const { namespace } = client.options;
  const { operatorService } = client.connection as Connection;
  try {
    const known = (await operatorService.listSearchAttributes({ namespace })).customAttributes;
    const missing = Object.fromEntries(Object.entries(TYPES).filter(([name]) => !(name in known)));
    if (Object.keys(missing).length > 0) await operatorService.addSearchAttributes({ namespace, searchAttributes: missing });
    return true;
  } catch (error) {
    warn(`The server has no search attributes for runs: ${error instanceof Error ? error.message : String(error)}.`);
    return false;
  }
};
