/** `rekindle/eslint`: what TypeScript lets pass in a DAG and should not. */
import type { ESLint, Linter } from 'eslint';
import { noRefAsValue } from './no-ref-as-value.js';

const plugin: ESLint.Plugin = { meta: { name: 'rekindle' }, rules: { 'no-ref-as-value': noRefAsValue } };

const recommended: Linter.Config = {
  name: 'rekindle/recommended',
  files: ['**/*.{ts,mts,cts}'],
  plugins: { rekindle: plugin },
  rules: { 'rekindle/no-ref-as-value': 'error' },
};

const rekindle: ESLint.Plugin & { readonly configs: { readonly recommended: Linter.Config } } = { ...plugin, configs: { recommended } };
export default rekindle;
