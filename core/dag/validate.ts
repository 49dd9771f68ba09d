/** Is a spec one that can run? In time linear in its size, because a DAG may have ten thousand tasks. */
import { assertNever } from '../assert-never.js';
import { durationMs } from '../duration.js';
import { visitRefs } from './expression.js';
import { invalidDag } from './invalid.js';
import { TRIGGER_RULES } from './rules.js';
import { checkSchedule } from './schedule.js';
import type { Body, DagSpec, Expression, NodeSpec } from './spec.js';
import type { TaskOptions } from './task.js';

/** What a task, a node or a DAG can be called. A dot separates a node from the body around it. */
export const ID = /^[A-Za-z_][A-Za-z0-9_-]*$/;

interface Place {
  readonly dag: string;
  readonly body: Body;
  /** the node that the body belongs to, and where that node is */
  readonly owner?: { readonly id: string; readonly node: NodeSpec; readonly place: Place };
  /** names that exist in the body beside its nodes */
  readonly variables: ReadonlySet<string>;
}

const bodiesOf = (id: string, node: NodeSpec): readonly { readonly body: Body; readonly variables: ReadonlySet<string> }[] => {
  switch (node.kind) {
    case 'task':
      return [];
    case 'branch':
      return Object.values(node.arms).map((body) => ({ body, variables: new Set<string>() }));
    case 'group':
      return [{ body: node.body, variables: new Set([`${id}.attempt`]) }];
    default:
      return assertNever(node);
  }
};

const checkOptions = (dag: string, id: string, options: TaskOptions | undefined): void => {
  if (!options) return;
  const { timeout, total, heartbeat, retries, backoff } = options;
  for (const [name, text] of Object.entries({ timeout, total, heartbeat, first: backoff?.first, max: backoff?.max })) {
    try {
      if (text !== undefined && durationMs(text) <= 0) throw new RangeError(`'${text}' is no time at all`);
    } catch (error) {
      throw invalidDag(dag, id, `${name}: ${(error as Error).message}`);
    }
  }
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0))
    throw invalidDag(dag, id, `retries: ${retries} is no number of tries after the first`);
  if (backoff?.factor !== undefined && !(backoff.factor >= 1))
    throw invalidDag(dag, id, 'backoff.factor: waits cannot shrink; take 1 or more');
};

const checkRef = (place: Place, id: string | undefined, node: NodeSpec | undefined, name: string, soft: boolean): void => {
  let [at, reader, readerId] = [place, node, id];
  for (;;) {
    if (name in at.body.nodes && Object.hasOwn(at.body.nodes, name)) break;
    if (at.variables.has(name)) return;
    if (!at.owner) throw invalidDag(place.dag, id, `it reads '${name}', which is no node that it can see`);
    [at, reader, readerId] = [at.owner.place, at.owner.node, at.owner.id];
  }
  if (!reader || readerId === name) return; // the result of a body, the undo of a task
  if (!reader.after.includes(name)) throw invalidDag(place.dag, readerId, `it reads '${name}' without being downstream of it`);
  if (!soft && reader.rule !== undefined && reader.rule !== 'all_success')
    throw invalidDag(
      place.dag,
      readerId,
      `under the rule ${reader.rule} '${name}' may have no output; read it through maybe(…) or or(…, fallback)`,
    );
};

const checkRefs = (place: Place, id: string | undefined, node: NodeSpec | undefined, expression: Expression | undefined): void => {
  if (expression !== undefined) visitRefs(expression, (name, soft) => checkRef(place, id, node, name, soft));
};

const checkNode = (place: Place, id: string, node: NodeSpec): void => {
  const { dag } = place;
  if (node.rule !== undefined && !TRIGGER_RULES.includes(node.rule)) throw invalidDag(dag, id, `'${String(node.rule)}' is no trigger rule`);
  switch (node.kind) {
    case 'task':
      checkOptions(dag, id, node.options);
      checkOptions(dag, id, node.undo?.options);
      checkRefs(place, id, node, node.input);
      return checkRefs(place, id, node, node.undo?.input);
    case 'branch':
      if (Object.keys(node.arms).length === 0) throw invalidDag(dag, id, 'a branch needs an arm');
      return checkRefs(place, id, node, node.on);
    case 'group':
      if (!(Number.isInteger(node.retries) && node.retries >= 0))
        throw invalidDag(dag, id, `retries: ${node.retries} is no number of retries`);
      return;
    default:
      throw invalidDag(dag, id, `'${String((node as { kind?: unknown }).kind)}' is no kind of node that this version knows`);
  }
};

/** Kahn's algorithm: what is left over waits for itself. */
const checkCycles = ({ dag, body }: Place): void => {
  const downstream = new Map<string, string[]>();
  const waiting = new Map<string, number>();
  for (const [id, { after }] of Object.entries(body.nodes)) {
    waiting.set(id, after.length);
    for (const upstream of after) {
      if (!Object.hasOwn(body.nodes, upstream))
        throw invalidDag(dag, id, `it comes after '${upstream}', which is no node of the same body`);
      const list = downstream.get(upstream);
      if (list) list.push(id);
      else downstream.set(upstream, [id]);
    }
  }
  const ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    waiting.delete(id);
    for (const next of downstream.get(id) ?? []) {
      const left = waiting.get(next)! - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  const [stuck] = waiting.keys();
  if (stuck !== undefined) throw invalidDag(dag, stuck, `it waits for itself (cycle: ${cycleFrom(body, stuck, waiting).join(' → ')})`);
};

const cycleFrom = (body: Body, start: string, stuck: ReadonlyMap<string, number>): string[] => {
  const path: string[] = [];
  const seen = new Set<string>();
  let id = start;
  while (!seen.has(id)) {
    seen.add(id);
    path.unshift(id);
    id = body.nodes[id]!.after.find((upstream) => stuck.has(upstream))!;
  }
  path.unshift(id);
  return path.slice(0, path.lastIndexOf(id) + 1);
};

const checkBody = (place: Place, taken: Set<string>): void => {
  checkCycles(place);
  for (const [id, node] of Object.entries(place.body.nodes)) {
    if (taken.has(id)) throw invalidDag(place.dag, id, `two nodes are called '${id}'`);
    taken.add(id);
    checkNode(place, id, node);
    for (const { body, variables } of bodiesOf(id, node)) checkBody({ dag: place.dag, body, variables, owner: { id, node, place } }, taken);
  }
  checkRefs(place, place.owner?.id, undefined, place.body.output);
};

/** @throws DAG_INVALID naming the DAG and the task */
export const validate = (spec: DagSpec): void => {
  const { id, schedule, maxActiveRuns } = spec;
  try {
    if (schedule) checkSchedule(schedule);
  } catch (error) {
    throw invalidDag(id, undefined, `schedule: ${(error as Error).message}`);
  }
  if (maxActiveRuns !== undefined && !(Number.isInteger(maxActiveRuns) && maxActiveRuns > 0))
    throw invalidDag(id, undefined, `maxActiveRuns: ${maxActiveRuns} is no number of runs`);
  checkBody({ dag: id, body: spec, variables: new Set(['params', 'run']) }, new Set());
};
