import { expect } from 'chai';
import { dag, task } from '../../../core/dag/index.js';
import { z } from 'zod';
import { DagRun } from '../../../core/dag/run.js';
import { drive } from './drive.js';
import { RUN } from './support.js';

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

  it('says of what waits until when, as soon as that is known, and what the answer must bring along', () => {
    const length = task({ id: 'length', run: (): string => '90 minutes' });
    const waits = dag({ id: 'waits' }, (d) => {
      const found = d.run(length);
      d.group('g', () => d.sleep(found, { id: 'nap' }), { retries: 1 });
      d.sleep('2026-03-01T12:00:00+02:00', { id: 'noon' });
      d.approve('sign', { title: 'ok?' }, { within: '1 day', input: z.object({ limit: z.number() }) });
      d.approve('ask');
    });
    const run = new DagRun({ spec: waits.spec, params: {}, run: RUN });
    const start = Date.parse('2026-03-01T00:00:00Z');
    const told = () => run.state({ outputs: false }).tasks;
    run.start(start);
    const nap = Object.keys(told()).find((instance) => instance.endsWith('nap'))!;
    expect(told()[nap], 'its length is not known').to.deep.equal({ task: 'sleep', state: 'scheduled', tries: 0, kind: 'sleep' });
    run.finish('length', { state: 'success', output: '90 minutes', tries: 1 }, start + 1_000);
    expect(told()[nap]).to.include({ state: 'deferred', until: '2026-03-01T01:30:01.000Z' });
    expect(told()['noon']).to.include({ until: '2026-03-01T10:00:00.000Z' });
    expect(told()['sign']).to.include({ until: '2026-03-02T00:00:00.000Z' });
    expect(told()['sign']!.form).to.deep.include({ type: 'object', required: ['limit'] });
    expect(told()['ask']).to.not.have.any.keys('until', 'form');

    run.finish(nap, { state: 'success', output: null, tries: 1 }, start + 2_000);
    run.finish('sign', { state: 'success', output: {}, tries: 1 }, start + 2_000);
    expect(told()[nap]).to.not.have.property('until');
    expect(told()['sign']).to.not.have.any.keys('until', 'form');
  });
});
