/** What of a DAG makes a version: everything but the words that people read. A better comment is no new version. */
import type { Json } from '../json.js';
import { structuralHash } from './hash.js';
import type { Body, Callbacks, DagSpec, NodeSpec, TaskCall } from './spec.js';

const without = <T extends { readonly doc?: string }>(thing: T): Omit<T, 'doc'> => {
  const { doc: _, ...rest } = thing;
  return rest;
};

const calls = (list: readonly TaskCall[] | undefined): object | undefined => list?.map(without);

const callbacks = (given: Callbacks | undefined): object | undefined =>
  given && Object.fromEntries(Object.entries(given).map(([event, list]: [string, readonly TaskCall[]]) => [event, calls(list)]));

const node = (spec: NodeSpec): object => {
  switch (spec.kind) {
    case 'task':
      return { ...without(spec), undo: spec.undo && without(spec.undo), callbacks: callbacks(spec.callbacks) };
    case 'workflow':
      return { ...without(spec), undo: spec.undo && without(spec.undo) };
    case 'branch':
      return { ...without(spec), arms: Object.fromEntries(Object.entries(spec.arms).map(([arm, inside]) => [arm, body(inside)])) };
    case 'group':
    case 'map':
      return { ...without(spec), body: body(spec.body) };
    case 'sleep':
    case 'approve':
      return without(spec);
  }
};

const nodes = ({ nodes: all }: Body): object => Object.fromEntries(Object.entries(all).map(([id, spec]) => [id, node(spec)]));
const body = (spec: Body): object => ({ ...spec, nodes: nodes(spec) });

/** sha256 of a DAG's structure: the same one has the same hash, whoever builds it and however it is described. */
export const dagHash = (spec: DagSpec): string => {
  const { deadline } = spec;
  const structure = {
    ...without(spec),
    nodes: nodes(spec),
    callbacks: callbacks(spec.callbacks),
    deadline: deadline && { ...deadline, callbacks: calls(deadline.callbacks) },
  };
  // what is undefined is not there
  return structuralHash(JSON.parse(JSON.stringify(structure)) as Json);
};
