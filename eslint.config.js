import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Everything under `target` may import only itself, libraries and `allowed` (DESIGN section 3). */
const only = (target, allowed) => ({
  target: `./${target}`,
  from: './',
  except: [target, 'node_modules', ...allowed].map((folder) => `./${folder}`),
  message: `${target} may import only itself, libraries and: ${allowed.join(', ') || 'nothing else'}`,
});

const noNode = {
  patterns: [{ group: ['node:*', 'fs', 'path', 'crypto', 'child_process'], message: 'This room is pure: no Node built-ins.' }],
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.cache/', '**/.rekindle/', 'coverage/'] },
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
            only('apps/cli', ['core', 'platform', 'client', 'workers/compose.ts']),
            only('scripts', ['core', 'platform', 'client', 'apps/cli']),
          ],
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['core/**/*.ts', 'workflows/**/*.ts', 'dags/**/*.ts'], rules: { 'no-restricted-imports': ['error', noNode] } },
  {
    // Activities get what they need in `ctx`: only types may come from platform.
    files: ['activities/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/platform/**'], allowTypeImports: true, message: 'Types only: platform comes in ctx.' }] },
      ],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/activities/**'], allowTypeImports: true, message: 'Types only: workflows know activities by type.' }] },
      ],
    },
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
