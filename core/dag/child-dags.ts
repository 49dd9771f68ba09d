/** The DAGs that a DAG runs as children: are they there? */
import { RekindleError } from '../errors.js';
import { byNearness } from '../nearest.js';
import { bodiesIn } from './mapping.js';
import type { Body, DagSpec } from './spec.js';

/** Names in a message; who has more DAGs has `rekindle dags list`. */
const MOST_NAMES = 8;

interface Child {
  /** node id */
  readonly node: string;
  readonly id: string;
}

/** Those of other queues are left out: the workers there have DAGs that this project knows nothing of. */
const childrenIn = (body: Body): readonly Child[] =>
  Object.entries(body.nodes).flatMap(([id, node]) => [
    ...(node.kind === 'workflow' && node.dag && node.queue === undefined ? [{ node: id, id: node.type }] : []),
    ...bodiesIn(node).flatMap(childrenIn),
  ]);

const named = (ids: readonly string[]): string => {
  const more = ids.length - MOST_NAMES;
  return ids.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
};

/** @param known ids of the project's DAGs @returns what is wrong, DAG_NOT_FOUND; one error for each node */
export const checkChildren = (dag: DagSpec, known: readonly string[]): RekindleError[] =>
  childrenIn(dag)
    .filter(({ id }) => !known.includes(id))
    .map(({ node, id }) => {
      const has = named(byNearness(id, known));
      const message = `Node '${node}' of DAG '${dag.id}' runs the DAG '${id}', which the project does not have (it has: ${has}).`;
      return new RekindleError('DAG_NOT_FOUND', `${message} If the workers of another queue have it, say which: { queue: '…' }.`, {
        dag: dag.id,
        node,
        child: id,
        known: [...known],
      });
    });
