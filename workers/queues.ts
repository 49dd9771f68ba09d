/** Which task queues a project needs workers on. */
import { bodiesIn } from '../core/dag/mapping.js';
import type { Body, Callbacks, DagSpec, NodeSpec, TaskCall } from '../core/dag/spec.js';
import { TASK_QUEUES } from '../core/names.js';
import type { Project } from './project.js';

const callbacksOf = ({ success = [], failure = [], retry = [] }: Callbacks = {}): readonly TaskCall[] => [...success, ...failure, ...retry];

/** What a node itself sends to a queue; what is inside it comes by its bodies. */
const callsOf = (node: NodeSpec): readonly TaskCall[] => {
  if (node.kind === 'task') return [node, ...(node.undo ? [node.undo] : []), ...callbacksOf(node.callbacks)];
  // the child of a workflow node runs where its own worker is; undoing it is a task of ours
  return node.kind === 'workflow' && node.undo ? [node.undo] : [];
};

const callsIn = (body: Body): readonly TaskCall[] =>
  Object.values(body.nodes).flatMap((node) => [...callsOf(node), ...bodiesIn(node).flatMap(callsIn)]);

const callsOfDag = (spec: DagSpec): readonly TaskCall[] => [
  ...callsIn(spec),
  ...callbacksOf(spec.callbacks),
  ...(spec.deadline?.callbacks ?? []),
];

/** A foreign task is the business of somebody else's worker. */
const queueOf = ({ foreign, options }: TaskCall): string[] => (foreign === true || options?.queue === undefined ? [] : [options.queue]);

/** Those that the project's tasks are sent to, the default one of tasks, and the one that runs workflows. */
export const queuesOf = ({ dags }: Project): string[] => {
  const named = [...dags.values()].flatMap(({ dag }) => callsOfDag(dag.spec).flatMap(queueOf));
  return [...new Set([TASK_QUEUES.orchestration, TASK_QUEUES.data, ...named])];
};
