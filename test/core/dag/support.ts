import { RekindleError } from '../../../core/errors.js';

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
