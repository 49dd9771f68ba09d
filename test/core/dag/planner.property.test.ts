/** Random DAGs of all kinds of nodes, with random ends in a random order, against rules that are written down once more. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { DagRun } from '../../../core/dag/run.js';
import type { DagSpec, NodeSpec } from '../../../core/dag/spec.js';
import { validate } from '../../../core/dag/validate.js';
import { nodeOf } from '../../../core/dag/wire.js';
import { drive, picking, type Watch } from './drive.js';
import { instanceOf, Oracle, placesOf, type Place } from './oracle.js';
import { randomDag } from './random-dag.js';

const hasBody = ({ kind }: NodeSpec): boolean => kind === 'branch' || kind === 'group' || kind === 'map';

const isBegunIn =
  (run: DagRun) =>
  (instance: string): boolean =>
    run.planner.nodeOf(instance) !== undefined;

/** Follows a run and says what is wrong at the first moment at which it is. */
class Follower implements Watch {
  /** instances of all kinds of nodes that have been started */
  readonly begun = new Set<string>();
  readonly #spec: DagSpec;
  readonly #seen = new Set<string>();

  constructor(spec: DagSpec) {
    this.#spec = spec;
  }

  readonly started = (instance: string, { planner }: DagRun): void => {
    expect(nodeOf(instance), `the node of ${instance}`).to.equal(planner.nodeOf(instance)!.id);
    if (this.#seen.has(instance)) throw new Error(`${instance} is started twice`);
    this.#seen.add(instance);
  };

  readonly settled = (run: DagRun): void => {
    const state = run.state({ outputs: true });
    const oracle = new Oracle(state);
    for (const place of placesOf(this.#spec, state, isBegunIn(run)))
      for (const [id, node] of Object.entries(place.body.nodes)) {
        const instance = instanceOf(place, id);
        const late = oracle.wrongWait(place, id);
        if (late !== undefined) throw new Error(`${instance} still waits: ${late}`);
        const isBegun = hasBody(node) ? isBegunIn(run)(instance) : this.#seen.has(instance);
        if (!isBegun || this.begun.has(instance)) continue;
        this.begun.add(instance);
        const wrong = oracle.wrongStart(place, id);
        if (wrong !== undefined) throw new Error(`${instance} was started: ${wrong}`);
      }
    this.#checkConcurrency(run);
  };

  #checkConcurrency(run: DagRun): void {
    const state = run.state({ outputs: false });
    const places = placesOf(this.#spec, state, isBegunIn(run));
    for (const place of places)
      for (const [id, node] of Object.entries(place.body.nodes)) {
        const { items } = state.composites[instanceOf(place, id)] ?? {};
        if (node.kind !== 'map' || node.maxConcurrency === undefined || !items) continue;
        const begun = places.filter(({ key, prefix }) => prefix === `${id}.` && key.startsWith(`${instanceOf(place, id)}[`)).length;
        const open = begun - items.success - items.failed - items.skipped;
        if (open > node.maxConcurrency) throw new Error(`${open} items of ${id} run at a time`);
      }
  }
}

const checkEnd = (spec: DagSpec, run: DagRun, begun: ReadonlySet<string>): void => {
  const state = run.state({ outputs: true });
  const oracle = new Oracle(state);
  const stateOf = (place: Place, id: string) => oracle.stateOf(place, id);
  const places = placesOf(spec, state, isBegunIn(run));
  for (const place of places) {
    for (const [id, node] of Object.entries(place.body.nodes)) {
      const instance = instanceOf(place, id);
      if (node.kind === 'group' && begun.has(instance)) {
        const attempts = places.filter(
          ({ key }) => key === `${instance}.` || (key.startsWith(`${instance}#`) && /^#\d+\/$/.test(key.slice(instance.length))),
        );
        const wrongly = oracle.wrongAttempts(instance, node.retries, attempts);
        if (wrongly !== undefined) throw new Error(wrongly);
      }
      const wrong = oracle.wrongEnd(place, id, begun.has(instance));
      if (wrong !== undefined) throw new Error(`${instance} is ${stateOf(place, id)}: ${wrong}`);
    }
    if (place.key !== '' && (place.decides === undefined || !begun.has(place.decides))) continue;
    const verdict = oracle.verdict(place);
    const said = place.key === '' ? run.planner.end!.state : state.composites[place.decides!]!.state;
    const wanted = place.key === '' && verdict === 'skipped' ? 'success' : verdict;
    if (said !== wanted) throw new Error(`${place.decides ?? 'the run'} is ${said}, but what is in it says ${wanted}`);
  }
};

/** `RUNS=5000 npx mocha …` looks longer. */
const runs = { numRuns: Number(process.env['RUNS'] ?? 800) };

describe('the planner, on random DAGs', () => {
  it('ends every run, starts nothing before its rule allows it or twice, and judges by the leaves', () => {
    fc.assert(
      fc.property(randomDag({ failFast: false, undo: true }), fc.infiniteStream(fc.nat()), (random, picks) => {
        validate(random.spec);
        const follower = new Follower(random.spec);
        const { run } = drive(random, { pick: picking(picks), started: follower.started, settled: follower.settled });
        expect(run.planner.end, 'the end of the run').to.not.equal(undefined);
        checkEnd(random.spec, run, follower.begun);
      }),
      runs,
    );
  });

  it('ends every run that fails fast, and then starts nothing but teardowns', () => {
    fc.assert(
      fc.property(randomDag({ undo: true }), fc.infiniteStream(fc.nat()), (random, picks) => {
        const spec = { ...random.spec, failFast: true as const };
        let isOver = false;
        const started = (instance: string, { planner }: DagRun): void => {
          if (isOver) expect(planner.nodeOf(instance)!.isTeardown, `${instance} is started after the first failure`).to.equal(true);
        };
        const settled = (run: DagRun): void => {
          const wasOver = isOver;
          isOver = run.planner.save().failedFast === true;
          const state = run.state({ outputs: false });
          if (!wasOver) expect(isOver, 'over').to.equal(new Oracle(state).hasFatal(placesOf(spec, state, isBegunIn(run))));
        };
        const { run } = drive({ ...random, spec }, { pick: picking(picks), started, settled });
        expect(run.planner.end, 'the end of the run').to.not.equal(undefined);
        if (isOver) expect(run.planner.end!.state).to.equal('failed');
      }),
      runs,
    );
  });

  it('ends the same in whatever order, where nothing depends on the order', () => {
    fc.assert(
      fc.property(randomDag({ orderly: true }), fc.infiniteStream(fc.nat()), (random, picks) => {
        const one = drive(random, { pick: () => 0 });
        const other = drive(random, { pick: picking(picks) });
        expect(other.tasks).to.deep.equal(one.tasks);
        expect(other.run.planner.end).to.deep.equal(one.run.planner.end);
      }),
      runs,
    );
  });
});
