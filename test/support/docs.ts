/** The code of a page of `docs/`. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** @returns path in a project → content, of every block that begins with a comment which is a path */
export const filesOf = async (page: string): Promise<Record<string, string>> => {
  const text = await readFile(fileURLToPath(new URL(`../../docs/${page}`, import.meta.url)), 'utf8');
  return Object.fromEntries([...text.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, path, code]) => [path!, code!]));
};
