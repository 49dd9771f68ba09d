/** Projects as users have them, in folders of their own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ownFile } from '../../platform/package.js';
import { tempFolder } from './fixtures.js';

/** A module as Node imports it: mocha requires test files, and tsx cannot be asked for a loader from there. */
export const importOwn = async <M>(module: string): Promise<M> => (await import(pathToFileURL(ownFile(module)).href)) as M;

/** @param files path in the project → content @returns the project folder */
export const projectWith = (files: Readonly<Record<string, string>>): string => {
  const root = tempFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
};

/** The five lines of the README. */
export const HELLO = `import { dag, task } from 'rekindle';
import { z } from 'zod';
const greet = task({ id: 'greet', input: z.object({ name: z.string() }), output: z.string(), run: ({ name }) => \`Hello, \${name}!\` });
export default dag({ id: 'hello', params: z.object({ name: z.string().default('world') }) }, (d, { params }) => d.run(greet, { name: params.name }));
`;
