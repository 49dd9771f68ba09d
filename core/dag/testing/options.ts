/** What a test says of the world around its DAG. */
import type { Duration } from '../../duration.js';
import type { Json } from '../../json.js';
import type { RunInfo, TaskContext } from '../../ports.js';
import type { Dag } from '../dag.js';
import type { AskApproval } from '../actions.js';
import type { TaskState } from '../run-state.js';
import type { Decision } from '../spec.js';

/** Stands in for the body of a task, or for a child run: what it returns, or a function of its input. */
export type Stub = Json | ((input: any, ctx: TaskContext) => unknown);

/** How one try ends. */
export type Choice =
  /** as the stub, or the real body, has it */
  | 'success'
  | 'fail'
  | 'skip'
  /** of a sensor: no answer yet */
  | 'not_yet'
  | {
      readonly returns?: Json;
      readonly throws?: unknown;
      /** how long the try takes, on the clock of the test; default: no time at all */
      readonly takes?: Duration;
    };

/** How the tries of a task end, one after the other; the last stands for all that follow. */
export type Outcome = Choice | readonly Choice[];

/** What a person says. The rest is filled in: approver `test`, no reason, the time on the clock of the test. */
export type Answer = Decision['decision'] | (Partial<Decision> & { readonly decision: Decision['decision']; readonly after?: Duration });
export type Approval =
  | Answer
  /** nobody answers: the approval must say `within` */
  | 'never'
  | ((asked: { readonly title?: string; readonly show?: any }, approval: AskApproval) => Answer | 'never');

/** Names are task instances, node ids or ids of tasks, looked up in this order; in a child run each also as `<instance>/<name>`. */
export interface TestOptions {
  /** in the place of bodies; inputs and outputs are still checked */
  readonly stubs?: Readonly<Record<string, Stub>>;
  /** how tries end, by instance, node or task; wins over stubs */
  readonly outcomes?: Readonly<Record<string, Outcome>>;
  /** answers to `d.approve`, by instance or node */
  readonly approvals?: Readonly<Record<string, Approval>>;
  /** DAGs that `d.runDag` runs, by id; each runs here, in the same way */
  readonly children?: Readonly<Record<string, Dag>>;
  /** by node: how it ended in the run before, for tasks that depend on it; default: well */
  readonly past?: Readonly<Record<string, TaskState>>;
  /** what the nodes have kept from runs before (`ctx.state`), by node */
  readonly kept?: Readonly<Record<string, Json>>;
  /** a logical date gives a scheduled DAG the data interval that it would have; the clock of the test starts at it */
  readonly run?: Partial<RunInfo>;
  /** what the tasks find in `ctx` */
  readonly context?: Partial<TaskContext> & Readonly<Record<string, unknown>>;
}
