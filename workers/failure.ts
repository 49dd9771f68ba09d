/** What a task threw, as Temporal carries it: the type is the catalogue's code, the message names the place and the remedy. */
import { ApplicationFailure } from '@temporalio/common';
import type { FailureDetail } from '../core/dag/wire.js';
import { isRekindleError, type RekindleError } from '../core/errors.js';

/** Failure of a local activity, too: an error of ours under its code. */
export const ourFailure = (error: RekindleError, detail: Partial<FailureDetail> = {}): ApplicationFailure =>
  ApplicationFailure.create({
    message: `${error.message} ${error.remedy}`,
    type: error.code,
    nonRetryable: !error.retryable,
    details: [{ ...detail, details: error.details }],
    ...(error.cause instanceof Error ? { cause: error.cause } : {}),
  });

/**
 * @param tries of the task instance so far, this one included
 * @returns Failures that the task made itself pass unchanged. Foreign errors keep their name and are tried again.
 */
export const failureOf = (error: unknown, tries: number): ApplicationFailure => {
  if (isRekindleError(error)) return ourFailure(error, { tries });
  if (error instanceof ApplicationFailure) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const detail: FailureDetail = { tries };
  return ApplicationFailure.create({ message: cause.message, type: cause.name, details: [detail], cause });
};
