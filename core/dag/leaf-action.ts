/** What a leaf asks of the outside, its input filled. */
import { assertNever } from '../assert-never.js';
import type { Action } from './actions.js';
import type { LeafPlan } from './plan.js';
import type { Scope } from './scope.js';

export const leafAction = (scope: Scope, node: LeafPlan, instance: string): Action => {
  const { id } = node;
  switch (node.kind) {
    case 'task': {
      const input = node.input(scope.lookup) ?? null;
      return { kind: 'task', instance, node: id, call: node.spec, input, hasUndo: node.spec.undo !== undefined };
    }
    case 'sleep':
      return { kind: 'sleep', instance, node: id, how: node.how(scope.lookup) ?? null };
    case 'approve':
      return { kind: 'approve', instance, node: id, spec: node.spec, request: node.request(scope.lookup) ?? null };
    case 'workflow': {
      const input = node.input(scope.lookup) ?? null;
      return { kind: 'workflow', instance, node: id, spec: node.spec, input, hasUndo: node.spec.undo !== undefined };
    }
    default:
      return assertNever(node);
  }
};
