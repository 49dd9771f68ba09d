/** Temporal's SDK speaks through the worker's logger, so that a process has one stream of lines of one shape. */
import type { Logger as SdkLogger, LogLevel, LogMetadata } from '@temporalio/worker';
import type { Logger } from '../platform/logger.js';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Most of our workers run activities only: no news. */
const EXPECTED = 'No workflows registered';

export const sdkLogger = (logger: Logger): SdkLogger => {
  const say = (level: LogLevel, message: string, { error, ...meta }: LogMetadata = {}): void =>
    logger[message.startsWith(EXPECTED) ? 'debug' : LEVELS[level]](
      error === undefined ? meta : { ...meta, err: error as unknown },
      message,
    );
  return {
    log: say,
    trace: (message, meta) => say('TRACE', message, meta),
    debug: (message, meta) => say('DEBUG', message, meta),
    info: (message, meta) => say('INFO', message, meta),
    warn: (message, meta) => say('WARN', message, meta),
    error: (message, meta) => say('ERROR', message, meta),
  };
};
