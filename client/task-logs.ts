/** What tasks have logged: one object for each try. */
import { keys } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import { dagsOf } from './run-state.js';

export interface TaskLogFile {
  /** task instance */
  readonly task: string;
  readonly attempt: number;
  readonly key: string;
  /** changes with every write */
  readonly etag: string;
}

/** The logs that a run has kept so far, those of a try that goes on included (some seconds late). */
export const taskLogs = async (objects: ObjectStore, runId: string): Promise<TaskLogFile[]> => {
  const logs: TaskLogFile[] = [];
  for (const dag of await dagsOf(objects, runId)) {
    const prefix = `${keys.runsPrefix(dag)}${runId}/`;
    for await (const { key, etag } of objects.list(prefix)) {
      const [, task, attempt] = /^(.+)\/(\d+)\.log$/.exec(key.slice(prefix.length)) ?? [];
      if (task !== undefined) logs.push({ task, attempt: Number(attempt), key, etag });
    }
    if (logs.length > 0) break; // a run is of one DAG
  }
  return logs;
};
