import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Everything under `target` may import only itself, libraries and `allowed`. */
const only = (target, allowed) => ({
  target: `./${target}`,
  from: './',
  except: [target, 'node_modules', ...allowed].map((path) => `./${path}`),
  message: `${target} may import only itself, libraries and: ${allowed.join(', ') || 'nothing else'}`,
});

/** Of libraries and Node built-ins, only `names`. */
const libraries = (...names) => ({
  patterns: [
    {
      regex: `^(?!\\.|(${names.join('|')})$)`,
      message: `Pure code: of libraries only ${names.join(', ')}, and no Node built-ins.`,
    },
  ],
});

/** The import is allowed if it is `import type`. */
const typesOnly = (regex, message) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ regex, allowTypeImports: true, message }] }],
});

/** What makes a function's answer depend on more than its arguments. */
const impure = [
  ['MemberExpression[object.name="Date"][property.name="now"]', 'the clock'],
  ['NewExpression[callee.name="Date"][arguments.length=0]', 'the clock'],
  ['MemberExpression[object.name="Math"][property.name="random"]', 'chance'],
].map(([selector, what]) => ({ selector, message: `core is pure: hand ${what} in.` }));
const nodeGlobals = ['process', 'Buffer', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'performance', '__dirname'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.cache/', 'coverage/', '**/.rekindle/'] },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    settings: {
      ...importX.flatConfigs.typescript.settings,
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: ['tsconfig.json'] })],
    },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': [
        'error',
        {
          basePath: import.meta.dirname,
          zones: [
            only('core', []),
            only('platform', ['core']),
            only('dags', ['core', 'activities']),
            only('workflows', ['core', 'activities']),
            ...['statistics', 'profile', 'drift', 'quality'].map((room) => ({
              target: './workflows',
              from: `./core/${room}`,
              message: 'Workflow code carries decisions, not number crunching.',
            })),
            only('activities', ['core', 'platform']),
            only('client', ['core', 'platform', 'workflows']),
            only('workers', ['core', 'platform', 'dags', 'workflows', 'activities', 'client']),
            only('apps/gateway', ['core', 'platform']),
            only('apps/control', ['core', 'platform', 'client']),
            only('apps/cli', ['core', 'platform', 'client', 'workers/compose.ts']),
            only('eslint', []),
            only('scripts', ['core', 'platform', 'client', 'apps/cli']),
          ],
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['core/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', libraries('zod', 'simple-statistics')],
      'no-restricted-syntax': ['error', ...impure],
      'no-restricted-globals': ['error', ...nodeGlobals],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', libraries('zod', '@temporalio/workflow', '@temporalio/common')],
      ...typesOnly('/activities/', 'Types only: workflows know activities by type.'),
    },
  },
  // `Task<any, any>` is how TypeScript says "a task of whatever types" where a type parameter is both taken and given.
  { files: ['core/dag/**/*.ts'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
  { files: ['dags/**/*.ts'], rules: { 'no-restricted-imports': ['error', libraries('zod')] } },
  { files: ['activities/**/*.ts'], rules: typesOnly('/platform/', 'Types only: platform comes in ctx.') },
  {
    files: ['client/**/*.ts'],
    rules: typesOnly('/workflows/(?!([a-z]+-)?messages\\.js$)', 'Types only: of workflows a client runs nothing but the messages.'),
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
);
