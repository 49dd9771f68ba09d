/** What a run pins when it starts. */
import { RekindleError } from '../errors.js';
import type { Json } from '../json.js';
import type { Dag } from './dag.js';
import { check } from './schema.js';
import { nextFiring, previousFiring, type Schedule, type Span } from './schedule.js';
import type { DagSpec } from './spec.js';

export interface ResolvedRun {
  readonly spec: DagSpec;
  readonly hash: string;
  readonly params: Json;
  /** of a scheduled run: from the previous firing to this one */
  readonly dataInterval?: { readonly start: string; readonly end: string };
  /** default true */
  readonly isLatest?: boolean;
}

/** When a run was meant and when it began, ISO 8601. */
export interface RunTimes {
  /** absent in runs by hand */
  readonly firedAt?: string | undefined;
  readonly startedAt?: string | undefined;
}

const isLate = (schedule: Schedule, span: Span, { firedAt, startedAt }: RunTimes): boolean => {
  if (firedAt === undefined || startedAt === undefined) return false;
  const next = nextFiring(schedule, firedAt, span);
  return next !== undefined && Date.parse(next) <= Date.parse(startedAt);
};

/**
 * @throws DAG_PARAMS_INVALID naming every wrong field
 */
export const resolveRun = async (
  dag: Pick<Dag, 'id' | 'spec' | 'hash' | 'params'>,
  params: unknown,
  times: RunTimes = {},
): Promise<ResolvedRun> => {
  const checked = await check(dag.params, params ?? {}, 'params');
  if (checked.problems)
    throw new RekindleError('DAG_PARAMS_INVALID', `Params of DAG '${dag.id}': ${checked.problems.join('; ')}.`, {
      dag: dag.id,
      fields: checked.problems,
    });
  const { schedule } = dag.spec;
  const { firedAt } = times;
  return {
    spec: dag.spec,
    hash: dag.hash,
    params: JSON.parse(JSON.stringify(checked.value ?? null)) as Json,
    ...(firedAt === undefined ? {} : { dataInterval: { start: schedule ? previousFiring(schedule, firedAt) : firedAt, end: firedAt } }),
    ...(schedule && isLate(schedule, dag.spec, times) ? { isLatest: false } : {}),
  };
};
