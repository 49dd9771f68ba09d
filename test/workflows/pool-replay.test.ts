import { Worker } from '@temporalio/worker';
import { expect } from 'chai';
import { recordedHistories } from '../support/histories.js';
import { quietRuntime } from '../support/runtime.js';
import { poolBundle } from './pool-house.js';

describe('workflow of a pool, recorded', function () {
  this.timeout(60_000);

  it('still does what it did: every history replays', async () => {
    quietRuntime();
    const histories = await recordedHistories('pool');
    expect(histories.map(({ name }) => name)).to.include.members([
      'pool-continues-as-new.json',
      'pool-lends-slots.json',
      'pool-takes-back.json',
    ]);
    const workflowBundle = await poolBundle();
    for (const { history } of histories) await Worker.runReplayHistory({ workflowBundle }, history, 'pool/recorded');
  });
});
