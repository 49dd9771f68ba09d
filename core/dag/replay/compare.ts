/** How two goes at the same run differ. */
import type { Json } from '../../json.js';
import { nodeOf } from '../wire.js';
import type { TaskState } from '../run-state.js';
import type { DagSpec } from '../spec.js';
import type { Simulation } from './simulate.js';
import { changedFields, differingPaths, nodesOf, valueAt } from './specs.js';
import { unknownsIn } from './unknown.js';

/**
 * - `params`: the run would have been refused
 * - `run`: it would have ended otherwise
 * - `output`: it would have returned something else
 * - `new`: would have run, and has no recorded result
 * - `gone`: ran, and would not exist
 * - `state`: would have ended otherwise
 * - `arm`, `items`: the branch, the map would have gone otherwise
 * - `undecided`: nobody can tell how it would have gone
 * - `input`: would have got another input, so its result may differ too
 * - `task`: is another task, or has other options
 * - `order`: waits for other nodes
 */
export const DIFFERENCES = [
  'params',
  'run',
  'output',
  'new',
  'gone',
  'state',
  'arm',
  'items',
  'undecided',
  'input',
  'task',
  'order',
] as const;

export interface Difference {
  readonly kind: (typeof DIFFERENCES)[number];
  /** task instance, composite, or node; the run's id where it is about the whole */
  readonly instance: string;
  readonly was: Json;
  readonly would: Json;
  /** for people */
  readonly text: string;
}

/** How the run went: simulated with the DAG that it had, or, where that is not at hand, only what is recorded. */
export type Before = Pick<Simulation, 'state'> & Partial<Pick<Simulation, 'inputs' | 'unrecorded' | 'undecided'>>;

const isOpen = (state: TaskState): boolean => state === 'scheduled' || state === 'running' || state === 'deferred';
const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
const shown = (path: string): string => (path === '' ? 'as a whole' : `at ${path}`);

const sourceOf = (value: Json): string => {
  const [unknown] = unknownsIn(value);
  return unknown === undefined ? '' : ` (it comes of ${unknown}, which was not run)`;
};

const tasks = (before: Before, after: Simulation): Difference[] => {
  const found: Difference[] = [];
  for (const instance of new Set([...Object.keys(after.state.tasks), ...Object.keys(before.state.tasks)])) {
    if (instance.endsWith('.undo')) continue;
    const was = before.state.tasks[instance];
    const would = after.state.tasks[instance];
    const add = (kind: Difference['kind'], text: string): void =>
      void found.push({ kind, instance, was: was?.state ?? null, would: would?.state ?? null, text });
    if (!would) {
      if (was?.start !== undefined) add('gone', `ran (${was.state}) and would not exist`);
    } else if (after.unrecorded.has(instance)) {
      if (!before.unrecorded?.has(instance))
        add('new', `would have run, and nothing is recorded of it${was ? `: it was ${was.state}` : ''}`);
    } else if (isOpen(would.state)) {
      if (was?.state !== would.state) add('undecided', 'waits for something that nobody can tell');
    } else if (was && was.state !== would.state) add('state', `was ${was.state}, would have been ${would.state}`);
  }
  return found;
};

const composites = (before: Before, after: Simulation): Difference[] => {
  const found: Difference[] = [];
  for (const [instance, { arm, items }] of Object.entries(after.state.composites)) {
    const was = before.state.composites[instance];
    if (was?.arm !== undefined && arm !== undefined && was.arm !== arm)
      found.push({ kind: 'arm', instance, was: was.arm, would: arm, text: `went by arm '${was.arm}', would have gone by '${arm}'` });
    if (was?.items && items && was.items.total !== items.total)
      found.push({
        kind: 'items',
        instance,
        was: was.items.total,
        would: items.total,
        text: `had ${was.items.total} items, would have had ${items.total}`,
      });
  }
  for (const [instance, why] of after.undecided)
    if (!before.undecided?.has(instance)) found.push({ kind: 'undecided', instance, was: null, would: null, text: why });
  return found;
};

const inputs = ({ inputs: were }: Before, after: Simulation): Difference[] =>
  [...after.inputs].flatMap(([instance, would]): Difference[] => {
    const was = were?.get(instance);
    if (was === undefined || after.unrecorded.has(instance)) return [];
    const paths = differingPaths(was, would);
    if (paths.length === 0) return [];
    const at = (value: Json): Json => Object.fromEntries(paths.map((path) => [path, valueAt(value, path) ?? null]));
    const text = `input differs ${paths.map(shown).join(', ')}${sourceOf(at(would))}, so its result may too`;
    return [{ kind: 'input', instance, was: at(was), would: at(would), text }];
  });

const nodes = (was: DagSpec, now: DagSpec): Difference[] => {
  const before = nodesOf(was);
  return [...nodesOf(now)].flatMap(([instance, node]): Difference[] => {
    const old = before.get(instance);
    if (!old) return [];
    const found: Difference[] = [];
    const fields = changedFields(old, node);
    const values = (of: object): Json => Object.fromEntries(fields.map((field) => [field, (of as Record<string, Json>)[field] ?? null]));
    if (fields.length > 0)
      found.push({ kind: 'task', instance, was: values(old), would: values(node), text: `differs in ${fields.join(', ')}` });
    const more = node.after.filter((id) => !old.after.includes(id));
    const less = old.after.filter((id) => !node.after.includes(id));
    const text = [
      ...(more.length > 0 ? [`waits for ${list(more)} too`] : []),
      ...(less.length > 0 ? [`no longer waits for ${list(less)}`] : []),
    ];
    if (text.length > 0) found.push({ kind: 'order', instance, was: old.after, would: node.after, text: text.join(', ') });
    return found;
  });
};

const whole = ({ state: was }: Before, { state: would, unrecorded }: Simulation): Difference[] => {
  const instance = was.runId;
  const found: Difference[] = [];
  if (would.state === 'running') {
    if (was.state !== 'running')
      found.push({
        kind: 'undecided',
        instance,
        was: was.state,
        would: null,
        text: `was ${was.state}; nobody can tell how it would have ended`,
      });
  } else if (was.state !== would.state) {
    const guess = unrecorded.size > 0 ? ', if what was not run succeeds' : '';
    found.push({
      kind: 'run',
      instance,
      was: was.state,
      would: would.state,
      text: `was ${was.state}, would have been ${would.state}${guess}`,
    });
  }
  if (was.state !== 'success' || would.state !== 'success') return found;
  const paths = differingPaths(was.output ?? null, would.output ?? null);
  const because = sourceOf(would.output ?? null);
  if (paths.length > 0)
    found.push({
      kind: 'output',
      instance,
      was: was.output ?? null,
      would: would.output ?? null,
      text: `the run's output differs ${paths.map(shown).join(', ')}${because}`,
    });
  return found;
};

/** @param was undefined where the DAG that the run had is not at hand */
export const compare = (was: DagSpec | undefined, now: DagSpec, before: Before, after: Simulation): Difference[] => [
  ...whole(before, after),
  ...composites(before, after),
  ...tasks(before, after),
  ...inputs(before, after),
  ...(was ? nodes(was, now) : []),
];

const CASTS_DOUBT: ReadonlySet<Difference['kind']> = new Set(['new', 'state', 'arm', 'items', 'undecided', 'input', 'task']);

/** Ids of the nodes whose results are not, or may not be, what is recorded. */
export const doubtedBy = (differences: readonly Difference[]): ReadonlySet<string> =>
  new Set(differences.filter(({ kind }) => CASTS_DOUBT.has(kind)).map(({ instance }) => nodeOf(instance)));
