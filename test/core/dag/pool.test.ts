import { expect } from 'chai';
import { Pool, type PoolAnswer } from '../../../core/dag/pool.js';
import { checkPools, poolRequestsOf, queuePriorityOf, runRequestsOf } from '../../../core/dag/pool-requests.js';
import type { DagSpec, NodeSpec } from '../../../core/dag/spec.js';

const MINUTE = 60_000;

/** A run that asks one pool for slots; tickets are counted from 1. */
const runOf = (pool: Pool, run: string, dag: string, chain = `${run}-1`) => {
  let ticket = 0;
  return {
    run,
    wants: (now = 0, { slots = 1, priority = 3 } = {}): PoolAnswer[] => {
      ticket++;
      return pool.hear({ run, chain, dag, requests: [{ ticket, instance: `task-${ticket}`, slots, priority }] }, now);
    },
    again: (of: number, now = 0): PoolAnswer[] =>
      pool.hear({ run, chain, dag, requests: [{ ticket: of, instance: `task-${of}`, slots: 1, priority: 3 }] }, now),
    releases: (of: number, now = 0): PoolAnswer[] => pool.hear({ run, chain, dag, release: [of] }, now),
  };
};
const granted = (run: string, ticket: number): PoolAnswer => ({ run, ticket });
const times = <T>(count: number, work: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => work(i));

