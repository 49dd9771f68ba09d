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
import { byClock, type Overlap, type Span, type TimeSchedule } from '../core/dag/schedule.js';
import { durationMs } from '../core/duration.js';
import { eventTime, eventTimeMs } from '../core/event-time.js';
import type { Json } from '../core/json.js';
import { DEFAULT_ANCHOR } from '../core/lifecycle/windows.js';
import type { ModelSpec } from '../core/lifecycle/model-spec.js';
import { dagScheduleId, modelScheduleId, TASK_QUEUES } from '../core/names.js';
import { temporalSpec } from './schedule-spec.js';

/** What a schedule of ours is made of. */
export interface ScheduledDag {
  readonly scheduleId: string;
  readonly dag: string;
  readonly schedule: TimeSchedule;
  readonly span?: Span;
  /** each firing is late by up to this; its logical date is not */
  readonly jitterMs?: number;
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

const OVERLAP: Readonly<Record<Overlap, ScheduleOverlapPolicy>> = {
  allow_all: ScheduleOverlapPolicy.ALLOW_ALL,
  skip: ScheduleOverlapPolicy.SKIP,
  buffer_one: ScheduleOverlapPolicy.BUFFER_ONE,
  buffer_all: ScheduleOverlapPolicy.BUFFER_ALL,
  cancel_other: ScheduleOverlapPolicy.CANCEL_OTHER,
  terminate_other: ScheduleOverlapPolicy.TERMINATE_OTHER,
};

/** How many runs are active is not the schedule's to say: a run that is one too many waits by itself. */
export const dagSchedule = ({
  id,
  schedule: declared,
  catchup,
  startDate,
  endDate,
  jitter,
  overlap,
}: DagSpec): ScheduledDag | undefined => {
  const schedule = byClock(declared);
  return (
    schedule && {
      scheduleId: dagScheduleId(id),
      dag: id,
      schedule,
      span: { startDate, endDate },
      ...(jitter === undefined ? {} : { jitterMs: durationMs(jitter) }),
      runIdPrefix: id,
      overlap: OVERLAP[overlap ?? 'allow_all'],
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

const dateOf = (time: string | undefined): Date | undefined => (time === undefined ? undefined : new Date(eventTimeMs(time)));

const specOf = ({ schedule, span = {}, jitterMs }: ScheduledDag): ScheduleSpec => {
  const [startAt, endAt] = [dateOf(span.startDate), dateOf(span.endDate)];
  return {
    ...temporalSpec(schedule, Date.now()),
    ...(startAt ? { startAt } : {}),
    ...(endAt ? { endAt } : {}),
    ...(jitterMs === undefined ? {} : { jitter: jitterMs }),
  };
};

const optionsOf = (wanted: ScheduledDag): ScheduleOptions => {
  const { scheduleId, dag, params, runIdPrefix, overlap, catchUpMs } = wanted;
  return {
    scheduleId,
    spec: specOf(wanted),
    action: {
      type: 'startWorkflow',
      workflowType: dag,
      workflowId: runIdPrefix,
      taskQueue: TASK_QUEUES.orchestration,
      args: params === undefined ? [] : [params],
    },
    policies: { overlap, catchupWindow: catchUpMs },
  };
};

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
