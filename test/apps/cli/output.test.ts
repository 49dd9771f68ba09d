import { ApplicationFailure } from '@temporalio/common';
import { expect } from 'chai';
import { describeError, elapsed, table } from '../../../apps/cli/output.js';
import { RekindleError } from '../../../core/errors.js';

describe('What commands print', () => {
  it('an error with its code, its place and its remedy, and the exit code of the catalogue', () => {
    const error = new RekindleError('MODEL_NOT_FOUND', "There is no model 'm'.", { model: 'm' });
    expect(describeError(error)).to.deep.equal({
      document: {
        code: 'MODEL_NOT_FOUND',
        message: "There is no model 'm'.",
        remedy: 'Check the name with `rekindle models list`.',
        details: { model: 'm' },
      },
      block: "✖ MODEL_NOT_FOUND\n  There is no model 'm'.\n  → Check the name with `rekindle models list`.",
      exit: 2,
    });
    expect(describeError(new RekindleError('STORE_UNREACHABLE', 'No answer.')).exit).to.equal(3);
  });

  it('one that came through Temporal as if it had been thrown here', () => {
    const travelled = ApplicationFailure.create({
      type: 'SOURCE_NOT_FOUND',
      message: 'There is no data.csv. Check the path of the source.',
      details: [{ tries: 1, details: { path: 'data.csv' } }],
    });
    const { document, exit } = describeError(new Error('Workflow execution failed', { cause: travelled }));
    expect(document).to.deep.equal({
      code: 'SOURCE_NOT_FOUND',
      message: 'There is no data.csv.',
      remedy: 'Check the path of the source.',
      details: { path: 'data.csv' },
    });
    expect(exit).to.equal(1);
  });

  it('an unexpected one without a stack, and how to get it', () => {
    const { document, block, exit } = describeError(new TypeError('x is undefined'));
    expect(document).to.deep.equal({ code: 'UNEXPECTED', message: 'x is undefined' });
    expect(block).to.contain('--debug').and.not.to.contain('    at ');
    expect(exit).to.equal(1);
  });

  it('tables whose columns line up', () => {
    expect(
      table(
        ['DAG', 'ABOUT'],
        [
          ['a', 'first'],
          ['longer', ''],
        ],
      ),
    ).to.equal('DAG     ABOUT\na       first\nlonger  ');
  });

  it('times that people read', () => {
    expect([450, 59_949, 61_000, 600_000].map(elapsed)).to.deep.equal(['0.5 s', '59.9 s', '1 min 01 s', '10 min 00 s']);
  });
});
