/** The shapes as a user writes them. */
import { z } from 'zod';
import { dag, task, type Dag, type RefOf } from '../../core/dag/index.js';

export const CHAIN = 50;
export const FAN = 200;
export const DIAMONDS = 20;
export const MAPPED = 10_000;

/** When bodies began, ms of `performance.now()`: workers and clock are in one process. */
export const began: number[] = [];

export const noop = task({ id: 'noop', output: z.null(), run: () => null });
export const mark = task({ id: 'mark', output: z.null(), run: () => (began.push(performance.now()), null) });
export const numbers = task({
  id: 'numbers',
  input: z.object({ n: z.number() }),
  output: z.array(z.number()),
  run: ({ n }) => Array.from({ length: n }, (_, i) => i),
});

const chainOf = (id: string, local: boolean): Dag =>
  dag({ id }, (d) => {
    let last = d.run(noop, {}, { id: 'c0', local });
    for (let i = 1; i < CHAIN; i++) last = d.run(noop, {}, { id: `c${i}`, local, after: [last] });
  });
export const chain: Dag = chainOf('chain', false);
export const localChain: Dag = chainOf('localChain', true);

export const fan: Dag = dag({ id: 'fan' }, (d) => {
  const source = d.run(noop, {}, { id: 'source' });
  const middle = Array.from({ length: FAN }, (_, i) => d.run(noop, {}, { id: `m${i}`, after: [source] }));
  d.run(noop, {}, { id: 'sink', after: middle });
});

export const one: Dag = dag({ id: 'one' }, (d) => void d.run(mark));

/** 1 → 3 → 1 → 3 → 1 → 1 */
export const diamond: Dag = dag({ id: 'diamond' }, (d) => {
  const spread = (level: number, from: RefOf<any>): RefOf<any>[] =>
    [0, 1, 2].map((i) => d.run(noop, {}, { id: `l${level}-${i}`, after: [from] }));
  const join = (level: number, from: readonly RefOf<any>[]): RefOf<any> => d.run(noop, {}, { id: `l${level}`, after: from });
  join(5, [join(4, spread(3, join(2, spread(1, join(0, [])))))]);
});

export const mapped: Dag = dag({ id: 'mapped', params: z.object({ n: z.number() }) }, (d, { params }) => {
  d.map(d.run(numbers, { n: params.n }), () => void d.run(noop), { id: 'all' });
});
