/** One DuckDB in memory, reopened when a statement has brought it down; a connection of its own for each piece of work. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { isBystander, isFatal } from './failures.js';

export interface Database {
  /** @param signal interrupts the running statement; the work then rejects with the signal's reason */
  use<T>(work: (connection: DuckDBConnection) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): void;
}

const INTERRUPT_AGAIN_MS = 50;

/**
 * @param memoryMb bound of all statements together; what needs more spills to the temporary folder
 * @param threads of a statement. One by default: pieces of work run side by side, and one writer makes the same Parquet bytes of the same rows
 */
export const openDatabase = ({ memoryMb, threads = 1 }: { memoryMb: number; threads?: number }): Database => {
  let opening: Promise<DuckDBInstance> | undefined;
  const settings = {
    threads: String(threads),
    memory_limit: `${memoryMb}MB`,
    temp_directory: join(tmpdir(), `rekindle-duckdb-${process.pid}`),
    // Extensions come over the network; what is linked in is enough.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  };

  const attempt = async <T>(work: (connection: DuckDBConnection) => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    signal?.throwIfAborted();
    const mine = (opening ??= DuckDBInstance.create(':memory:', settings));
    const connection = await (await mine).connect();
    let again: NodeJS.Timeout | undefined;
    // DuckDB forgets an interrupt that comes just before a statement starts: it is said until the work has ended.
    const interrupt = (): void => {
      connection.interrupt();
      again = setTimeout(interrupt, INTERRUPT_AGAIN_MS);
    };
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      signal?.throwIfAborted();
      await connection.run("SET TimeZone = 'UTC'");
      return await work(connection);
    } catch (error) {
      if (isFatal(error) && opening === mine) opening = undefined;
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', interrupt);
      clearTimeout(again);
      connection.closeSync();
    }
  };

  return {
    async use(work, signal) {
      try {
        return await attempt(work, signal);
      } catch (error) {
        if (!isBystander(error)) throw error;
        return attempt(work, signal);
      }
    },
    close() {
      void opening?.then((instance) => instance.closeSync());
      opening = undefined;
    },
  };
};
