import { expect } from 'chai';
import { producedEvents } from '../../../core/dag/asset-event.js';
import { openSaid } from '../../../core/dag/extras.js';
import { asset, cron, dag, task } from '../../../core/dag/index.js';
import { aMonthOf, testDag } from '../../../core/dag/testing.js';
import { answerOf, endOf, type TaskEnd } from '../../../core/dag/wire.js';
import type { RekindleError } from '../../../core/errors.js';
import type { AssetEvent } from '../../../core/dag/run-input.js';
import { RUN } from './support.js';

const codeOf = (work: () => void): [code: string, message: string] => {
  try {
    work();
  } catch (error) {
    return [(error as RekindleError).code, (error as RekindleError).message];
  }
  throw new Error('it was not refused');
};

describe('What a task says of the assets that it produces', () => {
  const sales = asset('lake/sales');
  const open = () => openSaid('load', () => ['lake/sales', 'stock']);

  it('is kept as JSON, the last of each asset', () => {
    const { produced, extra } = open();
    expect(extra()).to.deep.equal({});
    const rows = { n: 3, at: new Date(0) };
    produced(sales, 'first');
    produced(sales, rows);
    produced('stock', null);
    rows.n = 4;
    expect(extra()).to.deep.equal({ extra: { 'lake/sales': { n: 3, at: '1970-01-01T00:00:00.000Z' }, stock: null } });
  });

  it('is refused of what it does not produce, and where it is no JSON or too much of it', () => {
    const { produced, extra } = open();
    expect(codeOf(() => produced('prices', 1))).to.deep.equal([
      'ASSET_NOT_PRODUCED',
      "Task 'load' does not produce 'prices'. It produces: lake/sales, stock.",
    ]);
    for (const wrong of [1n, undefined, () => 1, 'x'.repeat(16_383)])
      expect(codeOf(() => produced(sales, wrong))[0]).to.equal('ASSET_INVALID');
    expect(codeOf(() => produced('a b', 1))[0]).to.equal('ASSET_INVALID');
    produced(sales, 'x'.repeat(16_382)); // 16,384 characters with its quotes
    expect(extra().extra).to.have.keys('lake/sales');
    openSaid('load', () => undefined).produced('prices', 1); // a worker that does not know the DAG
  });

  it('travels with the output', () => {
    const ends: TaskEnd[] = [
      { state: 'success', output: 1, tries: 1, extra: { stock: { rows: 1 } } },
      { state: 'success', output: null, tries: 3, extra: { stock: null }, cached: 'r1', cachedAt: '2026-01-01T00:00:00.000Z' },
    ];
    for (const end of ends) expect(endOf(JSON.parse(JSON.stringify(answerOf(end))))).to.deep.equal(end);
    // as a worker in another language writes it
    expect(endOf({ $output: 5, $extra: { stock: 1 } })).to.deep.equal({ state: 'success', output: 5, tries: 1, extra: { stock: 1 } });
    expect(endOf({ $output: 5, $extra: 'all sold' })).to.deep.equal({ state: 'success', output: 5, tries: 1 });
  });

  it('is in the events of those assets, and of no other', () => {
    const at = '2026-01-01T00:00:00.000Z';
    const events = producedEvents(['sales', 'stock', 'toString'], RUN, 'load', at, {
      sales: { rows: 3 },
      prices: 1,
      stock: 'x'.repeat(20_000),
    });
    expect(events.map((event) => ('extra' in event ? event.extra : 'none'))).to.deep.equal([{ rows: 3 }, 'none', 'none']);
  });

  it('is what the run finds that the event starts; a try that failed has said nothing', async () => {
    const load = task({
      id: 'load',
      produces: [sales],
      retries: 1,
      run: (_, ctx) => {
        ctx.produced(sales, { try: ctx.attempt });
        if (ctx.attempt === 1) throw new Error('once more');
        return 'loaded';
      },
    });
    const silent = task({ id: 'silent', produces: ['quiet'], run: () => 1 });
    const look = task({ id: 'look', run: (_, { run: { events = [] } }): readonly AssetEvent[] => events });
    const producer = dag({ id: 'producer', schedule: cron('@daily') }, (d) => [d.run(load), d.run(silent)]);
    const consumer = dag({ id: 'consumer', schedule: [sales, asset('quiet')] }, (d) => d.run(look));
    const month = await aMonthOf([producer, consumer], { from: '2026-03-01T00:00:00Z', days: 1 });
    const events = month.of('consumer')[0]!.tasks['look']!.output as readonly AssetEvent[];
    expect(Object.fromEntries(events.map(({ asset: name, extra }) => [name, extra]))).to.deep.equal({
      'lake/sales': { try: 2 },
      quiet: undefined,
    });
  });

  it('fails a task that speaks of another asset', async () => {
    const wrong = task({ id: 'wrong', produces: ['a'], run: (_, ctx) => ctx.produced('b', 1) });
    const { tasks } = await testDag(
      dag({ id: 'd' }, (d) => d.run(wrong)),
      {},
    );
    expect(tasks['wrong']!.error!.code).to.equal('ASSET_NOT_PRODUCED');
  });
});
