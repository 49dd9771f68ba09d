/** Which task queues a project needs workers on. */
import { assertNever } from '../core/assert-never.js';
import type { Body, NodeSpec, TaskCall } from '../core/dag/spec.js';
import { TASK_QUEUES } from '../core/names.js';
import type { Project } from './project.js';

/** A foreign task is the business of somebody else's worker. */
const queueOf = (call: TaskCall): string[] => (call.foreign === true || call.options?.queue === undefined ? [] : [call.options.queue]);

const queuesOfNode = (node: NodeSpec): string[] => {
  switch (node.kind) {
    case 'task':
      return [...queueOf(node), ...(node.undo ? queueOf(node.undo) : [])];
    case 'branch':
      return Object.values(node.arms).flatMap(queuesIn);
    case 'group':
      return queuesIn(node.body);
    default:
      return assertNever(node);
  }
};

const queuesIn = (body: Body): string[] => Object.values(body.nodes).flatMap(queuesOfNode);

/** Those that the project's tasks are sent to, the default one of tasks, and the one that runs workflows. */
export const queuesOf = ({ dags }: Project): string[] => {
  const named = [...dags.values()].flatMap(({ dag }) => queuesIn(dag.spec));
  return [...new Set([TASK_QUEUES.orchestration, TASK_QUEUES.data, ...named])];
};
