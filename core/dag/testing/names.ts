/** What the names in a test's options stand for. */
import { RekindleError } from '../../errors.js';
import type { Dag } from '../dag.js';
import { bodiesIn } from '../mapping.js';
import type { Body } from '../spec.js';
import type { TestOptions } from './options.js';

/** Where a run is: empty for the run of the test itself, `<instance>/` for the child run of an instance. */
export type Prefix = string;

/** @returns what is said of the first of the names; in a child run what is said of it there wins */
export const lookUp = <T>(given: Readonly<Record<string, T>> | undefined, prefix: Prefix, names: readonly string[]): T | undefined => {
  if (!given) return undefined;
  const candidates = prefix === '' ? names : [...names.map((name) => prefix + name), ...names];
  const name = candidates.find((candidate) => Object.hasOwn(given, candidate));
  return name === undefined ? undefined : given[name];
};

interface Known {
  /** have a body: nodes, ids of tasks, undo */
  readonly bodies: Set<string>;
  readonly approvals: Set<string>;
  readonly nodes: Set<string>;
}

const collect = (dag: Dag, known: Known): void => {
  for (const id of dag.tasks.keys()) known.bodies.add(id);
  const visit = (body: Body): void => {
    for (const [id, node] of Object.entries(body.nodes)) {
      known.nodes.add(id);
      if (node.kind === 'approve') known.approvals.add(id);
      if (node.kind === 'task' || node.kind === 'workflow') {
        known.bodies.add(id).add(node.type);
        if (node.undo) known.bodies.add(`${id}.undo`);
      }
      bodiesIn(node).forEach(visit);
    }
  };
  visit(dag.spec);
};

/** Of a callback of the run, or of a task. */
const CALLBACK = /(^|\.)(success|failure|retry|deadline)$/;
/** Instances of maps, of later attempts and of child runs: there may be any number of them. */
const INSTANCE = /[[#/]/;

/** @throws USAGE for a name that stands for nothing: a test that says something of no task tests less than it seems to */
export const checkNames = (dags: readonly Dag[], options: TestOptions): void => {
  const known: Known = { bodies: new Set(), approvals: new Set(), nodes: new Set() };
  dags.forEach((dag) => collect(dag, known));
  const check = (option: keyof TestOptions, names: ReadonlySet<string>, what: string): void => {
    for (const name of Object.keys(options[option] ?? {})) {
      if (INSTANCE.test(name) || names.has(name) || (names === known.bodies && CALLBACK.test(name))) continue;
      const where = dags.map(({ id }) => `'${id}'`).join(', ');
      const message = `${option} says something of '${name}', which is no ${what} of ${where}.`;
      throw new RekindleError('USAGE', message, { option, name, known: [...names].sort() });
    }
  };
  check('stubs', known.bodies, 'task');
  check('outcomes', known.bodies, 'task');
  check('approvals', known.approvals, 'approval');
  check('past', known.nodes, 'node');
};
