/** Pools from outside: what they are, who holds their slots, and how to change them. */
import { WithStartWorkflowOperation, WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { ERRORS, RekindleError, type ErrorCode } from '../core/errors.js';
import { poolWorkflowId, TASK_QUEUES } from '../core/names.js';
import { PoolConfig, PoolName } from '../core/project-config.js';
import * as messages from '../workflows/pool-messages.js';
import type { PoolStatus } from '../workflows/pool-messages.js';

export type { PoolStatus };

const notFound = (pool: string, cause?: unknown): RekindleError =>
  new RekindleError('POOL_NOT_FOUND', `There is no pool '${pool}'.`, { pool }, { cause });

/** An update that failed with a code of ours is that error. */
const ours = (error: unknown, pool: string): unknown => {
  if (error instanceof WorkflowNotFoundError) return notFound(pool, error);
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || !Object.hasOwn(ERRORS, cause.type ?? '')) return error;
  return new RekindleError(cause.type as ErrorCode, cause.message, { pool }, { cause: error });
};

/**
 * Makes a pool, or makes it what it is to be. Fewer slots than are held: nobody loses any, and nobody gets one until enough are back.
 *
 * @throws USAGE if the name or the number will not do
 */
export const setPool = async (client: Client, pool: string, config: PoolConfig): Promise<PoolStatus> => {
  const name = PoolName.safeParse(pool);
  if (!name.success)
    throw new RekindleError('USAGE', `'${pool}' cannot be the name of a pool: ${name.error.issues[0]!.message}.`, { pool });
  const checked = PoolConfig.safeParse(config);
  if (!checked.success) {
    const issues = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new RekindleError('USAGE', `Pool '${pool}': ${issues.join('; ')}.`, { pool });
  }
  const startWorkflowOperation = new WithStartWorkflowOperation('pool', {
    workflowId: poolWorkflowId(pool),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ name: pool, ...checked.data }],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  try {
    return await client.workflow.executeUpdateWithStart(messages.declarePool, { startWorkflowOperation, args: [checked.data] });
  } catch (error) {
    throw ours(error, pool);
  }
};

/**
 * Makes all pools of a project what its configuration says. Others are left alone: another project may have declared them.
 *
 * @returns their names
 */
export const syncPools = async (client: Client, pools: Readonly<Record<string, PoolConfig>>): Promise<string[]> => {
  const names = Object.keys(pools).sort();
  await Promise.all(names.map((name) => setPool(client, name, pools[name]!)));
  return names;
};

/** @returns undefined if there is none; times out where no worker answers */
export const poolStatus = async (client: Client, pool: string): Promise<PoolStatus | undefined> => {
  try {
    const handle = client.workflow.getHandle(poolWorkflowId(pool));
    const { status } = await handle.describe();
    return status.name === 'RUNNING' ? await handle.query(messages.poolStatus) : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
};

/** @throws POOL_NOT_FOUND */
export const requirePool = async (client: Client, pool: string): Promise<PoolStatus> => {
  const status = await poolStatus(client, pool);
  if (!status) throw notFound(pool);
  return status;
};

/** By name, as Temporal's index has them: one that has just been made may be missing for a moment. */
export const listPools = async (client: Client): Promise<PoolStatus[]> => {
  const names: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'pool' AND ExecutionStatus = 'Running'" }))
    names.push(workflowId.slice(poolWorkflowId('').length));
  const found = await Promise.all(names.sort().map((name) => poolStatus(client, name)));
  return found.filter((status) => status !== undefined);
};

/**
 * Ends a pool. Who waits for it fails; who holds slots goes on.
 *
 * @throws POOL_NOT_FOUND; POOL_IN_USE unless forced
 */
export const deletePool = async (client: Client, pool: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> => {
  const handle = client.workflow.getHandle(poolWorkflowId(pool));
  try {
    await handle.executeUpdate(messages.dropPool, { args: [{ force }] });
    await handle.result();
  } catch (error) {
    throw ours(error, pool);
  }
};
