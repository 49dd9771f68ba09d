/** A run may go on in another execution at any moment, and a part of it may run elsewhere: nobody can tell by the end. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Body, DagSpec } from '../../../core/dag/spec.js';
import { validate } from '../../../core/dag/validate.js';
import { drive, picking, type Driven } from './drive.js';
import { randomDag, type RandomDag } from './random-dag.js';

/** `RUNS=5000 npx mocha …` looks longer. */
const runs = (most: number) => ({ numRuns: Number(process.env['RUNS'] ?? most) });

const endOf = ({ state, order, undone, run }: Driven): unknown => ({ state: { ...state, end: '' }, order, undone, end: run.planner.end });

describe('a run', () => {
  it('ends the same when it moves to other executions at random moments', () => {
    fc.assert(
      fc.property(
        randomDag({ undo: true }),
        fc.array(fc.nat(), { minLength: 50, maxLength: 50 }),
        fc.infiniteStream(fc.boolean()),
        (random, picks, moves) => {
          const again = function* (): Generator<number> {
            for (;;) yield* picks;
          };
          const stayed = drive(random, { pick: picking(again()) });
          const moved = drive(random, { pick: picking(again()), moves: () => moves.next().value as boolean });
          expect(endOf(moved)).to.deep.equal(endOf(stayed));
        },
      ),
      runs(300),
    );
  });
});

/** A map over many items between a task and a cleanup, its body random. */
const mapped = ({ spec, outcomeOf }: RandomDag, items: number, shard: number): RandomDag => {
  const inside = (text: string): string => text.replaceAll(/"(n\d+)/g, '"m.$1');
  const body = JSON.parse(inside(JSON.stringify({ nodes: spec.nodes, output: spec.output }))) as Body;
  const nodes: DagSpec['nodes'] = {
    m: {
      kind: 'map',
      after: [],
      over: Array.from({ length: items }, (_, i) => ({ $object: { $ref: [`${i}`] } })),
      maxConcurrency: 7,
      shard,
      body,
    },
    after: { kind: 'task', type: 't', after: ['m'], rule: 'all_done', input: { got: { $ref: ['m'], soft: true } } },
  };
  const whole: DagSpec = { id: 'random', version: 1, nodes, output: { m: { $ref: ['m'], soft: true } } };
  return {
    spec: whole,
    outcomeOf: (instance) =>
      instance === 'after' ? { state: 'success', output: null, tries: 1 } : outcomeOf(instance.replace(/^m\[\d+\]\./, '')),
  };
};

describe('a large map', () => {
  it('has the same states and outputs in shards as without', () => {
    fc.assert(
      fc.property(
        randomDag({ orderly: true, maxNodes: 4, undo: true }),
        fc.integer({ min: 5, max: 23 }),
        fc.integer({ min: 1, max: 6 }),
        fc.infiniteStream(fc.nat()),
        fc.boolean(),
        (random, items, shard, picks, moves) => {
          const dag = mapped(random, items, shard);
          validate(dag.spec);
          const whole = drive(dag, { pick: picking(picks) });
          const sharded = drive(dag, { pick: picking(picks), planner: { sharding: true }, moves: () => moves });
          expect(sharded.run.planner.end).to.deep.equal(whole.run.planner.end);
          expect(sharded.tasks).to.deep.equal(whole.tasks);
          expect(sharded.state.composites['m']).to.deep.include({
            state: whole.state.composites['m']!.state,
            items: whole.state.composites['m']!.items,
          });
          expect([...sharded.undone].sort()).to.deep.equal([...whole.undone].sort());
        },
      ),
      runs(150),
    );
  });
});
