/** Has a node done its part in the run before? */
import type { DagRunState, TaskState } from '../run-state.js';

/** @param state undefined: that run had no such node */
export const hasDone = (state: TaskState | undefined): boolean => state === undefined || state === 'success' || state === 'skipped';

export const hasDoneAll = ({ tasks, composites }: DagRunState, nodes: readonly string[]): boolean =>
  nodes.every((node) => hasDone(tasks[node]?.state ?? composites[node]?.state));
