/** What a run knows of itself before anything has run. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { WorkflowInfo } from '@temporalio/workflow';
import { eventTime } from '../core/event-time.js';
import type { ResolvedRun } from '../core/dag/resolve.js';
import type { RunInput } from '../core/dag/run-input.js';
import type { RunInfo } from '../core/ports.js';

/** Set by Temporal on what a schedule starts: the time that was meant, which no delay moves. */
const FIRED_AT = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** @returns ISO 8601; undefined if no schedule started the run */
export const firedAtOf = ({ typedSearchAttributes }: WorkflowInfo): string | undefined => {
  const at = typedSearchAttributes.get(FIRED_AT);
  return at === undefined ? undefined : eventTime(at.getTime());
};

/** @param resolved once it is known: the data interval of a scheduled run, and whether the schedule has fired again since */
export const runInfoOf = (info: WorkflowInfo, input: RunInput = {}, resolved: Partial<ResolvedRun> = {}): RunInfo => {
  const startedAt = eventTime(info.startTime.getTime());
  const firedAt = firedAtOf(info);
  const logicalDate = input.logicalDate ?? firedAt ?? startedAt;
  const { events } = input;
  return {
    id: info.workflowId,
    dag: info.workflowType,
    logicalDate,
    dataInterval: input.dataInterval ?? resolved.dataInterval ?? { start: logicalDate, end: logicalDate },
    startedAt,
    kind: input.kind ?? (firedAt !== undefined ? 'scheduled' : info.parent ? 'triggered' : 'manual'),
    isLatest: resolved.isLatest ?? true,
    ...(events ? { events } : {}),
  };
};
