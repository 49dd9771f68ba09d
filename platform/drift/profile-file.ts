/** A file as a profile. */
import type { Finding } from '../../core/drift/report.js';
import type { Profile } from '../../core/profile/profile.js';
import { withFiles } from '../tables/messy/open-files.js';
import { planOfFiles } from './columns.js';
import { profileTable, type CompareOptions } from './compare-files.js';

export interface ProfileFileOptions extends Pick<CompareOptions, 'computeFor' | 'columns' | 'onProgress' | 'signal' | 'multivariate'> {
  /** rows of the windows that will be compared with the profile; by default it learns nothing of windows */
  readonly chunkRows?: number;
}

/** @throws FILE_NOT_FOUND FILE_EMPTY FILE_UNREADABLE USAGE */
export const profileFile = (
  file: string,
  { computeFor, columns, chunkRows = Infinity, multivariate = false, onProgress = () => undefined, signal }: ProfileFileOptions,
): Promise<{ profile: Profile; findings: Finding[] }> =>
  withFiles(
    async (open) => {
      const table = await open(file, (share) => onProgress(`Reading ${file}`, share));
      const { reference, leftOut } = planOfFiles(table, table, columns);
      const compute = await computeFor(reference.size * table.rows);
      try {
        return {
          profile: await profileTable(table, reference, chunkRows, compute, { onProgress, multivariate }),
          findings: [
            ...table.findings,
            ...(await table.cellFindings(reference)),
            ...leftOut.map(({ name, finding }) => ({ ...finding, text: `Column '${name}': ${finding.text}`, file })),
          ],
        };
      } finally {
        await compute.close();
      }
    },
    signal ? { signal } : {},
  );
