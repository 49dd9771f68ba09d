/** Query, updates and signals of a DAG run: defined once, used by the interpreter and by whoever calls it. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import { z } from 'zod';
import type { DagRunState } from '../core/dag/run-state.js';

const text = z.string().max(2_000);
const instance = z.string().min(1).max(1_000);

/** Answers an approval that waits. */
export const ApproveTask = z.strictObject({
  /** task instance of the approval; may be left out where only one waits */
  instance: instance.optional(),
  decision: z.enum(['approved', 'rejected']),
  approver: z.string().min(1).max(200),
  reason: text.default(''),
  /** what the approval asks for, by its JSON schema */
  input: z.json().optional(),
});
export type ApproveTask = z.infer<typeof ApproveTask>;

/** Ends a task instance that runs or waits, without its doing. */
export const MarkTask = z.strictObject({
  instance,
  state: z.enum(['success', 'failed', 'skipped']),
  /** of a success; default null */
  output: z.json().optional(),
  actor: z.string().min(1).max(200).default('somebody'),
});
export type MarkTask = z.infer<typeof MarkTask>;

export const CancelTask = z.strictObject({ instance, actor: z.string().min(1).max(200).default('somebody') });
export type CancelTask = z.infer<typeof CancelTask>;

export const Note = z.strictObject({ text: text.min(1), author: z.string().min(1).max(200).default('somebody') });
export type Note = z.infer<typeof Note>;

/** Outputs of tasks only on request: they can be large. */
export const state = defineQuery<DagRunState, [options?: { readonly outputs?: boolean }]>('state');
/** Refused (by the validator, so nothing is written) where nothing waits, or the input does not fit. */
export const approveTask = defineUpdate<void, [z.input<typeof ApproveTask>]>('approve');
export const markTask = defineUpdate<void, [z.input<typeof MarkTask>]>('mark');
/** The task hears of it, and ends as failed with TASK_CANCELLED; its downstreams decide by their rules. */
export const cancelTask = defineUpdate<void, [z.input<typeof CancelTask>]>('cancelTask');
export const addNote = defineUpdate<void, [z.input<typeof Note>]>('note');
