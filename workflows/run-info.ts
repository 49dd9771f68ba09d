/** What a run knows of itself before anything has run. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { WorkflowInfo } from '@temporalio/workflow';
import { eventTime } from '../core/event-time.js';
import type { RunInfo } from '../core/ports.js';

/** Set by Temporal on what a schedule starts: the time that was meant, which no delay moves. */
const FIRED_AT = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** @returns ISO 8601; undefined if no schedule started the run */
export const firedAtOf = ({ typedSearchAttributes }: WorkflowInfo): string | undefined => {
  const at = typedSearchAttributes.get(FIRED_AT);
  return at === undefined ? undefined : eventTime(at.getTime());
};

/** @param dataInterval of a scheduled run; any other has the empty interval at its logical date */
export const runInfoOf = (info: WorkflowInfo, dataInterval?: RunInfo['dataInterval']): RunInfo => {
  const startedAt = eventTime(info.startTime.getTime());
  const firedAt = firedAtOf(info);
  const logicalDate = firedAt ?? startedAt;
  return {
    id: info.workflowId,
    dag: info.workflowType,
    logicalDate,
    dataInterval: dataInterval ?? { start: logicalDate, end: logicalDate },
    startedAt,
    kind: firedAt !== undefined ? 'scheduled' : info.parent ? 'triggered' : 'manual',
  };
};
