/**
 * Stands for the output of a task that nobody has run: it looks like one in the object store, so that expressions pass it on and
 * whoever must look into it asks first.
 */
import type { Json } from '../../json.js';

const NOWHERE = { key: 'runs/', sha256: '0'.repeat(64), bytes: 0 };

export const unknownOf = (instance: string): Json => ({ $stored: { ...NOWHERE, unknown: instance } });

/** The task instances whose outputs are missing in a value. */
export const unknownsIn = (value: Json | undefined, found = new Set<string>()): ReadonlySet<string> => {
  if (typeof value !== 'object' || value === null) return found;
  const { $stored } = value as { readonly $stored?: { readonly unknown?: unknown } };
  if (typeof $stored?.unknown === 'string') return found.add($stored.unknown);
  for (const item of Object.values(value as { readonly [key: string]: Json })) unknownsIn(item, found);
  return found;
};
