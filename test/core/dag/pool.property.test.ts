/** Random runs of random DAGs ask, hold, end, vanish and repeat themselves, in any order. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Pool, type PoolAnswer } from '../../../core/dag/pool.js';

const RESERVE_MS = 60_000; // as docs/pools.md promises
const HOUR = 3_600_000;

type Step =
  | { readonly do: 'ask'; readonly run: number; readonly slots: number; readonly priority: number }
  | { readonly do: 'release' | 'withdraw' | 'repeat'; readonly pick: number }
  | { readonly do: 'gone'; readonly run: number }
  | { readonly do: 'resize'; readonly slots: number }
  | { readonly do: 'save' }
  | { readonly do: 'wait'; readonly ms: number };

const RUNS = 6;
const run = fc.nat({ max: RUNS - 1 });
const ask: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('ask' as const),
  run,
  slots: fc.constantFrom(1, 1, 1, 2, 4),
  priority: fc.integer({ min: 1, max: 5 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: ask },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('release' as const, 'release' as const, 'withdraw' as const, 'repeat' as const),
      pick: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('gone' as const), run }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resize' as const), slots: fc.integer({ min: 0, max: 6 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'save' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1_000, RESERVE_MS, HOUR / 4, HOUR) }) },
);

interface Wish {
  readonly run: number;
  readonly ticket: number;
  readonly slots: number;
  readonly priority: number;
  readonly since: number;
}

/** What is true of the pool by what was said to it and what it answered, kept apart from it. */
class World {
  pool: Pool;
  now = 0;
  slots: number;
  #ticket = 0;
  readonly waiting = new Map<number, Wish>();
  readonly held = new Map<number, Wish>();

  constructor(slots: number) {
    this.slots = slots;
    this.pool = new Pool('p', slots);
  }

  get used(): number {
    return [...this.held.values()].reduce((sum, { slots }) => sum + slots, 0);
  }

  say(wish: Wish, more: object): void {
    this.take(this.pool.hear({ run: `r${wish.run}`, chain: 'c', dag: `d${wish.run % 3}`, ...more }, this.now));
  }

  request(wish: Wish): void {
    const { ticket, slots, priority } = wish;
    this.say(wish, { requests: [{ ticket, instance: `t${ticket}`, slots, priority }] });
  }

