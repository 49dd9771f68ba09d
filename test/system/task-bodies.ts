/** What the bodies of tasks wrote down, beside what the server's history says of their activities. */
import { readFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';

/** See engine-project/bodies.ts. */
export interface Line {
  /** `<run>/<task instance>` */
  readonly key: string;
  readonly attempt: number;
  readonly event: 'start' | 'done' | 'failed';
  readonly pid: number;
  /** ms since the epoch */
  readonly at: number;
}

export const linesIn = (file: string): Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));

/** One try of a body, to its end or to that of its worker. */
export interface Try extends Pick<Line, 'key' | 'attempt' | 'pid'> {
  readonly from: number;
  /** Infinity: nobody knows of an end */
  readonly to: number;
  readonly ended: 'done' | 'failed' | 'killed' | 'never';
}

/** In the order in which they began. */
export const triesIn = (lines: readonly Line[], killed: ReadonlyMap<number, number>): Try[] =>
  lines.flatMap((line, i): Try[] => {
    const { key, attempt, pid } = line;
    if (line.event !== 'start') return [];
    const end = lines.slice(i + 1).find((other) => other.key === key && other.pid === pid && other.attempt === attempt);
    if (end && end.event !== 'start') return [{ key, attempt, pid, from: line.at, to: end.at, ended: end.event }];
    const death = killed.get(pid);
    return [{ key, attempt, pid, from: line.at, to: death ?? Infinity, ended: death === undefined ? 'never' : 'killed' }];
  });

export interface Accepted {
  readonly state: 'completed' | 'failed' | 'timed out' | 'cancelled';
  readonly attempt: number;
  readonly pid: number;
}

export interface Told {
  /** how activities ended, by `<run>/<task instance>` */
  readonly activities: ReadonlyMap<string, readonly Accepted[]>;
  /** of workflow tasks that failed: an error of ours, or a history that did not replay */
  readonly failures: readonly string[];
  /** executions of each workflow */
  readonly executions: ReadonlyMap<string, number>;
}

const ENDS = {
  activityTaskCompletedEventAttributes: 'completed',
  activityTaskFailedEventAttributes: 'failed',
  activityTaskTimedOutEventAttributes: 'timed out',
  activityTaskCanceledEventAttributes: 'cancelled',
} as const;

/** All of it, of every workflow on the server. */
export const toldBy = async (client: Client): Promise<Told> => {
  const activities = new Map<string, Accepted[]>();
  const executions = new Map<string, number>();
  const parents = new Map<string, string>();
  const failures: string[] = [];
  const found: { workflowId: string; activityId: string; end: Accepted }[] = [];
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    executions.set(workflowId, (executions.get(workflowId) ?? 0) + 1);
    const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const at = (id: unknown) => events?.find(({ eventId }) => String(eventId) === String(id));
    for (const event of events ?? []) {
      const { workflowExecutionStartedEventAttributes: begun, workflowTaskFailedEventAttributes: failed } = event;
      if (type === 'shard' && begun) parents.set(workflowId, begun.parentWorkflowExecution!.workflowId!);
      if (failed) failures.push(`${workflowId}: ${failed.failure?.message ?? `cause ${failed.cause}`}`);
      for (const [attributes, state] of Object.entries(ENDS)) {
        const ended = event[attributes as keyof typeof ENDS];
        if (!ended) continue;
        const activityId = at(ended.scheduledEventId)!.activityTaskScheduledEventAttributes!.activityId!;
        const started = at(ended.startedEventId)?.activityTaskStartedEventAttributes;
        const end = { state, attempt: started?.attempt ?? 0, pid: Number.parseInt(started?.identity ?? '0', 10) };
        found.push({ workflowId, activityId, end });
      }
    }
  }
  const runOf = (workflowId: string): string => {
    const parent = parents.get(workflowId);
    return parent === undefined ? workflowId : runOf(parent);
  };
  for (const { workflowId, activityId, end } of found) {
    const key = `${runOf(workflowId)}/${activityId}`;
    activities.set(key, [...(activities.get(key) ?? []), end]);
  }
  return { activities, failures, executions };
};
