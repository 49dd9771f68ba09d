/** The one way to Temporal: the same address, namespace, TLS and key for clients and workers. */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { RekindleError } from '../core/errors.js';
import type { Config } from '../platform/config.js';

export interface TemporalOptions {
  readonly address: string;
  readonly namespace: string;
  /** fits both `Connection.connect` and `NativeConnection.connect` */
  readonly connection: ClientConnectConfig['connectionOptions'];
}

/**
 * `TEMPORAL_*` variables and `temporal.toml` profiles as every Temporal SDK reads them; a running `rekindle dev` of the project
 * stands between the two, and its server knows neither TLS nor keys.
 */
export const temporalOptions = ({ temporal }: Pick<Config, 'temporal'>): TemporalOptions => {
  const { address, namespace, source } = temporal;
  if (source === 'dev') return { address, namespace, connection: { address } };
  const profile = loadClientConnectConfig();
  const chosen = source === 'environment' ? address : (profile.connectionOptions.address ?? address);
  return { address: chosen, namespace: profile.namespace ?? namespace, connection: { ...profile.connectionOptions, address: chosen } };
};

/** Message of the innermost cause: gRPC wraps a refused connection several times. */
const rootCause = (error: unknown): string => {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  return cause instanceof Error ? cause.message : String(cause);
};

export const unreachable = (address: string, error: unknown): RekindleError =>
  new RekindleError(
    'TEMPORAL_UNREACHABLE',
    `No Temporal server answers at ${address} (${rootCause(error)}).`,
    { address },
    { cause: error },
  );

/**
 * Close `client.connection` when done.
 * @throws TEMPORAL_UNREACHABLE after five seconds
 */
export const connect = async (config: Pick<Config, 'temporal'>): Promise<Client> => {
  const { address, namespace, connection } = temporalOptions(config);
  try {
    return new Client({ connection: await Connection.connect({ ...connection, connectTimeout: '5 seconds' }), namespace });
  } catch (error) {
    throw unreachable(address, error);
  }
};
