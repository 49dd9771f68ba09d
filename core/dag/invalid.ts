import { RekindleError } from '../errors.js';

/**
 * @param task node id; absent when the DAG itself is wrong
 * @param problem a sentence without its full stop, saying what to do where that is not obvious
 */
export const invalidDag = (dag: string, task: string | undefined, problem: string): RekindleError => {
  const place = task === undefined ? `DAG '${dag}'` : `DAG '${dag}', task '${task}'`;
  return new RekindleError('DAG_INVALID', `${place}: ${problem}.`, { dag, ...(task === undefined ? {} : { task }) });
};
