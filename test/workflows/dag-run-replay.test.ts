import { Worker } from '@temporalio/worker';
import { expect } from 'chai';
import { recordedHistories } from '../support/histories.js';
import { quietRuntime } from '../support/runtime.js';
import { dagRunBundle } from './dag-run-house.js';

describe('DAG runs, recorded', function () {
  this.timeout(60_000);

  it('still do what they did: every history replays', async () => {
    quietRuntime();
    const histories = await recordedHistories('dag-run');
    expect(histories.map(({ name }) => name)).to.include.members([
      'dag-run-branches.json',
      'dag-run-compensates.json',
      'dag-run-fails.json',
      'dag-run-groups.json',
      'dag-run-is-cancelled.json',
      'dag-run-retries.json',
      'dag-run-runs-tasks.json',
      'dag-run-skips.json',
      'dag-run-unknown-dag.json',
    ]);
    for (const { name, history } of histories) {
      try {
        await Worker.runReplayHistory({ workflowBundle: await dagRunBundle() }, history, 'dag-run/recorded');
      } catch (error) {
        throw new Error(`${name} does not replay`, { cause: error });
      }
    }
  });

  it('would not replay by an interpreter that starts other tasks', async () => {
    const [chain] = (await recordedHistories('dag-run')).filter(({ name }) => name === 'dag-run-runs-tasks.json');
    const changed = JSON.parse(JSON.stringify(chain!.history).replaceAll('"activityId":"b"', '"activityId":"c"')) as unknown;
    const error: unknown = await Worker.runReplayHistory({ workflowBundle: await dagRunBundle() }, changed, 'dag-run/changed').catch(
      (reason: unknown) => reason,
    );
    expect(error).to.have.property('name', 'DeterminismViolationError');
  });
});
