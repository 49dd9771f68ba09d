/** Runs of the shipped DAGs as the story needs them: followed to their end, told as results. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { runEnded, runState } from '../../client/dags.js';
import { modelStatus } from '../../client/models.js';
import type { DagRunState } from '../../core/dag/run-state.js';
import { MonitoringResult, RetrainingResult } from '../../core/lifecycle/results.js';
import type { ObjectStore } from '../../core/ports.js';
import type { RetrainingSummary } from './summary.js';

export interface Runs {
  readonly client: Client;
  readonly objects: ObjectStore;
}

const whyFailed = ({ tasks, error }: DagRunState): string => {
  const failed = Object.entries(tasks).find(([, task]) => task.error !== undefined);
  return failed ? `${failed[0]}: ${failed[1].error?.message}` : (error?.message ?? 'no task says why');
};

/** The door names a run a moment before it starts it, so that triggers of one cause become one run. */
const begun = async ({ client }: Runs, runId: string): Promise<void> => {
  for (const deadline = Date.now() + 20_000; ; await sleep(100)) {
    try {
      await client.workflow.getHandle(runId).describe();
      return;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError) || Date.now() > deadline) throw error;
    }
  }
};

/** Waits for a run's end and says meanwhile which task is under way. */
export const followed = async (runs: Runs, runId: string, progress: (text: string) => void): Promise<DagRunState> => {
  const { client, objects } = runs;
  await begun(runs, runId);
  let ended = false;
  const end = runEnded(client, runId).finally(() => (ended = true));
  while (!ended) {
    await Promise.race([end, sleep(500)]);
    if (ended) break;
    const state = await runState(client, objects, runId).catch(() => undefined); // busy worker: the next question may be answered
    const running = Object.entries(state?.tasks ?? {}).filter(([, task]) => task.state === 'running');
    progress(running.map(([instance]) => instance.split('.').at(-1)).join(', '));
  }
  await end;
  return runState(client, objects, runId);
};

export const monitoringResult = (state: DagRunState): MonitoringResult => {
  if (state.state !== 'success') throw new Error(`monitoring failed: ${whyFailed(state)}`);
  return MonitoringResult.parse(state.output);
};

export interface Retrained {
  readonly summary: RetrainingSummary;
  readonly trainedTo: string | null;
  /** of a run that failed: what failed */
  readonly failure: string | null;
}

export const retrained = (state: DagRunState): Retrained => {
  const { asOf = '', reasons = [] } = state.params as { asOf?: string; reasons?: string[] };
  if (state.state !== 'success') {
    const nothing = { champion: null, challenger: null, failedGates: [] };
    return {
      summary: { runId: state.runId, asOf: asOf.slice(0, 10), reasons, outcome: 'failed', ...nothing },
      trainedTo: null,
      failure: whyFailed(state),
    };
  }
  const result = RetrainingResult.parse(state.output);
  const { outcome, champion, challenger, failedGates, trainedTo } = result;
  return {
    summary: { runId: state.runId, asOf: result.asOf.slice(0, 10), reasons, outcome, champion, challenger, failedGates },
    trainedTo,
    failure: null,
  };
};

/** The run that the door made of the triggers of one window; undefined when it let none of them in. */
export const runOfWindow = async ({ client }: Runs, { model, asOf, triggered }: MonitoringResult): Promise<string | undefined> => {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(100)) {
    const decisions = (await modelStatus(client, model))?.decisions.filter((made) => made.asOf === asOf) ?? [];
    if (decisions.length >= triggered.length) return decisions.find(({ runId }) => runId !== null)?.runId ?? undefined;
  }
  throw new Error(`the door of model ${model} did not answer the triggers of ${asOf}`);
};

/** The door lets the next run in once it knows of the end of the last one. */
export const doorIdle = async ({ client }: Runs, model: string): Promise<void> => {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(100))
    if ((await modelStatus(client, model))?.running === null) return;
};
