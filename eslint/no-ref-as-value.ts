/** Rule: a reference stands for a value that a run will have, so asking it while the graph is made always says the same. */
import type { Rule } from 'eslint';

/** What of TypeScript's types is looked at. */
interface Type {
  readonly symbol?: { readonly name: string };
  isUnion(): this is { readonly types: readonly Type[] };
  isIntersection(): this is { readonly types: readonly Type[] };
}
interface TypedServices {
  readonly getTypeAtLocation?: (node: Rule.Node) => Type;
}

/** Of `Ref<…> | undefined` one may ask whether it is there. */
const isRef = (type: Type): boolean => {
  if (type.isUnion()) return type.types.every(isRef);
  if (type.isIntersection()) return type.types.some(isRef);
  return type.symbol?.name === 'RefOf';
};

const COMPARISONS: ReadonlySet<string> = new Set(['==', '===', '!=', '!==', '<', '<=', '>', '>=']);

const isNothing = (node: Rule.Node): boolean =>
  (node.type === 'Literal' && node.value === null) || (node.type === 'Identifier' && node.name === 'undefined');

export const noRefAsValue: Rule.RuleModule = {
  meta: {
    type: 'problem',
    docs: { description: 'Disallow deciding by a reference as if it had its value already', url: 'https://www.npmjs.com/package/rekindle' },
    messages: {
      decides:
        'A reference has no value while the DAG is being built, so this is always the same. Decide in the run: d.branch(…) or d.when(…).',
      falls:
        'A reference is never missing while the DAG is being built. For a value that may be missing in the run write or(reference, fallback).',
      compares: 'A reference has no value while the DAG is being built, so it equals nothing. Compare inside a task.',
    },
    schema: [],
  },
  create(context) {
    const { getTypeAtLocation } = context.sourceCode.parserServices as TypedServices;
    if (!getTypeAtLocation)
      throw new Error('rekindle/no-ref-as-value needs types: set languageOptions.parserOptions.projectService of typescript-eslint.');

    /** A field of a reference is one, also where `noUncheckedIndexedAccess` doubts it. */
    const isReference = (node: Rule.Node): boolean =>
      isRef(getTypeAtLocation(node)) || (node.type === 'MemberExpression' && isReference(node.object as Rule.Node));

    const report = (node: unknown, messageId: string): void => {
      if (isReference(node as Rule.Node)) context.report({ node: node as Rule.Node, messageId });
    };
    /** What is right of `&&` and `||` decides, too; what is left of it is looked at by itself. */
    const decides = (node: unknown): void => {
      const test = node as Rule.Node | null;
      if (test?.type === 'LogicalExpression') decides(test.right);
      else if (test) report(test, 'decides');
    };
    return {
      IfStatement: ({ test }) => decides(test),
      ConditionalExpression: ({ test }) => decides(test),
      WhileStatement: ({ test }) => decides(test),
      DoWhileStatement: ({ test }) => decides(test),
      ForStatement: ({ test }) => decides(test),
      SwitchStatement: ({ discriminant }) => decides(discriminant),
      UnaryExpression: ({ operator, argument }) => {
        if (operator === '!') decides(argument);
      },
      LogicalExpression: ({ operator, left }) => report(left, operator === '&&' ? 'decides' : 'falls'),
      BinaryExpression: ({ operator, left, right }) => {
        if (!COMPARISONS.has(operator)) return;
        if (isNothing(left as Rule.Node) || isNothing(right as Rule.Node)) return;
        report(left, 'compares');
        report(right, 'compares');
      },
    };
  },
};
