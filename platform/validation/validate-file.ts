/** A file and a suite: nothing else is needed. */
import { realpath } from 'node:fs/promises';
import type { ValidationReport } from '../../core/validation/report.js';
import type { CheckSuite } from '../../core/validation/suite.js';
import { readAlone } from '../tables/messy/kinds.js';
import { withFiles } from '../tables/messy/open-files.js';
import { runSuite, type RunOptions } from './run-suite.js';

/**
 * Runs `suite` over a file of rows. Whatever is wrong in the file is a finding of the report, as long as anything can be read.
 *
 * @throws FILE_NOT_FOUND FILE_EMPTY FILE_UNREADABLE
 */
export const validateFile = (file: string, suite: CheckSuite, options: Omit<RunOptions, 'files'>): Promise<ValidationReport> => {
  const { onProgress = () => undefined, signal } = options;
  return withFiles(
    async (open) => {
      const table = await open(file, (share) => onProgress(`Reading ${file}`, share));
      const readAs = new Map([...table.columns].map(([name, column]) => [name, readAlone(column)]));
      const findings = [...table.findings, ...(await table.cellFindings(readAs))];
      return runSuite(table, suite, { ...options, files: [file, await realpath(file)], findings });
    },
    signal ? { signal } : {},
  );
};
