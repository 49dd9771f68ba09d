import { Worker } from '@temporalio/worker';
import { expect } from 'chai';
import { recordedHistories } from '../support/histories.js';
import { quietRuntime } from '../support/runtime.js';
import { dagRunBundle } from './dag-run-house.js';

/** Children are called after it. */
const idIn = (history: any): string => history.events[0].workflowExecutionStartedEventAttributes.workflowId as string;
const withId = ({ history }: { history: unknown }) => ({ workflowId: idIn(history), history });

describe('DAG runs, recorded', function () {
  this.timeout(60_000);

  it('still do what they did: every history replays', async () => {
    quietRuntime();
    const histories = [...(await recordedHistories('dag-run')), ...(await recordedHistories('shard'))];
    expect(histories.map(({ name }) => name)).to.include.members([
      'shard-continues.json',
      'shard-items.json',
      ...[
        'approval',
        'branches',
        'branching',
        'cached',
        'callbacks',
        'children',
        'compensates',
        'continued',
        'continues',
        'fails',
        'group-undo',
        'groups',
        'is-cancelled',
        'limited',
        'maps',
        'past',
        'people',
        'retries',
        'runs-tasks',
        'saga',
        'sharded',
        'skips',
        'stored',
        'unknown-dag',
        'using',
        'waits',
      ].map((name) => `dag-run-${name}.json`),
    ]);
    const replays = Worker.runReplayHistories({ workflowBundle: await dagRunBundle() }, histories.map(withId));
    let replayed = 0;
    for await (const { workflowId, error } of replays) {
      replayed++;
      const { name } = histories.find(({ history }) => idIn(history) === workflowId)!;
      if (error) throw new Error(`${name} does not replay`, { cause: error });
    }
    expect(replayed).to.equal(histories.length);
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
