/** What is waited for without a task: times and people. */
import { z } from 'zod';
import { durationMs } from '../../duration.js';
import { RekindleError } from '../../errors.js';
import { eventTime } from '../../event-time.js';
import type { Json } from '../../json.js';
import type { AskApproval } from '../actions.js';
import type { TaskOutcome } from '../run.js';
import type { Decision } from '../spec.js';
import { noSleep, wakesAt } from '../wakes-at.js';
import { lookUp, type Prefix } from './names.js';
import type { Answer, TestOptions } from './options.js';
import { CANCELLED } from './tries.js';
import type { World } from './world.js';

const failed = (code: string, message: string): TaskOutcome => ({ state: 'failed', error: { code, message }, tries: 1 });
const succeeded = (output: Json): TaskOutcome => ({ state: 'success', output, tries: 1 });
const cancelled: TaskOutcome = { state: 'failed', error: CANCELLED, tries: 1 };

/** For one who holds the clock. */
export const sleep = async ({ clock }: World, how: Json, signal: AbortSignal): Promise<TaskOutcome> => {
  const atMs = wakesAt(how, clock.nowMs);
  if (atMs === undefined) return failed('SLEEP_INVALID', noSleep(how));
  return (await clock.until(atMs, signal)) ? succeeded(null) : cancelled;
};

/** What the test says of the run. */
interface Told {
  readonly options: TestOptions;
  readonly prefix: Prefix;
}

const howToAnswer = ({ instance, spec }: AskApproval): RekindleError => {
  const orNever = spec.within === undefined ? '' : `, or 'never' to let its ${spec.within} pass`;
  return new RekindleError(
    'USAGE',
    `Approval '${instance}' waits for a person: answer it by approvals: { '${instance}': 'approved' } or 'rejected'${orNever}.`,
    { approval: instance },
  );
};

const checkInput = (instance: string, schema: Json | undefined, input: unknown): void => {
  if (schema === undefined) return;
  const { success, error } = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(input);
  if (success) return;
  const problems = error.issues.map(({ path, message }) => `${['input', ...path].join('.')}: ${message}`);
  throw new RekindleError('USAGE', `The answer to approval '${instance}' does not fit what it asks for: ${problems.join('; ')}.`, {
    approval: instance,
    fields: problems,
  });
};

const decisionOf = (given: Answer, { instance, spec }: AskApproval, nowMs: number): Decision => {
  const { after: _, ...answer } = typeof given === 'string' ? { decision: given } : given;
  if (answer.decision === 'approved') checkInput(instance, spec.input, answer.input);
  return { approver: 'test', reason: '', at: eventTime(nowMs), ...answer };
};

/**
 * For one who holds the clock.
 * @throws USAGE where the test does not say what to answer
 */
export const approve = async (
  { clock }: World,
  { options, prefix }: Told,
  action: AskApproval,
  signal: AbortSignal,
): Promise<TaskOutcome> => {
  const { instance, node, spec, request } = action;
  const given = lookUp(options.approvals, prefix, [instance, node]);
  if (given === undefined) throw howToAnswer(action);
  const answer = typeof given === 'function' ? given(request as Parameters<typeof given>[0], action) : given;
  const sinceMs = clock.nowMs;
  const lateMs = spec.within === undefined ? Infinity : sinceMs + durationMs(spec.within);
  const atMs = answer === 'never' ? Infinity : typeof answer === 'string' ? sinceMs : sinceMs + durationMs(answer.after ?? '0 ms');
  if (atMs === Infinity && lateMs === Infinity) throw howToAnswer(action);
  if (!(await clock.until(Math.min(atMs, lateMs), signal))) return cancelled;
  if (answer === 'never' || atMs > lateMs) return failed('APPROVAL_TIMED_OUT', `Nobody answered within ${spec.within}.`);
  // through JSON, as every answer comes
  return succeeded(JSON.parse(JSON.stringify(decisionOf(answer, action, clock.nowMs))) as Json);
};
