/** What a schedule makes of DAGs over a stretch of time, played in a moment. */
import { RekindleError } from '../../errors.js';
import { eventTime, eventTimeMs } from '../../event-time.js';
import type { Json } from '../../json.js';
import { isDag, type Dag } from '../dag.js';
import { firings } from '../schedule.js';
import { checkNames } from './names.js';
import type { Approval, Outcome, TestOptions } from './options.js';
import type { TestResult } from './result.js';
import { Timetable, type Firing, type RunWish } from './timetable.js';
import { World } from './world.js';

/** Of a run, or the same for all. */
type PerFiring<T> = T | ((firing: Firing) => T);

/** Something that happens to an asset outside the DAGs. */
export interface OutsideEvent {
  /** ISO 8601 */
  readonly at: string;
  readonly asset: string;
  readonly partition?: string;
  readonly extra?: Json;
}

export interface MonthOptions extends Omit<TestOptions, 'run' | 'outcomes' | 'approvals'> {
  /** ISO 8601; a firing at it belongs to the stretch */
  readonly from: string;
  /** ISO 8601; a firing at it does not. Default: a month later, or `days` */
  readonly to?: string;
  readonly days?: number;
  readonly params?: PerFiring<unknown>;
  readonly outcomes?: PerFiring<Readonly<Record<string, Outcome>>>;
  readonly approvals?: PerFiring<Readonly<Record<string, Approval>>>;
  /** that DAGs wait for */
  readonly events?: readonly OutsideEvent[];
}

export interface Month {
  /** in the order in which they began */
  readonly runs: readonly TestResult[];
  /** runs of one of the DAGs */
  of(dag: string): readonly TestResult[];
  /** firings that the overlap policy left out, and those that wait for a run which never ends */
  readonly missed: readonly Firing[];
  /** what the nodes keep at the end (`ctx.state`), by node */
  readonly kept: Readonly<Record<string, Json>>;
}

const monthLater = (from: string): string => {
  const date = new Date(eventTimeMs(from));
  date.setUTCMonth(date.getUTCMonth() + 1);
  return date.toISOString();
};

const endOf = ({ from, to, days }: MonthOptions): string =>
  to ?? (days === undefined ? monthLater(from) : eventTime(eventTimeMs(from) + days * 86_400_000));

const valueFor = <T>(given: PerFiring<T> | undefined, firing: Firing): T | undefined =>
  typeof given === 'function' ? (given as (firing: Firing) => T)(firing) : given;

/**
 * Plays every run that the schedules of the DAGs start from `from` until before `to`, on one clock: by the clock, by assets that
 * tasks of theirs produce and by events from outside. Overlap, limits of active runs, tasks that depend on the run before, deadlines
 * and kept state are as on a server. Runs that have begun are played to their end.
 *
 * @throws DAG_PARAMS_INVALID; USAGE as `testDag`, and where no DAG has a schedule
 */
export const aMonthOf = async (dags: Dag<any, any, any> | readonly Dag<any, any, any>[], options: MonthOptions): Promise<Month> => {
  const all: readonly Dag[] = isDag(dags) ? [dags] : (dags as readonly Dag[]);
  const { from, params, outcomes, approvals, events = [], days: _days, to: _to, ...shared } = options;
  const to = endOf(options);
  if (all.every(({ spec }) => spec.schedule === undefined))
    throw new RekindleError('USAGE', `Nothing fires: ${all.map(({ id }) => `'${id}'`).join(', ')} has no schedule.`, {
      dags: all.map(({ id }) => id),
    });
  const world = new World(shared, eventTimeMs(from));
  const optionsFor = (firing: Firing): TestOptions => {
    const [chosen, answers] = [valueFor(outcomes, firing), valueFor(approvals, firing)];
    const given = { ...shared, ...(chosen ? { outcomes: chosen } : {}), ...(answers ? { approvals: answers } : {}) };
    checkNames([...all, ...Object.values(shared.children ?? {})], given);
    return given;
  };
  const timetable = new Timetable(world, all, (firing): RunWish => ({
    params: valueFor(params, firing) ?? {},
    options: optionsFor(firing),
  }));
  await world.play(async () => {
    const { clock } = world;
    for (const dag of all)
      for (const firedAt of firings(dag.spec.schedule ?? { kind: 'at', times: [] }, { from, to }, dag.spec))
        if (eventTimeMs(firedAt) < eventTimeMs(to)) timetable.fireAt(dag, firedAt);
    for (const event of events) timetable.happenAt(event);
    await clock.awaiting(timetable.ended());
  });
  const runs = timetable.results;
  return { runs, of: (dag) => runs.filter((run) => run.dag === dag), missed: timetable.missed, kept: Object.fromEntries(world.kept) };
};
