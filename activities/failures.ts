/** What an activity threw, as Temporal carries it: the type is the catalogue's code, the message names the place and the remedy. */
import { ApplicationFailure } from '@temporalio/common';
import type { FailureDetail } from '../core/dag/wire.js';
import { isRekindleError, type RekindleError } from '../core/errors.js';

type Activity = (...args: never[]) => Promise<unknown>;

const ourFailure = (error: RekindleError, detail: Partial<FailureDetail> = {}): ApplicationFailure =>
  ApplicationFailure.create({
    message: `${error.message} ${error.remedy}`,
    type: error.code,
    nonRetryable: !error.retryable,
    details: [{ ...detail, details: error.details }],
    ...(error.cause instanceof Error ? { cause: error.cause } : {}),
  });

/**
 * Of a task.
 *
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

/** Of work that is no task: errors of ours with codes that a workflow can read, others as they are. */
export const asFailure = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw isRekindleError(error) ? ourFailure(error) : error;
  }
};

/** The same activities, failing as {@link asFailure} says. */
export const withFailures = <A extends Readonly<Record<keyof A, Activity>>>(activities: A): A =>
  Object.fromEntries(
    Object.entries<Activity>(activities).map(([name, run]) => [name, (...args: never[]) => asFailure(async () => run(...args))]),
  ) as A;
