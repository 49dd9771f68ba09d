import { expect } from 'chai';
import { dag, task } from '../../../core/dag/index.js';
import { drive } from './drive.js';

const undo = task({ id: 'undo', run: () => null });
const deed = task({ id: 'deed', run: () => ({}) });
const { spec } = dag({ id: 'saga' }, (d) => void d.map([1, 2, 3], () => d.run(deed, {}, { compensate: undo }), { id: 'many', shard: 1 }));

describe('the state of a run', () => {
  it('has the undos of what its shards did', () => {
    const success = { state: 'success', output: null, tries: 1 } as const;
    const { run, undone } = drive({ spec, outcomeOf: () => success }, { pick: () => 0, planner: { sharding: true } });
    expect(undone, 'it ended well').to.deep.equal([]);
    const steps = run.undoSteps();
    expect(steps.map(({ instance }) => instance)).to.have.members([0, 1, 2].map((i) => `many[${i}].deed.undo`));
    for (const step of steps) run.undoStarted(step, 1_000);
    run.undoFinished('many[1].deed.undo', success, 2_000);

    const { tasks } = run.state({ outputs: false });
    expect(tasks['many[0].deed.undo']).to.deep.include({ task: 'undo', state: 'running' });
    expect(tasks['many[1].deed.undo']).to.deep.include({ task: 'undo', state: 'success', end: '1970-01-01T00:00:02.000Z' });
  });
});
