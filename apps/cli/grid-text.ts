/** The newest runs of a DAG side by side: a column for each run, a row for each task. */
import type { DagRunState, TaskState } from '../../core/dag/run-state.js';
import { plain, type Paint } from './graph/colours.js';
import { withState } from './graph/live.js';
import { allShapes, type Picture } from './graph/picture.js';
import { lasted } from './output.js';
import { MARKS } from './run-text.js';

export interface GridCell {
  readonly node: string;
  /** null where the run had no such task */
  readonly states: readonly (TaskState | null)[];
}

/** @param picture of the version whose tasks are the rows @param runs oldest first */
export const gridRows = (picture: Picture, runs: readonly DagRunState[]): GridCell[] => {
  const columns = runs.map((run) => new Map(allShapes(withState(picture, run).shapes).map(({ id, live }) => [id, live?.state ?? null])));
  return allShapes(picture.shapes).map(({ id }) => ({ node: id, states: columns.map((column) => column.get(id) ?? null) }));
};

const BARS = '▁▂▃▄▅▆▇█';

const took = ({ run, end }: DagRunState): number => (end === undefined ? Date.now() : Date.parse(end)) - Date.parse(run.startedAt);

/** How long each run took, as bars on one scale. */
const bars = (runs: readonly DagRunState[], paint: Paint): string => {
  const longest = Math.max(1, ...runs.map(took));
  return runs.map((run) => paint(BARS[Math.min(BARS.length - 1, Math.floor((took(run) / longest) * BARS.length))]!, run.state)).join(' ');
};

export const gridText = (picture: Picture, runs: readonly DagRunState[], paint: Paint = plain): string => {
  if (runs.length === 0) return 'No runs.';
  const rows = gridRows(picture, runs);
  const width = Math.max('took'.length, ...rows.map(({ node }) => node.length));
  const cells = (states: readonly (TaskState | null)[]): string =>
    states.map((state) => (state === null ? ' ' : paint(MARKS[state], state))).join(' ');
  const used = [...new Set(rows.flatMap(({ states }) => states).filter((state) => state !== null))];
  const [first, last] = [runs[0]!, runs.at(-1)!];
  return [
    `${'took'.padEnd(width)}  ${bars(runs, paint)}`,
    `${'run'.padEnd(width)}  ${cells(runs.map(({ state }) => state))}`,
    ...rows.map(({ node, states }) => `${node.padEnd(width)}  ${cells(states)}`.trimEnd()),
    '',
    `${runs.length} runs, ${first.run.logicalDate} to ${last.run.logicalDate}; the newest, ${last.runId}, ${last.state} in ${lasted({ start: last.run.startedAt, ...(last.end === undefined ? {} : { end: last.end }) })}`,
    used.map((state) => `${paint(MARKS[state], state)} ${state}`).join('  '),
  ].join('\n');
};
