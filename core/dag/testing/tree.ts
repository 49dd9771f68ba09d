/** The states of a run as a tree, for people who look at a test that failed. */
import { nodeOf } from '../wire.js';
import type { RunError, TaskState } from '../run-state.js';
import type { TestResult } from './result.js';

const MARKS: Readonly<Record<TaskState, string>> = {
  success: '✔',
  failed: '✘',
  skipped: '○',
  upstream_failed: '⊘',
  scheduled: '·',
  running: '▶',
  deferred: '…',
  up_for_retry: '↻',
  removed: '-',
};
/** Of one map; what failed is always among them. */
const MOST_CHILDREN = 20;

interface Line {
  readonly label: string;
  readonly state: TaskState;
  readonly notes: readonly string[];
  readonly order: readonly [number, number, number];
  readonly children: Line[];
}

const errorText = (error: RunError | undefined): string[] => (error ? [`${error.code}: ${error.message}`] : []);

/** The composite that an instance is in: the one with the longest name that its own begins with. */
const parentOf = (instance: string, composites: TestResult['composites']): string => {
  for (let end = instance.length - 1; end > 0; end--)
    if ('.#['.includes(instance[end]!) && Object.hasOwn(composites, instance.slice(0, end))) return instance.slice(0, end);
  return '';
};

const build = ({ tasks, composites, nodes }: TestResult): Line[] => {
  const position = new Map(nodes.map((id, i) => [id, i]));
  /** attempt, item, place in the spec; an undo comes after what it undoes */
  const orderOf = (instance: string, inParent: string): Line['order'] => {
    const id = nodeOf(instance);
    const place = position.get(id) ?? (position.get(id.replace(/\.undo$/, '')) ?? nodes.length) + 0.5;
    return [Number(/^#(\d+)/.exec(inParent)?.[1] ?? 1), Number(/^\[(\d+)/.exec(inParent)?.[1] ?? 0), place];
  };
  const lines = new Map<string, Line>();
  const add = (instance: string, state: TaskState, notes: readonly string[]): void => {
    const parent = parentOf(instance, composites);
    const inParent = parent === '' ? instance : instance.slice(parent.length);
    lines.set(instance, { label: inParent.replace(/^\./, ''), state, notes, order: orderOf(instance, inParent), children: [] });
  };
  for (const [instance, { state, arm, items, error }] of Object.entries(composites))
    add(instance, state, [
      ...(arm === undefined ? [] : [`→ ${arm}`]),
      ...(items ? [`${items.success} of ${items.total} items`] : []),
      ...errorText(error),
    ]);
  for (const [instance, { state, tries, summary, error }] of Object.entries(tasks))
    add(instance, state, [...(tries > 1 ? [`${tries} tries`] : []), ...(summary === undefined ? [] : [summary]), ...errorText(error)]);
  const top: Line[] = [];
  for (const [instance, line] of lines) (lines.get(parentOf(instance, composites))?.children ?? top).push(line);
  return top;
};

const inOrder = (lines: readonly Line[]): Line[] =>
  [...lines].sort(({ order: a }, { order: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);

const shortened = (children: readonly Line[]): readonly (Line | string)[] => {
  if (children.length <= MOST_CHILDREN) return children;
  const isBad = ({ state }: Line): boolean => state === 'failed' || state === 'upstream_failed';
  const bad = children.filter(isBad).slice(0, MOST_CHILDREN);
  const shown = new Set([...bad, ...children.slice(0, MOST_CHILDREN - bad.length)]);
  return [...children.filter((child) => shown.has(child)), `and ${children.length - shown.size} more`];
};

const print = (children: readonly Line[], indent: string): string[] => {
  const shown = shortened(inOrder(children));
  const width = Math.max(0, ...children.map(({ label }) => label.length));
  return shown.flatMap((line, i) => {
    const isLast = i === shown.length - 1;
    const branch = indent + (isLast ? '└─ ' : '├─ ');
    if (typeof line === 'string') return [branch + line];
    const { label, state, notes } = line;
    const text = [label.padEnd(Math.min(width, 40)), state, ...notes].join('  ');
    return [`${branch}${MARKS[state]} ${text}`, ...print(line.children, indent + (isLast ? '   ' : '│  '))];
  });
};

/** @returns several lines, without an end of line at the end */
export const treeOf = (result: TestResult): string => {
  const { dag, state, run, late, cancelled } = result;
  const more = [...(cancelled ? ['cancelled'] : []), ...(late === undefined ? [] : [`late since ${late}`])];
  return [[dag, state, `(logical date ${run.logicalDate})`, ...more].join('  '), ...print(build(result), '')].join('\n');
};
