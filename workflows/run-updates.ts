/** What people may say to a run that goes on. Validators refuse before anything is written to history. */
import { setHandler } from '@temporalio/workflow';
import { z } from 'zod';
import type { AskApproval } from '../core/dag/actions.js';
import type { DagRun, TaskOutcome } from '../core/dag/run.js';
import type { Json } from '../core/json.js';
import { addNote, approveTask, ApproveTask, cancelTask, CancelTask, markTask, MarkTask, Note } from './dag-messages.js';
import type { Executor } from './executor.js';

/** What the run is doing; undefined before it has begun. */
export interface Subject {
  readonly executor: Executor | undefined;
  readonly run: DagRun | undefined;
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

const live = ({ executor }: Subject, instance: string): Executor => {
  if (executor?.isLive(instance)) return executor;
  throw new Error(`Task instance '${instance}' does not run.`);
};

const outcomeOf = ({ state, output, actor }: MarkTask): TaskOutcome => {
  if (state === 'success') return { state, output: (output ?? null) as Json, tries: 0 };
  if (state === 'skipped') return { state, reason: `marked by ${actor}`, tries: 0 };
  return { state, error: { code: 'TASK_MARKED', message: `Marked as failed by ${actor}.` }, tries: 0 };
};

export const handleUpdates = (subject: Subject): void => {
  setHandler(
    approveTask,
    (given) => {
      const { instance, decision, approver, reason, input } = read(ApproveTask, given);
      const approval = approvalFor(subject.executor, instance);
      const at = new Date(Date.now()).toISOString();
      subject.executor?.approve(approval.instance, { decision, approver, reason, at, ...(input === undefined ? {} : { input }) });
    },
    {
      validator: (given) => {
        const { instance, decision, input } = read(ApproveTask, given);
        checkInput(approvalFor(subject.executor, instance), decision, input);
      },
    },
  );
  setHandler(
    markTask,
    (given) => {
      const mark = read(MarkTask, given);
      subject.executor?.mark(mark.instance, outcomeOf(mark));
      subject.run?.notes.push({
        at: new Date(Date.now()).toISOString(),
        author: mark.actor,
        text: `marked ${mark.instance} as ${mark.state}`,
      });
    },
    { validator: (given) => void live(subject, read(MarkTask, given).instance) },
  );
  setHandler(
    cancelTask,
    (given) => {
      const { instance, actor } = read(CancelTask, given);
      subject.executor?.cancel(instance);
      subject.run?.notes.push({ at: new Date(Date.now()).toISOString(), author: actor, text: `cancelled ${instance}` });
    },
    { validator: (given) => void live(subject, read(CancelTask, given).instance) },
  );
  setHandler(
    addNote,
    (given) => {
      const { text, author } = read(Note, given);
      subject.run?.notes.push({ at: new Date(Date.now()).toISOString(), author, text });
    },
    {
      validator: (given) => {
        read(Note, given);
        if (!subject.run) throw new Error('The run has not begun.');
      },
    },
  );
};
