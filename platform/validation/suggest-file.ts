/** A suite from a file of rows, or from a profile of one. */
import type { Finding } from '../../core/drift/report.js';
import { suggestChecks } from '../../core/validation/suggest.js';
import type { CheckSuite } from '../../core/validation/suite.js';
import type { ComputeFor } from '../drift/compare-files.js';
import { profileTable } from '../drift/compare-files.js';
import { readProfile } from '../drift/stored-profile.js';
import { kindOf, readAlone } from '../tables/messy/kinds.js';
import { withFiles } from '../tables/messy/open-files.js';
import { factsOf } from './facts.js';

export interface SuggestOptions {
  readonly computeFor: ComputeFor;
  /** rows of the windows that will be checked, when they all have about so many */
  readonly window?: number;
  readonly onProgress?: (what: string, share?: number) => void;
  readonly signal?: AbortSignal;
}

/** @throws FILE_NOT_FOUND FILE_EMPTY FILE_UNREADABLE PROFILE_INVALID */
export const suggestFromFile = async (
  reference: string,
  { computeFor, window, onProgress = () => undefined, signal }: SuggestOptions,
): Promise<{ suite: CheckSuite; rows: number; findings: Finding[] }> => {
  const windows = window === undefined ? {} : { window, isWindowTypical: true };
  const stored = await readProfile(reference);
  if (stored) return { suite: suggestChecks(stored, windows), rows: stored.rows, findings: [] };
  return withFiles(
    async (open) => {
      const table = await open(reference, (share) => onProgress(`Reading ${reference}`, share));
      // times go on: of them a suite asks how old the newest is
      const columns = new Map(
        [...table.columns].flatMap(([name, column]) => (kindOf(column) === 'time' ? [] : [[name, readAlone(column)] as const])),
      );
      const compute = await computeFor(columns.size * table.rows);
      try {
        const profile = await profileTable(table, columns, Infinity, compute, { onProgress });
        onProgress('Looking for keys');
        return {
          suite: suggestChecks(profile, { ...(await factsOf(table)), ...windows }),
          rows: table.rows,
          findings: [...table.findings, ...(await table.cellFindings(columns))],
        };
      } finally {
        await compute.close();
      }
    },
    signal ? { signal } : {},
  );
};
