/** What people may say to a run that goes on. Validators refuse before anything is written to history. */
import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import { z } from 'zod';
import type { AskApproval } from '../core/dag/actions.js';
import type { DagRun, TaskOutcome } from '../core/dag/run.js';
import type { Json } from '../core/json.js';
import { addNote, approveTask, ApproveTask, cancelTask, CancelTask, markTask, MarkTask, Note } from './dag-messages.js';
import type { Executor } from './executor.js';
import { errorOf } from './task-activity.js';

/** What the run is doing; undefined before it has begun, or taken up what another execution has left. */
export interface Subject {
  executor: Executor | undefined;
  run: DagRun | undefined;
  /** it will never begin */
  isLost?: boolean;
}

const read = <S extends z.ZodType>(schema: S, given: unknown): z.output<S> => {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`).join('; '));
};

const names = (instances: readonly string[]): string => (instances.length === 0 ? 'none' : instances.join(', '));

const approvalFor = (executor: Executor | undefined, instance: string | undefined): AskApproval => {
  const waiting = executor?.approvals ?? [];
  const [only] = waiting;
  const found =
    instance === undefined ? (waiting.length === 1 ? only : undefined) : waiting.find((approval) => approval.instance === instance);
  if (found) return found;
  const asked = instance === undefined ? 'Say which approval' : `No approval '${instance}' waits`;
  throw new Error(`${asked} (waiting: ${names(waiting.map((approval) => approval.instance))}).`);
};

/** What a person sends along must be what the approval asks for. */
const checkInput = ({ spec, instance }: AskApproval, decision: string, input: unknown): void => {
  if (spec.input === undefined || decision === 'rejected') return;
  const parsed = z.fromJSONSchema(spec.input as never).safeParse(input);
  if (parsed.success) return;
  const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
  throw new Error(`Approval '${instance}' asks for other input: ${fields.join('; ')}.`);
};

const outcomeOf = ({ state, output, actor }: MarkTask): TaskOutcome => {
  if (state === 'success') return { state, output: (output ?? null) as Json, tries: 0 };
  if (state === 'skipped') return { state, reason: `marked by ${actor}`, tries: 0 };
  return { state, error: { code: 'TASK_MARKED', message: `Marked as failed by ${actor}.` }, tries: 0 };
};

interface Begun {
  readonly executor: Executor;
  readonly run: DagRun;
}

/** What is said too early waits. The validator could not look then, so it is looked at now. */
const begun = async (subject: Subject, check: () => void): Promise<Begun> => {
  if (!subject.executor) {
    await condition(() => subject.executor !== undefined || subject.isLost === true);
    try {
      check();
    } catch (error) {
      throw ApplicationFailure.nonRetryable(errorOf(error).message, 'USAGE');
    }
  }
  const { executor, run } = subject;
  if (!executor || !run) throw ApplicationFailure.nonRetryable('The run could not begin.', 'USAGE');
  return { executor, run };
};

export const handleUpdates = (subject: Subject): void => {
  const checkApproval = (given: unknown): void => {
    const { instance, decision, input } = read(ApproveTask, given);
    if (subject.executor) checkInput(approvalFor(subject.executor, instance), decision, input);
  };
  const checkLive = (instance: string): void => {
    const { executor } = subject;
    if (executor && !executor.isLive(instance)) throw new Error(`Task instance '${instance}' does not run.`);
  };
  const now = (): string => new Date(Date.now()).toISOString();

  setHandler(
    approveTask,
    async (given) => {
      const { executor } = await begun(subject, () => checkApproval(given));
      const { instance, decision, approver, reason, input } = read(ApproveTask, given);
      const approval = approvalFor(executor, instance);
      executor.approve(approval.instance, { decision, approver, reason, at: now(), ...(input === undefined ? {} : { input }) });
    },
    { validator: checkApproval },
  );
  setHandler(
    markTask,
    async (given) => {
      const mark = read(MarkTask, given);
      const { executor, run } = await begun(subject, () => checkLive(mark.instance));
      executor.mark(mark.instance, outcomeOf(mark));
      run.notes.push({ at: now(), author: mark.actor, text: `marked ${mark.instance} as ${mark.state}` });
    },
    { validator: (given) => checkLive(read(MarkTask, given).instance) },
  );
  setHandler(
    cancelTask,
    async (given) => {
      const { instance, actor } = read(CancelTask, given);
      const { executor, run } = await begun(subject, () => checkLive(instance));
      executor.cancel(instance);
      run.notes.push({ at: now(), author: actor, text: `cancelled ${instance}` });
    },
    { validator: (given) => checkLive(read(CancelTask, given).instance) },
  );
  setHandler(
    addNote,
    async (given) => {
      const { text, author } = read(Note, given);
      const { run } = await begun(subject, () => undefined);
      run.notes.push({ at: now(), author, text });
    },
    { validator: (given) => void read(Note, given) },
  );
};
