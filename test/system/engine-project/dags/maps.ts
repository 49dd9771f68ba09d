import { cross, dag, zip } from 'rekindle';
import { double, failFirst, large, length, list, quick, say } from '../tasks.js';

/** Nested, zipped, crossed, sharded, of groups, over a large output, over nothing. */
export default dag({ id: 'maps' }, (d) => {
  const three = d.run(list, { n: 3 });
  const table = d.map(three, (n) => d.map(three, () => d.run(double, { n }), { id: 'row' }), { id: 'table' });
  const sharded = d.map(
    d.run(list, { n: 24 }, { id: 'many' }),
    (n) => d.group('unit', (attempt) => [d.run(failFirst, { n: attempt }), d.run(double, { n })], { retries: 1 }),
    { id: 'sharded', shard: 6, maxConcurrency: 4 },
  );
  const pairs = d.map(zip(three, table), (pair) => d.run(quick, { n: pair[0] }), { id: 'pairs', maxConcurrency: 1 });
  const crossed = d.map(cross(['a', 'b'], three), (pair) => d.run(say, { what: pair[0] }), { id: 'crossed' });
  const stored = d.map(d.run(large), (row) => d.run(length, { text: row.text }), { id: 'stored' });
  const none = d.map(d.run(list, { n: 0 }, { id: 'empty' }), (n) => d.run(double, { n }), { id: 'none' });
  d.run(say, { what: 'after nothing' }, { after: [none], triggerRule: 'none_failed', id: 'afterNone' });
  return { table, sharded, pairs, crossed, stored };
});
