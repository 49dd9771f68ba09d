/** The environment is read once, here, checked whole, and passed down. No other file reads `process.env`. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { RekindleError } from '../core/errors.js';

export type StoreConfig =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 's3';
      readonly endpoint: string;
      readonly bucket: string;
      readonly region: string;
      readonly accessKey: string;
      readonly secretKey: string;
    };

export interface Config {
  /** absolute path of the project folder */
  readonly project: string;
  /** What one machine keeps: journal, training jobs. `<project>/.rekindle`, or where REKINDLE_STATE_DIR says if the project is read-only. */
  readonly stateDir: string;
  readonly environment: string;
  readonly store: StoreConfig;
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    /** who said so: the environment, a running `rekindle dev`, or nobody (then a `temporal.toml` profile may) */
    readonly source: 'environment' | 'dev' | 'default';
    readonly apiKey: string | undefined;
    readonly ui: string | undefined;
  };
  readonly gateway: {
    readonly id: string;
    readonly host: string;
    readonly port: number;
    readonly url: string;
    readonly journalSync: 'interval' | 'always';
  };
  readonly trainer: { readonly python: string | undefined };
  /** Which release a worker is of; with it a run stays on the release that it began with. Absent: all workers are alike. */
  readonly release: { readonly deployment: string; readonly buildId: string } | undefined;
  readonly logLevel: string;
}

/** What `rekindle dev` writes to `.rekindle/dev.json`, so that commands of the same project find it. */
export const DevFile = z.object({
  /** 0 once it has stopped */
  pid: z.number().int(),
  startedAt: z.string(),
  temporal: z.object({ address: z.string(), namespace: z.string(), ui: z.string(), cli: z.string() }),
  gateway: z.object({ url: z.string() }).nullable(),
  /** a value for REKINDLE_STORE; credentials are not in the file */
  store: z.string(),
  /** the line that puts `temporal` on the PATH */
  path: z.string(),
  /** what it started and must not outlive it */
  processes: z.array(z.object({ name: z.string(), pid: z.number().int() })),
});
export type DevFile = z.infer<typeof DevFile>;

const port = z.coerce.number().int().min(0).max(65_535);

const Variables = z.object({
  REKINDLE_ENVIRONMENT: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .default('production'),
  REKINDLE_STORE: z
    .string()
    .regex(/^(folder:.+|s3:\/\/[^/]+)$/, 'folder:PATH or s3://BUCKET')
    .optional(),
  REKINDLE_S3_ENDPOINT: z.url().optional(),
  REKINDLE_S3_REGION: z.string().default('us-east-1'),
  REKINDLE_S3_ACCESS_KEY: z.string().optional(),
  REKINDLE_S3_SECRET_KEY: z.string().optional(),
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_NAMESPACE: z.string().optional(),
  TEMPORAL_API_KEY: z.string().optional(),
  REKINDLE_GATEWAY_ID: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]+$/)
    .optional(),
  REKINDLE_GATEWAY_HOST: z.string().default('127.0.0.1'),
  REKINDLE_GATEWAY_PORT: port.default(8080),
  REKINDLE_GATEWAY_URL: z.url().optional(),
  REKINDLE_JOURNAL_SYNC: z.enum(['interval', 'always']).default('interval'),
  REKINDLE_STATE_DIR: z.string().optional(),
  REKINDLE_TRAINER_PYTHON: z.string().optional(),
  REKINDLE_DEPLOYMENT: z.string().min(1).default('rekindle'),
  REKINDLE_BUILD_ID: z.string().min(1).optional(),
  REKINDLE_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export const devFilePath = (project: string): string => join(project, '.rekindle', 'dev.json');
/** `NAME=value` lines, mode 0600: what `rekindle dev` generated for its own object store. */
export const credentialsPath = (project: string): string => join(project, '.rekindle', 'credentials.env');

/** What `rekindle dev` last wrote in this project; its process may be gone, see {@link isProcessAlive}. */
export const readDevFile = (project: string): DevFile | undefined => {
  const path = devFilePath(project);
  if (!existsSync(path)) return undefined;
  try {
    return DevFile.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined; // half a file is no file
  }
};

