/** The planner alone: how many decisions a second, and whether an event costs more in a larger DAG. */
import type { Action } from '../../core/dag/actions.js';
import { Planner } from '../../core/dag/planner.js';
import type { DagSpec, TaskNode } from '../../core/dag/spec.js';
import type { RunInfo } from '../../core/ports.js';

const RUN: RunInfo = {
  id: 'bench',
  dag: 'bench',
  logicalDate: '2026-01-01T00:00:00.000Z',
  dataInterval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-01T00:00:00.000Z' },
  startedAt: '2026-01-01T00:00:00.000Z',
  kind: 'manual',
  isLatest: true,
};

/** Layers of ten tasks, each after two of the layer before: every task is decided once, every end tells two. */
const layered = (tasks: number): DagSpec => {
  const nodes: Record<string, TaskNode> = {};
  for (let i = 0; i < tasks; i++) {
    const layer = Math.floor(i / 10);
    const above = (offset: number): string => `t${(layer - 1) * 10 + ((i + offset) % 10)}`;
    nodes[`t${i}`] = { kind: 'task', type: 'noop', input: {}, after: layer === 0 ? [] : [above(0), above(1)] };
  }
  return { id: 'bench', version: 1, nodes };
};

const instanceOf = ({ instance }: Action): string => instance;
const END = { state: 'success', output: null } as const;

/** @returns seconds for all ends of one run, the making of the plan left out */
const runOnce = (spec: DagSpec): number => {
  const planner = new Planner(spec, { params: {}, run: RUN });
  const since = performance.now();
  const running = planner.start().map(instanceOf);
  for (let at = 0; at < running.length; at++) for (const action of planner.finish(running[at]!, END)) running.push(action.instance);
  if (planner.end?.state !== 'success') throw new Error('the run did not end well');
  return (performance.now() - since) / 1000;
};

/** @returns decisions (ends told, each of which decides what is downstream) a second; the best of many runs, as the garbage collector is no part of it */
export const decisionsPerSecond = (tasks: number): number => {
  const spec = layered(tasks);
  const runs = Math.max(10, Math.ceil(300_000 / tasks));
  let best = Infinity;
  for (let i = 0; i < runs; i++) best = Math.min(best, runOnce(spec));
  return tasks / best;
};
