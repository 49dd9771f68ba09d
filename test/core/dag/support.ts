import { RekindleError } from '../../../core/errors.js';
import type { RunInfo } from '../../../core/ports.js';

/** The error of ours that `work` throws. */
export const refusal = (work: () => unknown): RekindleError => {
  try {
    work();
  } catch (error) {
    if (error instanceof RekindleError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

/** The error of ours that it is rejected with. */
export const refusalOf = async (work: Promise<unknown>): Promise<RekindleError> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof RekindleError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

export const RUN: RunInfo = {
  id: 'r1',
  dag: 'nightly',
  logicalDate: '2026-01-02T00:00:00.000Z',
  dataInterval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' },
  startedAt: '2026-01-02T00:00:01.000Z',
  kind: 'scheduled',
  isLatest: true,
};