describe('a pool', () => {
  it('gives slots while it has some, and then to who waits when one is given back', () => {
    const pool = new Pool('gpu', 2);
    const run = runOf(pool, 'r', 'etl');
    expect([run.wants(), run.wants(), run.wants()]).to.deep.equal([[granted('r', 1)], [granted('r', 2)], []]);
    expect(pool).to.include({ used: 2, waiting: 1 });
    expect(run.releases(1)).to.deep.equal([granted('r', 3)]);
    expect(pool).to.include({ used: 2, waiting: 0 });
  });

  it('answers a repeated request again and counts it once; a repeated release changes nothing', () => {
    const pool = new Pool('gpu', 1);
    const run = runOf(pool, 'r', 'etl');
    run.wants();
    expect(run.again(1)).to.deep.equal([granted('r', 1)]);
    run.wants();
    expect(run.again(2)).to.deep.equal([]);
    expect(pool).to.include({ used: 1, waiting: 1 });
    expect(run.releases(1)).to.deep.equal([granted('r', 2)]);
    expect(run.releases(1)).to.deep.equal([]);
    expect(pool).to.include({ used: 1, waiting: 0 });
  });

  it('forgets a request that is taken back while it waits', () => {
    const pool = new Pool('gpu', 1);
    const run = runOf(pool, 'r', 'etl');
    times(3, () => run.wants());
    run.releases(2);
    expect(run.releases(1)).to.deep.equal([granted('r', 3)]);
  });

  it('serves lower numbers of priority first', () => {
    const pool = new Pool('gpu', 1);
    const run = runOf(pool, 'r', 'etl');
    run.wants();
    for (const priority of [5, 3, 1]) run.wants(0, { priority });
    const order = [1, 4, 3].flatMap((done) => run.releases(done));
    expect(order.map(({ ticket }) => ticket)).to.deep.equal([4, 3, 2]);
  });

  it('gives a DAG with one task its turn at once, however long the backlog of another', () => {
    const pool = new Pool('gpu', 1);
    const backlog = runOf(pool, 'a', 'backlog');
    times(1000, () => backlog.wants());
    const small = runOf(pool, 'b', 'small');
    small.wants();
    expect(backlog.releases(1)).to.deep.equal([granted('a', 2)]); // it stood first in the round
    expect(backlog.releases(2)).to.deep.equal([granted('b', 1)]);
  });

  it('shares the slots between DAGs, also when the tasks of one are a thousand times longer', () => {
    const pool = new Pool('gpu', 4);
    const long = runOf(pool, 'a', 'long');
    const short = runOf(pool, 'b', 'short');
    times(100, () => long.wants());
    times(100, () => short.wants());
    // `long` took all four before anybody else came; as they end, the two share
    const held = { a: [1, 2, 3, 4], b: [] as number[] };
    const end = (run: typeof long, of: 'a' | 'b'): void => {
      for (const answer of run.releases(held[of].shift()!)) held[answer.run as 'a' | 'b'].push(answer.ticket);
    };
    end(long, 'a');
    end(long, 'a');
    expect([held.a.length, held.b.length]).to.deep.equal([2, 2]);
    times(50, () => end(short, 'b')); // while `long` is still at it
    expect([held.a.length, held.b.length]).to.deep.equal([2, 2]);
  });

  it('does not let small requests starve a large one: after a minute slots are kept for it', () => {
    const pool = new Pool('gpu', 4);
    const small = runOf(pool, 'a', 'small');
    const large = runOf(pool, 'b', 'large');
    times(4, () => small.wants());
    large.wants(0, { slots: 4 });
    times(20, () => small.wants());
    expect(small.releases(1, 1_000)).to.deep.equal([granted('a', 5)]); // for a minute they pass it
    expect(small.releases(2, MINUTE - 1)).to.deep.equal([granted('a', 6)]);
    expect([3, 4, 5].flatMap((done) => small.releases(done, MINUTE))).to.deep.equal([]);
    expect(small.releases(6, MINUTE)).to.deep.equal([granted('b', 1)]);
    expect(large.releases(1, MINUTE)).to.have.length(4);
  });

  it('gives the kept slots to others when the large request is taken back', () => {
    const pool = new Pool('gpu', 2);
    const small = runOf(pool, 'a', 'small');
    const large = runOf(pool, 'b', 'large');
    times(2, () => small.wants());
    large.wants(0, { slots: 2 });
    small.wants();
    expect(small.releases(1, MINUTE)).to.deep.equal([]);
    expect(large.releases(1, MINUTE)).to.deep.equal([granted('a', 3)]);
  });

  it('raises what waits: after an hour the last priority stands with the first', () => {
    const pool = new Pool('gpu', 1);
    const low = runOf(pool, 'a', 'low');
    const high = runOf(pool, 'b', 'high');
    high.wants();
    low.wants(0, { priority: 5 });
    high.wants(0, { priority: 1 });
    high.wants(0, { priority: 1 });
    expect(high.releases(1, 59 * MINUTE)).to.deep.equal([granted('b', 2)]);
    high.wants(60 * MINUTE, { priority: 1 });
    expect(high.releases(2, 60 * MINUTE)).to.deep.equal([granted('b', 3)]); // `high` was in the round of the first priority before
    expect(high.releases(3, 60 * MINUTE)).to.deep.equal([granted('a', 1)]);
  });

  it('refuses at once what it could never give', () => {
    const pool = new Pool('gpu', 2);
    const run = runOf(pool, 'r', 'etl');
    const [answer] = run.wants(0, { slots: 3 });
    expect(answer).to.deep.equal({
      run: 'r',
      ticket: 1,
      refused: { code: 'POOL_TOO_SMALL', message: "'task-1' wants 3 slots of pool 'gpu', which has 2." },
    });
    expect(pool).to.include({ used: 0, waiting: 0 });
  });

  it('grows and shrinks: holders keep what they have, and who can never be served any more hears it', () => {
    const pool = new Pool('gpu', 4);
    const run = runOf(pool, 'r', 'etl');
    times(4, () => run.wants());
    run.wants(0, { slots: 3 });
    run.wants();
    expect(pool.resize(2, 0).map(({ ticket, refused }) => [ticket, refused?.code])).to.deep.equal([[5, 'POOL_TOO_SMALL']]);
    expect(pool).to.include({ slots: 2, used: 4, waiting: 1 });
    expect([1, 2].flatMap((done) => run.releases(done))).to.deep.equal([]);
    expect(run.releases(3)).to.deep.equal([granted('r', 6)]);
    expect(pool.resize(3, 0)).to.deep.equal([]);
  });

  it('is closed without slots: everybody waits until it has some', () => {
    const pool = new Pool('gpu', 0);
    const run = runOf(pool, 'r', 'etl');
    expect([run.wants(), run.wants(0, { slots: 3 })]).to.deep.equal([[], []]);
    expect(pool.resize(2, 0).map(({ ticket, refused }) => [ticket, refused?.code ?? 'granted'])).to.deep.equal([
      [2, 'POOL_TOO_SMALL'],
      [1, 'granted'],
    ]);
  });

  it('takes the slots of a pool that nobody declares from whoever asked last', () => {
    const pool = new Pool('dag:etl', 1);
    const ask = (ticket: number, capacity: number) =>
      pool.hear({ run: 'r', chain: 'c', dag: 'etl', capacity, requests: [{ ticket, instance: `t${ticket}`, slots: 1, priority: 3 }] }, 0);
    ask(1, 1);
    expect(ask(2, 1)).to.deep.equal([]);
    expect(ask(3, 3)).to.deep.equal([granted('r', 2), granted('r', 3)]);
  });

  it('takes everything back from a run that has gone, unless another execution has its id by now', () => {
    const pool = new Pool('gpu', 2);
    const other = runOf(pool, 'b', 'etl');
    const run = runOf(pool, 'a', 'etl', 'first');
    times(3, () => run.wants());
    times(2, () => other.wants());
    expect(pool.gone('a', 'first', 0)).to.deep.equal([granted('b', 1), granted('b', 2)]);
    const reborn = runOf(pool, 'a', 'etl', 'second');
    reborn.wants();
    expect(pool.gone('a', 'first', 0)).to.deep.equal([]);
    expect(other.releases(1)).to.deep.equal([granted('a', 1)]);
    // a third one, heard before anybody noticed that the second has gone
    expect(runOf(pool, 'a', 'etl', 'third').wants()).to.deep.equal([granted('a', 1)]);
    expect(pool).to.include({ used: 2, waiting: 0 });
  });

  it('turns everybody away when it is deleted', () => {
    const pool = new Pool('gpu', 1);
    const run = runOf(pool, 'r', 'etl');
    times(3, () => run.wants());
    expect(pool.close().map(({ ticket, refused }) => [ticket, refused?.code])).to.deep.equal([
      [2, 'POOL_NOT_FOUND'],
      [3, 'POOL_NOT_FOUND'],
    ]);
    expect(pool).to.include({ used: 1, waiting: 0 });
  });

  it('says who holds and who waits', () => {
    const pool = new Pool('gpu', 1);
    const run = runOf(pool, 'r', 'etl');
    run.wants(0);
    run.wants(1_000, { priority: 2 });
    expect(pool.state()).to.deep.equal({
      ...{ slots: 1, used: 1, waiting: 1 },
      holders: [{ run: 'r', dag: 'etl', instance: 'task-1', slots: 1, priority: 3, since: '1970-01-01T00:00:00.000Z' }],
      queue: [{ run: 'r', dag: 'etl', instance: 'task-2', slots: 1, priority: 2, since: '1970-01-01T00:00:01.000Z' }],
    });
  });

  it('decides quickly with ten thousand waiting', () => {
    const pool = new Pool('gpu', 10);
    const runs = times(100, (i) => runOf(pool, `r${i}`, `dag-${i % 20}`));
    for (const { wants } of runs) times(100, () => wants());
    const started = performance.now();
    const open = times(10, (i): [string, number] => ['r0', i + 1]);
    let served = open.length;
    while (open.length > 0) {
      const [run, ticket] = open.shift()!;
      const more = pool.hear({ run, chain: `${run}-1`, dag: `dag-${Number(run.slice(1)) % 20}`, release: [ticket] }, 0);
      served += more.length;
      open.push(...more.map(({ run, ticket }): [string, number] => [run, ticket]));
    }
    expect(served).to.equal(10_000);
    expect(performance.now() - started).to.be.below(2_000);
  });
});

