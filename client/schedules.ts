/** Temporal Schedules of DAGs and models: the only place that creates, changes and removes them. */
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
  type ScheduleSpec,
} from '@temporalio/client';
import type { DagSpec } from '../core/dag/spec.js';
import type { TimeSchedule } from '../core/dag/schedule.js';
import { durationMs } from '../core/duration.js';
import { eventTime, eventTimeMs } from '../core/event-time.js';
import type { Json } from '../core/json.js';
import { DEFAULT_ANCHOR } from '../core/lifecycle/windows.js';
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import { dagScheduleId, modelScheduleId, TASK_QUEUES } from '../core/names.js';

/** What a schedule of ours is made of. */
export interface ScheduledDag {
  readonly scheduleId: string;
  readonly dag: string;
  readonly schedule: TimeSchedule;
  /** the run's params, if any */
  readonly params?: Json;
  /** Runs are called `<prefix>-<firing time>`: the time is appended by Temporal. */
  readonly runIdPrefix: string;
  /** a firing while the run of the one before goes on */
  readonly overlap: ScheduleOverlapPolicy;
  /** how late a firing that was missed in an outage may still be made up for, in ms */
  readonly catchUpMs: number;
}

const MINUTE_MS = 60_000;
const WEEK_MS = durationMs('1 week');
const YEAR_MS = durationMs('52 weeks');

/** Temporal knows all the others. */
const QUARTERLY = '0 0 1 */3 *';

/** Cron fires when the day of month *or* the day of week fits, if both are restricted; Temporal asks for both. So: two expressions. */
const cronExpressions = (expression: string): string[] => {
  const fields = (expression === '@quarterly' ? QUARTERLY : expression).trim().split(/\s+/);
  const [minute, hour, monthDay, month, weekday] = fields.map((field) => field.replace(/^\?/, '*'));
  if (fields.length !== 5) return [expression];
  const restricted = (field: string | undefined): boolean => field !== undefined && !field.startsWith('*');
  if (!restricted(monthDay) || !restricted(weekday)) return [[minute, hour, monthDay, month, weekday].join(' ')];
  return [`${minute} ${hour} ${monthDay} ${month} *`, `${minute} ${hour} * ${month} ${weekday}`];
};

/** Temporal counts intervals from the epoch; the offset moves them so that one begins at the anchor. */
const specOf = (schedule: TimeSchedule): ScheduleSpec => {
  if (schedule.kind === 'cron') return { cronExpressions: cronExpressions(schedule.expression), timezone: schedule.timezone };
  if (schedule.kind !== 'every') throw new RangeError(`no Temporal schedule for '${schedule.kind}' yet`);
  const every = durationMs(schedule.every);
  const anchor = schedule.anchor === undefined ? 0 : Date.parse(schedule.anchor);
  return { intervals: [{ every, offset: ((anchor % every) + every) % every }] };
};

export const dagSchedule = ({ id, schedule: declared, catchup, maxActiveRuns }: DagSpec): ScheduledDag | undefined => {
  const schedule = declared?.kind === 'assets' ? declared.or : declared;
  return (
    schedule && {
      scheduleId: dagScheduleId(id),
      dag: id,
      schedule,
      runIdPrefix: id,
      overlap: maxActiveRuns === 1 ? ScheduleOverlapPolicy.BUFFER_ALL : ScheduleOverlapPolicy.ALLOW_ALL,
      catchUpMs: catchup === true ? YEAR_MS : MINUTE_MS,
    }
  );
};

/** The calendar's call for a retraining, and the monitoring of every window. */
export const modelSchedules = ({ name, monitor, retrain }: ModelSpec): ScheduledDag[] => {
  const ofModel = (kind: 'retraining' | 'monitoring') => ({
    scheduleId: modelScheduleId(name, kind),
    dag: kind,
    params: { model: name },
    runIdPrefix: `${kind}-${name}`,
  });
  const { every, anchor = DEFAULT_ANCHOR } = monitor;
  const monitoring: ScheduledDag = {
    ...ofModel('monitoring'),
    // not at the window's end but when its labels are due: quality is then measured on the whole window
    schedule: { kind: 'every', every, anchor: eventTime(eventTimeMs(anchor) + durationMs(monitor.labelDelay)) },
    overlap: ScheduleOverlapPolicy.BUFFER_ALL, // each window is looked at, one after the other
    catchUpMs: WEEK_MS,
  };
  if (retrain.schedule === undefined) return [monitoring];
  const retraining: ScheduledDag = {
    ...ofModel('retraining'),
    schedule: retrain.schedule,
    overlap: ScheduleOverlapPolicy.SKIP, // the run under way already reads the newest rows
    catchUpMs: durationMs('1 day'),
  };
  return [monitoring, retraining];
};

const optionsOf = ({ scheduleId, dag, schedule, params, runIdPrefix, overlap, catchUpMs }: ScheduledDag): ScheduleOptions => ({
  scheduleId,
  spec: specOf(schedule),
  action: {
    type: 'startWorkflow',
    workflowType: dag,
    workflowId: runIdPrefix,
    taskQueue: TASK_QUEUES.orchestration,
    args: params === undefined ? [] : [params],
  },
  policies: { overlap, catchupWindow: catchUpMs },
});

/** Creates the schedule or makes it what it should be; a paused one stays paused. */
export const ensureSchedule = async (client: Client, wanted: ScheduledDag): Promise<void> => {
  const options = optionsOf(wanted);
  try {
    await client.schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(wanted.scheduleId).update(({ state }) => ({ ...options, state }));
  }
};

/** Removing what is not there is no error. @returns whether there was one */
export const removeSchedule = async (client: Client, scheduleId: string): Promise<boolean> => {
  try {
    await client.schedule.getHandle(scheduleId).delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
};
