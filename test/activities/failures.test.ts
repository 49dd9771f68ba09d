import { ApplicationFailure } from '@temporalio/common';
import { expect } from 'chai';
import { failureOf, withFailures } from '../../activities/failures.js';
import { RekindleError } from '../../core/errors.js';

const away = new RekindleError('STORE_UNREACHABLE', 'No answer.', { store: 's3' }, { cause: new Error('ECONNREFUSED') });

/** What the activity fails with. */
const failing = async (error: unknown): Promise<ApplicationFailure> => {
  const { work } = withFailures({ work: () => Promise.reject(error as Error) });
  return work().then(
    () => expect.fail('it did not fail'),
    (reason: unknown) => reason as ApplicationFailure,
  );
};

describe('An error of ours, out of an activity', () => {
  it('has its code for a type, its remedy in the message, and what the catalogue says of trying again', async () => {
    const failure = await failing(away);
    expect(failure).to.be.instanceOf(ApplicationFailure);
    expect(failure).to.include({ type: 'STORE_UNREACHABLE', message: `No answer. ${away.remedy}`, nonRetryable: false });
    expect(failure.details).to.deep.equal([{ details: { store: 's3' } }]);
    expect(failure.cause).to.have.property('message', 'ECONNREFUSED');
    expect(await failing(new RekindleError('DAG_NOT_FOUND', 'None.'))).to.include({ type: 'DAG_NOT_FOUND', nonRetryable: true });
  });

  it('is the same out of a task, which also says how often it was tried', async () => {
    const [ofTask, ofOther] = [failureOf(away, 3), await failing(away)];
    expect([ofTask.type, ofTask.message, ofTask.nonRetryable]).to.deep.equal([ofOther.type, ofOther.message, ofOther.nonRetryable]);
    expect(ofTask.details).to.deep.equal([{ tries: 3, details: { store: 's3' } }]);
  });

  it('is told from others, which pass as they are', async () => {
    const theirs = new TypeError('no');
    expect(await failing(theirs)).to.equal(theirs);
    expect(failureOf(theirs, 1)).to.include({ type: 'TypeError', message: 'no', nonRetryable: false });
    const made = ApplicationFailure.nonRetryable('enough', 'ENOUGH');
    expect(failureOf(made, 1)).to.equal(made);
  });
});