describe('no starvation, as Airflow knows it', () => {
  // 1000 tasks of priority 2 for a pool with one free slot now and then, 100 of priority 1 for a pool that is empty. (Airflow's
  // weights are the other way round: there a large one goes first.) Its scheduler reads 32 rows at a time, all of the first pool.
  it('apache/airflow#45636: the rows in front all belong to a full pool, and the other pool is served all the same', () => {
    const full = new Pool('full', 20);
    const free = new Pool('free', 20);
    const run = runOf(full, 'r', 'etl');
    const other = runOf(free, 'r', 'etl');
    times(1000, () => run.wants(0, { priority: 2 }));
    expect(full).to.include({ used: 20, waiting: 980 });
    const answers = times(100, () => other.wants(0, { priority: 3 })).flat();
    expect(answers).to.deep.equal(times(20, (i) => granted('r', i + 1)));
    for (let ticket = 1; ticket <= 1000; ticket++) run.releases(ticket);
    expect(full).to.include({ used: 0, waiting: 0 });
    for (let ticket = 1; ticket <= 100; ticket++) other.releases(ticket);
    expect(free).to.include({ used: 0, waiting: 0 });
  });

  it('apache/airflow#49508: the waiting runs of one DAG do not hide the run of another that asks for the same pool', () => {
    const special = new Pool('special_pool', 2);
    const first = times(16, (i) => runOf(special, `scheduler1-${i}`, 'scheduler1'));
    for (const run of first) run.wants();
    const other = runOf(special, 'scheduler2-manual', 'scheduler2');
    other.wants();
    // one of the two ends: not the third of the sixteen comes next, because their DAG holds a slot still
    expect(first[0]!.releases(1)).to.deep.equal([granted('scheduler2-manual', 1)]);
  });

  it('keeps a full pool of one DAG’s own limits away from the limits of another', () => {
    const limits = new Map<string, Pool>();
    for (const dag of ['a', 'b'])
      for (const { pool, capacity } of poolRequestsOf({ id: dag, maxActiveTasks: 1 }, 'load')!) limits.set(pool, new Pool(pool, capacity!));
    expect([...limits.keys()]).to.deep.equal(['dag:a', 'dag:b']);
    const backlog = runOf(limits.get('dag:a')!, 'a-1', 'a');
    times(100, () => backlog.wants());
    expect(runOf(limits.get('dag:b')!, 'b-1', 'b').wants()).to.deep.equal([granted('b-1', 1)]);
  });
});

