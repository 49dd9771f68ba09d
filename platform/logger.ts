/** One logger: pino with ECS JSON on stderr or stdout. Paths that may hold secrets are listed once, here. */
import { ecsFormat } from '@elastic/ecs-pino-format';
import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger };

const REDACTED = [
  'secretKey',
  'apiKey',
  'password',
  'token',
  'authorization',
  '*.secretKey',
  '*.apiKey',
  '*.password',
  '*.token',
  '*.authorization',
];

export interface LoggerOptions {
  /** which part speaks: worker, gateway … (`service.name`) */
  readonly name: string;
  readonly level: string;
  /** stdout by default: Filebeat reads it there; commands log to stderr */
  readonly destination?: DestinationStream;
}

export const createLogger = ({ name, level, destination }: LoggerOptions): Logger =>
  pino(
    { ...ecsFormat({ serviceName: `rekindle-${name}`, apmIntegration: false }), level, redact: { paths: REDACTED, censor: '[redacted]' } },
    destination ?? pino.destination({ fd: 1, sync: false }),
  );
