/** Nodes that wait for something other than a task: `sleep`, `approve`, `runDag`, `runWorkflow`. */
import { jsonSchemaOf } from '../arms.js';
import type { ApproveOptions, NodeOptions, RunDagOptions, WorkflowOptions } from '../builder.js';
import { isDag, type Dag } from '../dag.js';
import { isForeignWorkflow, type ForeignWorkflow } from '../foreign-workflow.js';
import { ID } from '../id.js';
import type { Ref } from '../ref-types.js';
import type { Schema } from '../task.js';
import { undoOf } from './calls.js';
import { compact } from './compact.js';
import type { Drafts } from './drafts.js';

export const sleep = (drafts: Drafts, how: unknown, options: NodeOptions = {}): Ref<any> => {
  const id = drafts.claim(options.id ?? 'sleep');
  const { expression, reads } = drafts.encode(id, how);
  return drafts.add(id, compact({ kind: 'sleep' as const, ...drafts.base(id, options, reads), doc: options.doc, how: expression }));
};

export const approve = (drafts: Drafts, local: string, request: unknown = {}, options: ApproveOptions<Schema> = {}): Ref<any> => {
  const id = drafts.claim(local);
  const { expression, reads } = drafts.encode(id, request);
  const { doc, within, input } = options;
  const form = input && jsonSchemaOf(input, 'input');
  if (input && form === undefined)
    throw drafts.invalid(id, 'a form is made of what the person must send, so `input` takes a zod schema that JSON Schema can express');
  const base = drafts.base(id, options, reads);
  return drafts.add(id, compact({ kind: 'approve' as const, ...base, doc, request: expression, within, input: form }));
};

interface Child {
  readonly type: string;
  readonly dag?: true;
  readonly queue?: string | undefined;
  readonly doc?: string | undefined;
}

const addWorkflow = (drafts: Drafts, { type, dag, queue, doc }: Child, input: unknown, options: WorkflowOptions<any>): Ref<any> => {
  const id = drafts.claim(options.id ?? type);
  const { expression, reads } = drafts.encode(id, input ?? {});
  const undo = undoOf(drafts, id, options.compensate);
  const node = compact({
    kind: 'workflow' as const,
    ...drafts.base(id, options, [...reads, ...undo.reads]),
    type,
    dag,
    queue,
    input: expression,
    doc: options.doc ?? doc,
    timeout: options.timeout,
    undo: undo.call,
  });
  return drafts.add(id, node);
};

export const runDag = (drafts: Drafts, child: Dag | string, params?: unknown, options: RunDagOptions<any> = {}): Ref<any> => {
  const type = typeof child === 'string' ? child : isDag(child) ? child.id : undefined;
  if (type === undefined) throw drafts.invalid(options.id, 'd.runDag takes what dag({ … }) made, or the id of a DAG');
  if (!ID.test(type)) throw drafts.invalid(options.id, `'${type}' is no id of a DAG`);
  return addWorkflow(drafts, { type, dag: true, queue: options.queue, doc: isDag(child) ? child.spec.doc : undefined }, params, options);
};

export const runWorkflow = (
  drafts: Drafts,
  workflow: ForeignWorkflow<any, any>,
  input?: unknown,
  options: WorkflowOptions<any> = {},
): Ref<any> => {
  if (!isForeignWorkflow(workflow)) throw drafts.invalid(options.id, 'd.runWorkflow takes what foreignWorkflow(…) made');
  return addWorkflow(drafts, workflow, input, options);
};