  ask(of: Omit<Wish, 'ticket' | 'since'>): Wish {
    const wish = { ...of, ticket: ++this.#ticket, since: this.now };
    this.waiting.set(wish.ticket, wish);
    this.request(wish);
    return wish;
  }

  release(wish: Wish): void {
    this.held.delete(wish.ticket);
    this.waiting.delete(wish.ticket);
    this.say(wish, { release: [wish.ticket] });
  }

  gone(run: number): void {
    for (const all of [this.held, this.waiting]) for (const [ticket, wish] of all) if (wish.run === run) all.delete(ticket);
    this.take(this.pool.gone(`r${run}`, 'c', this.now));
  }

  take(answers: readonly PoolAnswer[]): void {
    for (const { ticket, refused } of answers) {
      const wish = this.waiting.get(ticket) ?? this.held.get(ticket);
      if (!wish) throw new Error(`nobody wants ${ticket}`);
      this.waiting.delete(ticket);
      if (!refused) this.held.set(ticket, wish);
      else if (this.held.has(ticket)) throw new Error('refused what it had granted');
    }
  }
}

const pickOf = <T>(all: ReadonlyMap<number, T>, pick: number): T | undefined => [...all.values()][pick % Math.max(1, all.size)];

const apply = (world: World, step: Step): void => {
  switch (step.do) {
    case 'ask':
      world.ask(step);
      break;
    case 'release':
    case 'withdraw': {
      const wish = pickOf(step.do === 'release' ? world.held : world.waiting, step.pick);
      if (wish) world.release(wish);
      break;
    }
    case 'repeat': {
      const wish = pickOf(new Map([...world.held, ...world.waiting]), step.pick);
      if (wish) world.request(wish);
      break;
    }
    case 'gone':
      world.gone(step.run);
      break;
    case 'resize':
      world.slots = step.slots;
      world.take(world.pool.resize(step.slots, world.now));
      break;
    case 'save':
      world.pool = new Pool('p', 0, JSON.parse(JSON.stringify(world.pool.save())));
      break;
    case 'wait':
      world.now += step.ms;
  }
};

const drawnWorld = { slots: fc.integer({ min: 1, max: 6 }), steps: fc.array(step, { maxLength: 120 }) };

describe('a pool, whatever happens', () => {
  it('never has more slots held than there are, except by those who held them before it shrank', () => {
    fc.assert(
      fc.property(drawnWorld.slots, drawnWorld.steps, (slots, steps) => {
        const world = new World(slots);
        for (const next of steps) {
          const before = world.used;
          apply(world, next);
          expect(world.used).to.be.at.most(Math.max(world.slots, before));
          expect(world.pool).to.include({ slots: world.slots, used: world.used, waiting: world.waiting.size });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps no slot free that somebody could use, unless it keeps it for one who has waited a minute', () => {
    fc.assert(
      fc.property(drawnWorld.slots, drawnWorld.steps, (slots, steps) => {
        const world = new World(slots);
        for (const next of steps) {
          apply(world, next);
          if (next.do === 'wait') continue; // it looks at the clock when somebody speaks
          const free = world.slots - world.used;
          const fits = [...world.waiting.values()].filter((wish) => wish.slots <= free);
          const kept = [...world.waiting.values()].some((wish) => wish.slots > free && world.now - wish.since >= RESERVE_MS);
          if (fits.length > 0) expect(kept, `${fits.length} could have had ${free}`).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('serves everybody in the end, however many others of higher priority come meanwhile', () => {
    const rivals = fc.array(fc.record({ run, slots: fc.constantFrom(1, 2, 3), priority: fc.integer({ min: 1, max: 5 }) }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 6 }), rivals, fc.integer({ min: 1, max: 3 }), (slots, others, wanted) => {
        const world = new World(slots);
        for (const other of others) world.ask(other);
        const last = world.ask({ run: 0, slots: wanted, priority: 5 });
        // every rival asks anew as soon as it has been served; a task takes a minute
        for (let i = 0; i < 2_000 && world.waiting.has(last.ticket); i++) {
          world.now += 60_000;
          const done = [...world.held.values()][0];
          if (done) {
            world.release(done);
            world.ask({ run: done.run, slots: done.slots, priority: 1 });
          }
        }
        expect(world.waiting.has(last.ticket)).to.equal(false);
      }),
      { numRuns: 100 },
    );
  });

  it('gives DAGs that always want more the same number of slots, give or take one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.nat(), { minLength: 200, maxLength: 300 }),
        (dags, each, picks) => {
          const pool = new Pool('p', dags * each);
          const held = new Map<string, { dag: number; run: string; ticket: number }>();
          let ticket = 0;
          const hear = (dag: number, more: object): void => {
            for (const answer of pool.hear({ run: `r${dag}`, chain: 'c', dag: `d${dag}`, ...more }, 0))
              held.set(`${answer.ticket}`, { dag: Number(answer.run.slice(1)), run: answer.run, ticket: answer.ticket });
          };
          const backlog = (dag: number, count: number): void =>
            hear(dag, {
              requests: Array.from({ length: count }, () => ({ ticket: ++ticket, instance: `t${ticket}`, slots: 1, priority: 3 })),
            });
          for (let dag = 0; dag < dags; dag++) backlog(dag, 400);
          for (const [i, pick] of picks.entries()) {
            const done = [...held.values()][i < 50 ? 0 : pick % held.size]!; // first those that came first, until all share
            held.delete(`${done.ticket}`);
            hear(done.dag, { release: [done.ticket] });
            if (i < 50) continue;
            const shares = Array.from({ length: dags }, (_, dag) => [...held.values()].filter((one) => one.dag === dag).length);
            expect(Math.max(...shares) - Math.min(...shares), `${shares.join()} of ${dags * each}`).to.be.at.most(1);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
