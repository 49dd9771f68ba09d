import { RekindleError, type ErrorCode } from '../../core/errors.js';

/** The error of the catalogue that `work` fails with; any other outcome fails the test. */
export const failureOf = async (work: Promise<unknown>, code: ErrorCode): Promise<RekindleError> => {
  const error: unknown = await work.then(
    () => new Error(`expected ${code}, but nothing was thrown`),
    (reason: unknown) => reason,
  );
  if (error instanceof RekindleError && error.code === code) return error;
  throw error instanceof Error ? error : new Error(`expected ${code}, but ${JSON.stringify(error)} was thrown`);
};
