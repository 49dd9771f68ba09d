import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { expect } from 'chai';
import { recordedHistories } from '../support/histories.js';
import { quietRuntime } from './model-house.js';

describe('workflow of a model, recorded', function () {
  this.timeout(60_000);

  it('still does what it did: every history replays', async () => {
    quietRuntime();
    const histories = await recordedHistories('model');
    expect(histories.map(({ name }) => name)).to.include.members([
      'model-continues-as-new.json',
      'model-lends-its-lock.json',
      'model-refuses-payloads.json',
      'model-retrains-for-three-reasons.json',
      'model-rolls-back-while-retraining.json',
    ]);
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./model.workflows.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    for (const { history } of histories) await Worker.runReplayHistory({ workflowBundle }, history, 'model/recorded');
  });
});
