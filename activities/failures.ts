/** Errors of ours as Temporal carries them out of an activity that is no task: the code is the failure's type. */
import { ApplicationFailure } from '@temporalio/common';
import { explain, isRekindleError } from '../core/errors.js';

type Activities = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

const asFailure = (error: unknown): unknown =>
  isRekindleError(error)
    ? ApplicationFailure.create({
        message: explain(error),
        type: error.code,
        nonRetryable: !error.retryable,
        details: [{ details: error.details }],
        cause: error,
      })
    : error;

/** The same activities, failing with codes that a workflow can read. */
export const withFailures = <A extends Activities>(activities: A): A =>
  Object.fromEntries(
    Object.entries(activities).map(([name, run]) => [
      name,
      async (...args: never[]): Promise<unknown> => {
        try {
          return await run(...args);
        } catch (error) {
          throw asFailure(error);
        }
      },
    ]),
  ) as A;
