/** One of several processes that write the same key at the same moment; prints how often each attempt ended how. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRekindleError } from '../../core/errors.js';
import type { PutOptions } from '../../core/ports.js';
import type { StoreConfig } from '../../platform/config.js';
import { openObjectStore } from '../../platform/object-store/index.js';

export interface WriterOrder {
  readonly store: StoreConfig;
  readonly key: string;
  readonly options: PutOptions;
  readonly writes: number;
  /** wall clock at which all processes begin */
  readonly at: number;
}

const { store, key, options, writes, at } = JSON.parse(process.argv[2]!) as WriterOrder;
const objects = openObjectStore(store);
await objects.head(key); // connections and folders are there before the race
await sleep(Math.max(0, at - Date.now()));
const outcomes = await Promise.all(
  Array.from({ length: writes }, async (_, index) => {
    try {
      await objects.put(key, `${process.pid}/${index}`, options);
      return 'won';
    } catch (error) {
      return isRekindleError(error) ? error.code : String(error);
    }
  }),
);
process.stdout.write(JSON.stringify(outcomes));
process.exit(0);
