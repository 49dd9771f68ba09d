/** What the expressions of a node read: is it there, will it be there in time, and may it be missing? */
import { visitRefs } from '../expression.js';
import { invalidDag } from '../invalid.js';
import type { TriggerRule } from '../rules.js';
import type { Body, Expression, NodeSpec } from '../spec.js';

/** A node that reads something, or that has a body which does. */
export interface Reader {
  readonly id: string;
  readonly node: NodeSpec;
  readonly upstreams: ReadonlySet<string>;
}

export interface Place {
  readonly dag: string;
  readonly body: Body;
  /** the node that the body belongs to, and where that node is */
  readonly owner?: { readonly reader: Reader; readonly place: Place };
  /** names that exist in the body beside its nodes */
  readonly variables: ReadonlySet<string>;
}

export const ruleOf = (node: NodeSpec): TriggerRule =>
  node.rule ?? (node.kind === 'task' && node.teardown ? 'all_done_setup_success' : 'all_success');

export const isSetup = (node: NodeSpec | undefined): boolean => node?.kind === 'task' && node.setup === true;

/** Has the upstream succeeded whenever the node starts? */
const isSure = ({ nodes }: Body, { node, upstreams }: Reader, name: string): boolean => {
  const rule = ruleOf(node);
  if (rule === 'all_success') return true;
  if (rule !== 'all_done_setup_success' || !isSetup(nodes[name])) return false;
  return [...upstreams].filter((upstream) => isSetup(nodes[upstream])).length === 1; // of several, one success is enough
};

const checkRef = (place: Place, reader: Reader | undefined, id: string | undefined, name: string, soft: boolean): void => {
  let [at, reading] = [place, reader];
  while (!Object.hasOwn(at.body.nodes, name)) {
    if (at.variables.has(name)) return;
    if (!at.owner) throw invalidDag(place.dag, id, `it reads '${name}', which is no node that it can see`);
    ({ place: at, reader: reading } = at.owner);
  }
  if (!reading || reading.id === name) return; // the result of a body, the undo of a task
  if (!reading.upstreams.has(name)) throw invalidDag(place.dag, reading.id, `it reads '${name}' without being downstream of it`);
  if (!soft && !isSure(at.body, reading, name))
    throw invalidDag(
      place.dag,
      reading.id,
      `under the rule ${ruleOf(reading.node)} '${name}' may have no output; read it through maybe(…) or or(…, fallback)`,
    );
};

/** @param reader undefined for the result of the body */
export const checkRefs = (place: Place, reader: Reader | undefined, expression: Expression | undefined): void => {
  if (expression === undefined) return;
  const id = reader?.id ?? place.owner?.reader.id;
  visitRefs(expression, (name, soft) => checkRef(place, reader, id, name, soft));
};