const task = (options: object): NodeSpec => ({ kind: 'task', after: [], type: 'train', input: null, options });
const dagOf = (nodes: Record<string, NodeSpec>, more: Partial<DagSpec> = {}): DagSpec => ({ id: 'etl', version: 1, nodes, ...more });

describe('what a DAG says of slots', () => {
  it('asks for nothing where nothing is limited', () => {
    expect(poolRequestsOf({ id: 'etl', priority: 1 }, 'train', { retries: 3 })).to.equal(undefined);
    expect(runRequestsOf({ id: 'etl', maxActiveTasks: 3 })).to.equal(undefined);
  });

  it('asks narrow limits first, with the priority of the task, else of the DAG', () => {
    const dag = { id: 'etl', maxActiveTasks: 16, maxActiveRuns: 2, priority: 2 };
    expect(poolRequestsOf(dag, 'fit.train', { pool: { name: 'gpu', slots: 2 }, maxActive: 4, priority: 1 })).to.deep.equal([
      { pool: 'task:etl.fit.train', capacity: 4, priority: 1 },
      { pool: 'dag:etl', capacity: 16, priority: 1 },
      { pool: 'gpu', slots: 2, priority: 1 },
    ]);
    expect(poolRequestsOf(dag, 'load', { pool: 'db' })).to.deep.equal([
      { pool: 'dag:etl', capacity: 16, priority: 2 },
      { pool: 'db', slots: 1, priority: 2 },
    ]);
    expect(runRequestsOf(dag)).to.deep.equal([{ pool: 'runs:etl', capacity: 2, priority: 2 }]);
  });

  it('tells Temporal the priority and whose task it is, in what Temporal takes', () => {
    expect(queuePriorityOf({ id: 'etl' })).to.deep.equal({ priorityKey: 3, fairnessKey: 'etl' });
    expect(queuePriorityOf({ id: 'x'.repeat(80), priority: 2 }, { priority: 9 })).to.deep.equal({
      priorityKey: 5,
      fairnessKey: 'x'.repeat(64),
    });
  });

  it('is wrong where a pool is not declared or too small, at any depth', () => {
    const nodes: Record<string, NodeSpec> = {
      fine: task({ pool: 'gpu' }),
      typo: task({ pool: 'gpus' }),
      each: {
        ...{ kind: 'map', after: [], over: [1] },
        body: {
          nodes: {
            'each.group': { kind: 'group', after: [], retries: 0, body: { nodes: { big: task({ pool: { name: 'gpu', slots: 3 } }) } } },
          },
        },
      },
      decide: {
        ...{ kind: 'branch', after: [], on: true },
        arms: {
          true: { nodes: { undone: { ...task({}), undo: { type: 'undo', input: null, options: { pool: 'toString' } } } as NodeSpec } },
        },
      },
      closed: task({ pool: { name: 'closed', slots: 9 } }),
    };
    const problems = checkPools(dagOf(nodes), { gpu: { slots: 2 }, closed: { slots: 0 } });
    expect(problems.map(({ code, message }) => `${code} ${message}`)).to.deep.equal([
      "POOL_NOT_FOUND Task 'typo' of DAG 'etl' asks for pool 'gpus', which rekindle.config.ts does not declare (it has: closed, gpu).",
      "POOL_TOO_SMALL Task 'big' of DAG 'etl' asks for 3 slots of pool 'gpu', which has 2.",
      "POOL_NOT_FOUND Task 'undone' of DAG 'etl' asks for pool 'toString', which rekindle.config.ts does not declare (it has: closed, gpu).",
    ]);
  });
});
