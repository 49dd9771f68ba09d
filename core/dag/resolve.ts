/** What a run pins when it starts. */
import { RekindleError } from '../errors.js';
import type { Json } from '../json.js';
import type { Dag } from './dag.js';
import { check } from './schema.js';
import { previousFiring } from './schedule.js';
import type { DagSpec } from './spec.js';

export interface ResolvedRun {
  readonly spec: DagSpec;
  readonly hash: string;
  readonly params: Json;
  /** of a scheduled run: from the previous firing to this one */
  readonly dataInterval?: { readonly start: string; readonly end: string };
}

/**
 * @param firedAt ISO 8601, only in runs started by a schedule
 * @throws DAG_PARAMS_INVALID naming every wrong field
 */
export const resolveRun = async (dag: Dag, params: unknown, firedAt?: string): Promise<ResolvedRun> => {
  const checked = await check(dag.params, params ?? {}, 'params');
  if (checked.problems)
    throw new RekindleError('DAG_PARAMS_INVALID', `Params of DAG '${dag.id}': ${checked.problems.join('; ')}.`, {
      dag: dag.id,
      fields: checked.problems,
    });
  const { schedule } = dag.spec;
  return {
    spec: dag.spec,
    hash: dag.hash,
    params: JSON.parse(JSON.stringify(checked.value ?? null)) as Json,
    ...(firedAt === undefined ? {} : { dataInterval: { start: schedule ? previousFiring(schedule, firedAt) : firedAt, end: firedAt } }),
  };
};
