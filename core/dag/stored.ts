/** Putting values in the places where JSON holds references to the object store. */
import type { Json } from '../json.js';
import { MAKE } from './expression.js';
import { isMade, isStored, partOf, type Made, type Stored, type StoredValue } from './wire.js';

/** Reads a stored output; what it answers is not changed by anything here, so it may be shared. */
export type LoadStored = (stored: Stored) => Promise<Json>;

/** Loads at a time: a list of a thousand large outputs must not open a thousand files. */
const AT_A_TIME = 16;

/** A reference that was met, and what to do with its value. */
interface Hole {
  readonly stored: StoredValue;
  readonly fill: (value: Json | undefined) => void;
}

/** Which references are replaced; the others stay. */
type Wanted = (stored: Stored) => boolean;
const all: Wanted = () => true;
const isWanted = (value: StoredValue, wanted: Wanted): boolean => [...referencesIn(value).values()].every(wanted);

/** Every reference in it, once. */
export const referencesIn = (value: unknown, found = new Map<string, Stored>()): Map<string, Stored> => {
  if (typeof value !== 'object' || value === null) return found;
  if (isStored(value) && !isMade(value.$stored)) return found.set(value.$stored.sha256, value.$stored);
  for (const item of Object.values(value)) referencesIn(item, found);
  return found;
};

export const hasStored = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (isStored(value) || Object.values(value).some(hasStored));

/** A copy of its own, so that nobody changes what others read; null in the place of each hole. */
const copy = (value: Json, wanted: Wanted, holes: Hole[]): Json => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items: Json[] = (value as readonly Json[]).map((item, i) => {
      if (!isStored(item)) return copy(item, wanted, holes);
      if (!isWanted(item, wanted)) return item;
      holes.push({ stored: item, fill: (found) => void (items[i] = found ?? null) });
      return null;
    });
    return items;
  }
  const fields: Record<string, Json> = Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (!isStored(item)) return [key, copy(item, wanted, holes)];
      if (!isWanted(item, wanted)) return [key, item];
      const fill = (found: Json | undefined): void => {
        if (found === undefined) delete fields[key];
        else fields[key] = found;
      };
      holes.push({ stored: item, fill });
      return [key, null];
    }),
  );
  return fields;
};

const isIndex = (key: string | undefined): key is string => key !== undefined && /^\d+$/.test(key);

/** The tuple at a place of all tuples: the last list varies fastest. */
const crossed = (lists: readonly (readonly Json[])[], place: number): Json | undefined => {
  const tuple: Json[] = [];
  let left = place;
  for (const list of [...lists].reverse()) {
    if (list.length === 0) return undefined;
    tuple.unshift(list[left % list.length]!);
    left = Math.floor(left / list.length);
  }
  return left > 0 ? undefined : tuple;
};

/** One tuple is made without the others: each item of a map over them asks for its own. */
const make = async ({ make: making, of }: Made, path: readonly string[], load: LoadStored): Promise<Json | undefined> => {
  const values = await Promise.all(
    of.map((value) => (isStored(value) && making !== 'format' ? lookUp(value, load) : fillStored(value, load))),
  );
  const [index, ...rest] = path;
  if (making === 'cross' && isIndex(index) && values.every((value): value is readonly Json[] => Array.isArray(value)))
    return partOf(crossed(values, Number(index)), rest);
  return partOf(MAKE[making](values), path);
};

/**
 * What a reference stands for, not copied and with what other references are in it.
 * @returns undefined where the path leads nowhere
 */
export const lookUp = async ({ $stored, $path = [] }: StoredValue, load: LoadStored): Promise<Json | undefined> => {
  const found = isMade($stored) ? await make($stored, $path, load) : partOf(await load($stored), $path);
  return isStored(found) ? lookUp(found, load) : found;
};

/**
 * @returns a copy of `value` without references: each is replaced by what it stands for. Where its path leads nowhere, a field is left
 * out and an item of a list is null, as with every reference of an expression.
 */
export const fillStored = async (value: Json, load: LoadStored, wanted = all): Promise<Json | undefined> => {
  if (isStored(value)) {
    if (!isWanted(value, wanted)) return value;
    const found = await lookUp(value, load);
    return found === undefined ? undefined : fillStored(found, load, wanted);
  }
  const holes: Hole[] = [];
  const filled = copy(value, wanted, holes);
  const queue = holes.values();
  const work = async (): Promise<void> => {
    for (const { stored, fill } of queue) fill(await fillStored(stored, load, wanted));
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, holes.length) }, work));
  return filled;
};
