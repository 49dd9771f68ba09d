/** The log of one try of a task: kept in the object store for `rekindle dags logs`, and spoken by the worker's own logger. */
import type { ObjectStore, TaskLog } from '../core/ports.js';
import type { Logger } from '../platform/logger.js';

/** A runaway task must not fill the store. */
const MAX_BYTES = 1024 * 1024;
/** A worker that is killed loses no more than this. */
const FLUSH_MS = 5_000;

export interface KeptLog extends TaskLog {
  /** Writes what is left. Never throws: a task must not fail because its log could not be kept. */
  close(): Promise<void>;
}

/** Attributes that JSON cannot say are no reason to lose the line. */
const inline = (attributes: object | undefined): string => {
  if (attributes === undefined) return '';
  try {
    return ` ${JSON.stringify(attributes)}`;
  } catch {
    return '';
  }
};

/** Lines are `<time> <level> <message> <attributes as JSON>`. @param logger carries run, task and try already */
export const keepLog = (objects: ObjectStore, key: string, logger: Logger): KeptLog => {
  const lines: string[] = [];
  let bytes = 0;
  let dirty = false;
  let writing = Promise.resolve();

  const flush = (): Promise<void> => {
    if (!dirty) return writing;
    dirty = false;
    writing = writing
      .then(() => objects.put(key, lines.join(''), { contentType: 'text/plain; charset=utf-8' }))
      .then(
        () => undefined,
        (error: unknown) => logger.warn({ err: error, key }, 'The log of the task could not be kept'),
      );
    return writing;
  };
  const timer = setInterval(() => void flush(), FLUSH_MS).unref();

  const say =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, attributes?: object): void => {
      logger[level](attributes ?? {}, message);
      if (bytes >= MAX_BYTES) return;
      const line = `${new Date().toISOString()} ${level} ${message}${inline(attributes)}\n`;
      bytes += Buffer.byteLength(line);
      lines.push(bytes < MAX_BYTES ? line : '… the rest is only in the log of the worker\n');
      dirty = true;
    };

  return {
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    close: async () => {
      clearInterval(timer);
      await flush();
    },
  };
};
