/** `ctx.state`: what a node keeps from run to run, one small object of the store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRekindleError, RekindleError } from '../core/errors.js';
import { keys } from '../core/names.js';
import type { KeptState, ObjectStore } from '../core/ports.js';

/** Bytes of JSON: it is read and written whole. */
const LIMIT = 1024 * 1024;
/** Races that an update may lose before it gives up. */
const RACES = 20;
/** Longest wait after a lost race, in milliseconds for each race lost so far. */
const WAIT_MS = 20;
const NAME = /^[\w.-]{1,128}$/;

/** Whose it is. */
export interface StatePlace {
  readonly dag: string;
  readonly node: string;
}

/** `etag` is undefined where there is nothing yet. */
interface Read {
  readonly value: unknown;
  readonly etag: string | undefined;
}

const readFrom = async (objects: ObjectStore, key: string): Promise<Read> => {
  try {
    const { body, info } = await objects.get(key);
    return { value: JSON.parse(new TextDecoder().decode(body)) as unknown, etag: info.etag };
  } catch (error) {
    if (isRekindleError(error) && error.code === 'OBJECT_NOT_FOUND') return { value: undefined, etag: undefined };
    if (error instanceof SyntaxError)
      throw new RekindleError('TASK_STATE_INVALID', `The state '${key}' is no JSON.`, { key }, { cause: error });
    throw error;
  }
};

const textOf = (key: string, value: unknown): string => {
  const invalid = (why: string): RekindleError => new RekindleError('TASK_STATE_INVALID', `The new state '${key}' ${why}.`, { key });
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw invalid(`is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (text === undefined) throw invalid('is no JSON: it is undefined or a function');
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMIT) throw invalid(`has ${bytes} bytes; ${LIMIT} are the most`);
  return text;
};

const open = (objects: ObjectStore, key: string, of: (name: string) => KeptState): KeptState => {
  /** as this try has read or written it last; undefined: it has not looked yet */
  let seen: { readonly etag: string | undefined } | undefined;

  const read = async (): Promise<unknown> => {
    const { value, etag } = await readFrom(objects, key);
    seen = { etag };
    return value;
  };
  /** @returns false if somebody else was faster */
  const write = async (value: unknown): Promise<boolean> => {
    const condition = seen === undefined ? {} : seen.etag === undefined ? { ifNoneMatch: '*' as const } : { ifMatch: seen.etag };
    const text = textOf(key, value);
    try {
      const { etag } = await objects.put(key, text, { ...condition, contentType: 'application/json' });
      seen = { etag };
      return true;
    } catch (error) {
      if (isRekindleError(error) && error.code === 'PRECONDITION_FAILED') return false;
      throw error;
    }
  };
  const changed = (): RekindleError =>
    new RekindleError('TASK_STATE_CHANGED', `The state '${key}' was changed by another run since it was read.`, { key });

  return {
    get: async <T>() => (await read()) as T | undefined,
    set: async (value) => {
      if (!(await write(value))) throw changed();
    },
    update: async <T>(change: (current: T | undefined) => T | Promise<T>) => {
      for (let race = 1; race <= RACES; race++) {
        const next = await change((await read()) as T | undefined);
        if (await write(next)) return JSON.parse(JSON.stringify(next)) as T; // as the next one will read it
        await sleep(Math.random() * WAIT_MS * race);
      }
      throw changed();
    },
    of,
  };
};

/** A new one for each try: what it has seen is of this try. */
export const keptState = (objects: ObjectStore, { dag, node }: StatePlace): KeptState => {
  const named = (name: string): KeptState => {
    if (!NAME.test(name))
      throw new RekindleError('USAGE', `'${name}' is no name for a state: use letters, digits, '.', '_' and '-'.`, { name });
    return open(objects, keys.nodeStateNamed(dag, node, name), named);
  };
  return open(objects, keys.nodeState(dag, node), named);
};
