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

export interface LogOptions {
  /** carries run, task and try already; asked for at the first line, as most tries say nothing */
  readonly logger: () => Logger;
  /** default: no limit beside that of bytes */
  readonly maxLines?: number;
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

const REST = '… the rest is only in the log of the worker\n';

/** Lines are `<time> <level> <message> <attributes as JSON>`. Costs nothing until something is said. */
export const keepLog = (objects: ObjectStore, key: string, { logger, maxLines = Infinity }: LogOptions): KeptLog => {
  const lines: string[] = [];
  let bytes = 0;
  let full = false;
  let spoken: Logger | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  const flush = (): Promise<void> => {
    if (timer === undefined) return writing;
    clearTimeout(timer);
    timer = undefined;
    writing = writing
      .then(() => objects.put(key, lines.join(''), { contentType: 'text/plain; charset=utf-8' }))
      .then(
        () => undefined,
        (error: unknown) => logger().warn({ err: error, key }, 'The log of the task could not be kept'),
      );
    return writing;
  };

  const say =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, attributes?: object): void => {
      (spoken ??= logger())[level](attributes ?? {}, message);
      if (full) return;
      const line = `${new Date().toISOString()} ${level} ${message}${inline(attributes)}\n`;
      bytes += Buffer.byteLength(line);
      full = bytes >= MAX_BYTES || lines.length >= maxLines;
      lines.push(full ? REST : line);
      timer ??= setTimeout(() => void flush(), FLUSH_MS).unref();
    };

  return { info: say('info'), warn: say('warn'), error: say('error'), close: flush };
};
