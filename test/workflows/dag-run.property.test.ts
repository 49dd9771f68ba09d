/** The interpreter on a real server ends random DAGs as the planner alone does. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { dag, type Task } from '../../core/dag/index.js';
import type { Json } from '../../core/json.js';
import type { DagRunState } from '../../core/dag/run-state.js';
import { validate } from '../../core/dag/validate.js';
import type { TaskContext } from '../../core/ports.js';
import { drive } from '../core/dag/drive.js';
import { randomDag, type RandomDag } from '../core/dag/random-dag.js';
import { quietRuntime } from '../support/runtime.js';
import { openDagHouse, type DagHouse } from './dag-run-house.js';

/** `RUNS=200 SEED=7 npx mocha …` looks longer, and at others. */
const RUNS = Number(process.env['RUNS'] ?? 20);
const SEED = Number(process.env['SEED'] ?? 5);

const dags = new Map<string, RandomDag>();
const working = new Set<string>();
const problems: string[] = [];
/** bodies that were called, by run and instance */
const calls = new Map<string, number>();

/** Takes a moment of its own, so that things end in another order each time. */
const run = async (_: unknown, ctx: TaskContext): Promise<Json> => {
  const { key } = ctx;
  const { id, dag: dagId } = ctx.run;
  const instance = key.slice(id.length + 1);
  if (working.has(key)) problems.push(`${key} runs twice at once`);
  working.add(key);
  calls.set(key, (calls.get(key) ?? 0) + 1);
  await sleep(randomInt(10));
  working.delete(key);
  if (instance.endsWith('.undo')) return null;
  const outcome = dags.get(dagId)!.outcomeOf(instance);
  if (outcome.state === 'failed') throw Object.assign(new Error('chosen'), { name: 'CHOSEN' });
  return outcome.state === 'skipped' ? ctx.skip() : outcome.output;
};
const work: Task = { kind: 'rekindle.task', id: 't', run };

const statesIn = (tasks: DagRunState['tasks']) =>
  Object.fromEntries(Object.entries(tasks).map(([instance, { state }]) => [instance, state]));

describe('the interpreter, on random DAGs', function () {
  this.timeout(180_000);
  let house: DagHouse;
  before(async function () {
    quietRuntime();
    house = await openDagHouse(this, [dag({ id: 'carrier' }, (d) => d.run(work))]);
  });
  after(() => house?.close());

  it('ends each as the planner says, undoes the same, and runs no task twice', async () => {
    const drawn = fc.sample(randomDag({ orderly: true, quick: true, undo: true }), { numRuns: RUNS, seed: SEED });
    const check = async (random: RandomDag, i: number): Promise<void> => {
      const spec = { ...random.spec, id: `random-${i}` };
      validate(spec);
      dags.set(spec.id, random);
      house.resolved.set(spec.id, { spec, hash: `${i}`, params: {} });
      const planned = drive({ ...random, spec }, { pick: () => 0 });
      const handle = await house.start(spec.id);
      const output = await handle.result().catch(() => null);
      const ran = await house.stored(spec.id, handle.workflowId);
      const where = `RUNS=${RUNS} SEED=${SEED}, DAG ${i}: ${JSON.stringify(spec)}`;
      expect(ran.state, where).to.equal(planned.run.planner.end!.state);
      const undone = Object.keys(ran.tasks).filter((instance) => instance.endsWith('.undo'));
      expect(undone.sort(), where).to.deep.equal([...planned.undone].sort());
      const tasks = Object.fromEntries(Object.entries(ran.tasks).filter(([instance]) => !instance.endsWith('.undo')));
      expect(statesIn(tasks), where).to.deep.equal(planned.tasks);
      if (ran.state === 'success') expect(output, where).to.deep.equal(planned.run.planner.end!.output);
      for (const [instance, { start }] of Object.entries(tasks)) {
        const count = calls.get(`${handle.workflowId}/${instance}`) ?? 0;
        if (count > 1 || (count === 1 && start === undefined)) problems.push(`${instance} of ${spec.id} was called ${count} times`);
      }
    };
    await Promise.all(drawn.map(check));
    expect(problems).to.deep.equal([]);
    expect(calls.size).to.be.greaterThan(RUNS);
  });
});
