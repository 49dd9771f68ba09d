/** A published DAG, or the error that says how to publish it: a run of one that no worker knows would fail only after it began. */
import { publishedDag, publishedDagIds, type PublishedDag } from '../../../client/publish.js';
import { RekindleError } from '../../../core/errors.js';
import type { ObjectStore } from '../../../core/ports.js';

/** @throws DAG_NOT_FOUND */
export const published = async (objects: ObjectStore, id: string): Promise<PublishedDag> => {
  const dag = await publishedDag(objects, id);
  if (dag) return dag;
  const known = await publishedDagIds(objects);
  const hint = known.length === 0 ? '' : ` Published are: ${known.slice(0, 10).join(', ')}${known.length > 10 ? ' …' : ''}.`;
  throw new RekindleError('DAG_NOT_FOUND', `No DAG '${id}' is published; \`rekindle sync\` publishes those of a project.${hint}`, {
    dag: id,
  });
};
