/** A node by its id, wherever in the bodies it is. */
import { bodiesIn } from './mapping.js';
import type { Body, NodeSpec } from './spec.js';

export const findNode = (body: Body, id: string): NodeSpec | undefined => {
  if (Object.hasOwn(body.nodes, id)) return body.nodes[id];
  for (const node of Object.values(body.nodes))
    for (const inner of bodiesIn(node)) {
      const found = findNode(inner, id);
      if (found) return found;
    }
  return undefined;
};