/** Does the process exist? One that belongs to somebody else does, too. */
export const isProcessAlive = (pid: number): boolean => {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const readCredentials = (project: string): Record<string, string> => {
  const path = credentialsPath(project);
  if (!existsSync(path)) return {};
  const lines = readFileSync(path, 'utf8').split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const match = /^(REKINDLE_S3_\w+)=(.*)$/.exec(line);
      return match ? [[match[1]!, match[2]!]] : [];
    }),
  );
};

const storeOf = (project: string, value: string, variables: z.infer<typeof Variables>): StoreConfig => {
  if (value.startsWith('folder:')) return { kind: 'folder', path: resolve(project, value.slice('folder:'.length)) };
  const required = ['REKINDLE_S3_ENDPOINT', 'REKINDLE_S3_ACCESS_KEY', 'REKINDLE_S3_SECRET_KEY'] as const;
  const missing = required.filter((name) => variables[name] === undefined);
  if (missing.length > 0) throw new RekindleError('CONFIG_INVALID', `An S3 store needs ${missing.join(', ')}.`, { variables: missing });
  return {
    kind: 's3',
    bucket: value.slice('s3://'.length),
    endpoint: variables.REKINDLE_S3_ENDPOINT!,
    region: variables.REKINDLE_S3_REGION,
    accessKey: variables.REKINDLE_S3_ACCESS_KEY!,
    secretKey: variables.REKINDLE_S3_SECRET_KEY!,
  };
};

/**
 * Environment over `.rekindle/dev.json` over defaults. Addresses of a `rekindle dev` that no longer runs are not used; the
 * store that it wrote to is, so that its state can still be read.
 * @throws CONFIG_INVALID naming every bad variable at once, never a value
 */
export const loadConfig = (project: string, env: NodeJS.ProcessEnv = process.env): Config => {
  const root = resolve(project);
  const last = readDevFile(root);
  const dev = last && isProcessAlive(last.pid) ? last : undefined;
  const ownStore = env['REKINDLE_STORE'] === undefined && last?.store.startsWith('s3:');
  const parsed = Variables.safeParse(ownStore ? { ...readCredentials(root), ...env } : env);
  if (!parsed.success) {
    const variables = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))];
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`);
    throw new RekindleError('CONFIG_INVALID', `Environment: ${problems.join('; ')}.`, { variables });
  }
  const variables = parsed.data;
  const host = variables.REKINDLE_GATEWAY_HOST;
  return {
    project: root,
    stateDir: variables.REKINDLE_STATE_DIR ? resolve(root, variables.REKINDLE_STATE_DIR) : join(root, '.rekindle'),
    environment: variables.REKINDLE_ENVIRONMENT,
    store: storeOf(root, variables.REKINDLE_STORE ?? last?.store ?? 'folder:.rekindle/objects', variables),
    temporal: {
      address: variables.TEMPORAL_ADDRESS ?? dev?.temporal.address ?? '127.0.0.1:7233',
      namespace: variables.TEMPORAL_NAMESPACE ?? dev?.temporal.namespace ?? 'default',
      source: variables.TEMPORAL_ADDRESS !== undefined ? 'environment' : dev ? 'dev' : 'default',
      apiKey: variables.TEMPORAL_API_KEY,
      ui: dev?.temporal.ui,
    },
    gateway: {
      id: variables.REKINDLE_GATEWAY_ID ?? `${hostname()}-${randomBytes(3).toString('hex')}`,
      host,
      port: variables.REKINDLE_GATEWAY_PORT,
      url: variables.REKINDLE_GATEWAY_URL ?? dev?.gateway?.url ?? `http://${host}:${variables.REKINDLE_GATEWAY_PORT}`,
      journalSync: variables.REKINDLE_JOURNAL_SYNC,
    },
    trainer: { python: variables.REKINDLE_TRAINER_PYTHON },
    release: variables.REKINDLE_BUILD_ID ? { deployment: variables.REKINDLE_DEPLOYMENT, buildId: variables.REKINDLE_BUILD_ID } : undefined,
    logLevel: variables.REKINDLE_LOG_LEVEL,
  };
};

/** Secret of a named connection. @throws CONFIG_INVALID if it is not set */
export const connectionSecret = (name: string, env: NodeJS.ProcessEnv = process.env): string => {
  const variable = `REKINDLE_CONN_${name.toUpperCase().replaceAll('-', '_')}`;
  const value = env[variable];
  if (value === undefined)
    throw new RekindleError('CONFIG_INVALID', `Connection '${name}' needs the variable ${variable}.`, { variables: [variable] });
  return value;
};
