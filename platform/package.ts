/** Where this package lives, whether it runs compiled from `dist` or straight from its sources. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
/** Folder of compiled (or source) files: the parent of `platform/`. */
const codeRoot = fileURLToPath(new URL('..', import.meta.url));

/** True when TypeScript sources run directly (tsx), as tests and scripts of this repository do. */
export const runsFromSource = extension === 'ts';

/** Folder with `package.json`, `trainers/` and `scripts/`. */
export const packageRoot = runsFromSource ? codeRoot : fileURLToPath(new URL('../..', import.meta.url));

/** File of our own code. @param module path without extension, such as `workers/main` */
export const ownFile = (module: string): string => join(codeRoot, `${module}.${extension}`);

/** Arguments for `node` that run one of our entry points as the current process runs: compiled, or through the same loader. */
export const nodeArguments = (module: string): string[] => [...process.execArgv, ownFile(module)];

interface PackageJson {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

export const packageJson = (): PackageJson => JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as PackageJson;

/** What `import … from 'rekindle'` and its subpaths mean: specifier → file of this very package. */
export const ownExports = (): Record<string, string> => {
  const { exports } = packageJson();
  return Object.fromEntries(
    Object.entries(exports)
      .filter(([, target]) => typeof target !== 'string')
      .map(([subpath, target]) => {
        const compiled = (target as { default: string }).default.replace(/^\.\/dist\//, '').replace(/\.js$/, '');
        return [`rekindle${subpath.slice(1)}`, ownFile(compiled)];
      }),
  );
};
