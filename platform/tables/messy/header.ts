/** Names of columns as a comparison needs them: trimmed, not empty, each once. */
import type { Finding } from '../../../core/drift/report.js';
import { listed } from '../../../core/drift/text.js';

/** As a key of an object it sets something else. */
const RESERVED = '__proto__';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * @param raw as written
 * @param place of the header: file, and line if it has lines
 */
export const cleanNames = (
  raw: readonly string[],
  place: { readonly file: string; readonly line?: number },
): { names: string[]; findings: Finding[] } => {
  const trimmed = raw.map((name) => name.replace(/^\uFEFF/, '').trim());
  const padded = raw.filter((name, i) => name.replace(/^\uFEFF/, '') !== trimmed[i]);
  const unnamed = trimmed.flatMap((name, i) => (name === '' ? [`column_${i + 1}`] : []));
  const reserved = trimmed.flatMap((name, i) => (name === RESERVED ? [`column_${i + 1}`] : []));
  const names: string[] = [];
  const taken = new Set(trimmed);
  const used = new Set<string>();
  const renamed: string[] = [];
  for (const [i, given] of trimmed.entries()) {
    let name = given === '' || given === RESERVED ? `column_${i + 1}` : given;
    if (used.has(name)) {
      let count = 2;
      while (used.has(`${name}_${count}`) || taken.has(`${name}_${count}`)) count++;
      name = `${name}_${count}`;
      renamed.push(name);
    }
    used.add(name);
    names.push(name);
  }
  const findings: Finding[] = [];
  const add = (code: string, text: string): void => void findings.push({ code, text, ...place });
  if (padded.length > 0) add('header_trimmed', `White space around names of columns was taken away: ${listed(padded)}.`);
  if (unnamed.length > 0) add('header_empty', `Columns without a name are called by their place: ${listed(unnamed)}.`);
  if (reserved.length > 0)
    add('header_reserved', `The name '${RESERVED}' has a meaning of its own; the column is called by its place: ${listed(reserved)}.`);
  if (renamed.length > 0) add('header_duplicate', `Names that occur more than once got a number, from the left: ${listed(renamed)}.`);
  const filled = trimmed.filter((name) => name !== '');
  if (filled.length > 0 && filled.every((name) => NUMBER.test(name)))
    add(
      'header_is_data',
      `The first line has numbers only (${listed(filled)}): it was read as names. If it is data, put a line of names above it.`,
    );
  return { names, findings };
};
