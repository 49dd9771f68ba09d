/**
 * Module hooks for a project's TypeScript. Node may run them on a thread of their own, so this file imports nothing.
 *
 * Registered twice around tsx's own hooks (the last one registered is asked first):
 * - outermost, with `specifiers`: `rekindle` means the package that runs, so that a project shares our modules (and needs no
 *   `node_modules` of its own where it lies inside this repository);
 * - innermost, with `root`: the project's `.ts` files are ES modules also where its package.json does not say so.
 */
interface Hooks {
  /** specifier → URL */
  readonly specifiers?: Readonly<Record<string, string>>;
  /** specifiers that are found as a file of ours would find them */
  readonly lent?: readonly string[];
  /** URL of that file */
  readonly lender?: string;
  /** URL of the project folder, ending in a slash */
  readonly root?: string;
}

interface Resolved {
  url: string;
  format?: string | null | undefined;
  shortCircuit?: boolean | undefined;
}

let hooks: Hooks = {};

export const initialize = (given: Hooks): void => {
  hooks = given;
};

const isProjectSource = (url: string): boolean =>
  hooks.root !== undefined && url.startsWith(hooks.root) && !url.includes('/node_modules/') && /\.ts(?:%3F|\?|$)/i.test(url);

/** Where our own sources run through tsx, its hooks have disguised the file as CommonJS already. */
const undisguised = (url: string): string => url.replace(/%3F[^?]*(?=\?)/i, '').replace(/[?&]tsx-commonjs-virtual-query=1/, '');

const asModule = (resolved: Resolved): Resolved =>
  isProjectSource(resolved.url) ? { ...resolved, url: undisguised(resolved.url), format: 'module' } : resolved;

export const resolve = (
  specifier: string,
  context: object,
  next: (specifier: string, context: object) => Resolved | Promise<Resolved>,
): Resolved | Promise<Resolved> => {
  const own = hooks.specifiers?.[specifier];
  if (own !== undefined) return { url: own, format: 'module', shortCircuit: true };
  if (hooks.lent?.includes(specifier)) return next(specifier, { ...context, parentURL: hooks.lender });
  const resolved = next(specifier, context);
  return resolved instanceof Promise ? resolved.then(asModule) : asModule(resolved);
};
