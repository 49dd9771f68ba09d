/** `testDag` runs what the planner plans. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Dag } from '../../../core/dag/dag.js';
import { testDag, type Approval, type Outcome, type TestResult } from '../../../core/dag/testing.js';
import type { TaskOutcome } from '../../../core/dag/run.js';
import type { Duration } from '../../../core/duration.js';
import type { TaskContext } from '../../../core/ports.js';
import { drive, type Driven } from './drive.js';
import { randomDag, type RandomDag } from './random-dag.js';

/** `<run id>/<instance>` */
const instanceIn = ({ key, run }: TaskContext): string => key.slice(run.id.length + 1);

const bodyOf = (outcomeOf: RandomDag['outcomeOf']) => (_: unknown, ctx: TaskContext) => {
  const outcome = outcomeOf(instanceIn(ctx));
  if (outcome.state === 'skipped') return ctx.skip(outcome.reason);
  if (outcome.state === 'failed') throw Object.assign(new Error(outcome.error.message), { name: outcome.error.code });
  return outcome.output;
};

const dagOf = ({ spec, outcomeOf }: RandomDag): Dag => ({
  kind: 'rekindle.dag',
  id: spec.id,
  spec,
  hash: '',
  tasks: new Map([['t', { kind: 'rekindle.task', id: 't', run: bodyOf(outcomeOf) }]]),
  toJSON: () => spec,
});

/** Nodes of a kind, at any depth. */
const idsOf = ({ spec }: RandomDag, kind: string): string[] =>
  [...JSON.stringify(spec).matchAll(/"([^"]+)":\{"kind":"([a-z]+)"/g)].flatMap(([, id, found]) => (found === kind ? [id!] : []));

const run = (random: RandomDag, minutes: () => number): Promise<TestResult> => {
  const takes = (): Duration => `${minutes()} minutes`;
  const outcomes = idsOf(random, 'task').map((id): [string, Outcome] => [id, { takes: takes() }]);
  const approvals = idsOf(random, 'approve').map((id): [string, Approval] => {
    const after = takes();
    return [id, (_, { instance }) => (random.outcomeOf(instance).state === 'success' ? { decision: 'approved', after } : 'never')];
  });
  const stubs = idsOf(random, 'workflow').map((id) => [id, bodyOf(random.outcomeOf)]);
  const options = { outcomes, approvals, stubs };
  return testDag(dagOf(random), {}, Object.fromEntries(Object.entries(options).map(([name, pairs]) => [name, Object.fromEntries(pairs)])));
};

/** Plays what ended in `result` in the same order. */
const replayed = ({ spec, outcomeOf }: RandomDag, { timeline, tasks }: TestResult): Driven => {
  const ends = timeline.filter(({ event }) => event === 'end').map(({ instance }) => instance!);
  const ended = (instance: string): TaskOutcome => {
    const { output, error } = tasks[instance]!;
    if (error?.code === 'TASK_CANCELLED') return { state: 'failed', error, tries: 1 };
    const outcome = outcomeOf(instance);
    // who decided and when, no outcome can know
    return outcome.state === 'success' && output?.decision ? { ...outcome, output } : outcome;
  };
  return drive(
    { spec, outcomeOf: ended },
    {
      isDeaf: true,
      pick: (_, pending) => {
        const next = ends.shift();
        const at = pending.findIndex(({ instance }) => instance === next);
        if (at < 0) throw new Error(`${next} has ended, but what is under way is ${pending.map(({ instance }) => instance).join(', ')}`);
        return at;
      },
    },
  );
};

describe('testDag, on random DAGs', () => {
  it('starts, ends and makes what the planner does when the same things end in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(randomDag({ past: false }), fc.infiniteStream(fc.nat({ max: 50 })), async (random, draw) => {
        const result = await run(random, () => draw.next().value as number);
        const { state, order, run: planned } = replayed(random, result);
        expect(result.timeline.filter(({ event }) => event === 'start').map(({ instance }) => instance)).to.deep.equal(order);
        expect(result.state).to.equal(planned.planner.end!.state);
        expect(result.output).to.deep.equal(result.state === 'success' ? planned.planner.end!.output : null);
        const states = (tasks: Readonly<Record<string, { state: string }>>) =>
          Object.fromEntries(Object.entries(tasks).map(([id, at]) => [id, at.state]));
        expect(states(result.tasks)).to.deep.equal(states(state.tasks));
        expect(states(result.composites)).to.deep.equal(states(state.composites));
      }),
      { numRuns: Number(process.env['RUNS'] ?? 300) },
    );
  });
});
