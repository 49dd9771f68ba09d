/** `ctx.state` in memory, with what workers check of it. */
import { RekindleError } from '../../errors.js';
import type { Json } from '../../json.js';
import type { KeptState } from '../../ports.js';

const asJson = (place: string, value: unknown): Json => {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new RekindleError('TASK_STATE_INVALID', `The new state '${place}' is no JSON: ${(error as Error).message}.`, { key: place });
  }
  if (text === undefined) throw new RekindleError('TASK_STATE_INVALID', `The new state '${place}' is no JSON.`, { key: place });
  return JSON.parse(text) as Json;
};

/** Opened anew for each try: what it has read is of this try. @param place id of the node, with `/<name>` of a value of its own */
export const openKeptState = (kept: Map<string, Json>, place: string): KeptState => {
  let read: { readonly value: Json | undefined } | undefined;
  const get = (): Json | undefined => {
    read = { value: kept.get(place) };
    return read.value;
  };
  const set = (value: unknown): Json => {
    const json = asJson(place, value);
    if (read && read.value !== kept.get(place))
      throw new RekindleError('TASK_STATE_CHANGED', `The state '${place}' was changed by another run since it was read.`, { key: place });
    kept.set(place, json);
    read = { value: json };
    return json;
  };
  return {
    get: <T>() => Promise.resolve(get() as T | undefined),
    set: async (value) => void (await Promise.resolve(set(value))),
    update: async <T>(change: (current: T | undefined) => T | Promise<T>) => {
      for (;;) {
        const seen = get();
        const next = await change(seen as T | undefined);
        if (kept.get(place) === seen) return set(next) as T;
      }
    },
    of: (name) => openKeptState(kept, `${place}/${name}`),
  };
};
