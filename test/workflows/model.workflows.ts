/** What the worker of the tests runs: the model's workflow, and a retraining that ends as the test says. */
import { ApplicationFailure, condition, defineSignal, setHandler } from '@temporalio/workflow';

export { model } from '../../workflows/model.js';

export const finish = defineSignal<[unknown]>('finish');
export const fail = defineSignal<[string]>('fail');

export async function retraining(): Promise<unknown> {
  let end: { result: unknown } | undefined;
  setHandler(finish, (result) => {
    end = { result };
  });
  let failure: string | undefined;
  setHandler(fail, (message) => {
    failure = message;
  });
  await condition(() => end !== undefined || failure !== undefined);
  if (failure !== undefined) throw ApplicationFailure.nonRetryable(failure, 'TRAINER_FAILED');
  return end!.result;
}
