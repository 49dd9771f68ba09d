/**
 * Vectors of numbers, by file name. A case is `{ name, inputs, params, expected, source, tol? }`; a call maps its inputs to ours and our
 * answer to its field names, and every expected field is then compared.
 */
import { basename } from 'node:path';
import type { Adapter } from './adapter.js';
import type { Input } from './recipes.js';
import { firstDifference, type Tolerances } from './tolerance.js';

export interface VectorCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly tol?: Tolerances;
}

/** Our answer under the names of the vectors, or null for a case that no call here knows. */
export type VectorCall = (testCase: VectorCase) => unknown;

export const vectorAdapter = (calls: Readonly<Record<string, VectorCall>>): Adapter => ({
  accepts: (fileName) => basename(fileName) in calls,
  check: (fileName, testCase) => {
    const given = testCase as unknown as VectorCase;
    const answer = calls[basename(fileName)]!(given);
    if (answer === null) return { verdict: 'skip', why: `no call for params ${JSON.stringify(given.params)}` };
    const why = firstDifference(given.expected, answer, given.tol);
    return why === null ? { verdict: 'pass' } : { verdict: 'fail', why };
  },
});
