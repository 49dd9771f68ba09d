/** The shapes as a user writes them. */
import { z } from 'zod';
import { dag, task, type Dag } from '../../core/dag/index.js';

export const CHAIN = 50;
export const FAN = 200;

export const noop = task({ id: 'noop', output: z.null(), run: () => null });

export const chain: Dag = dag({ id: 'chain' }, (d) => {
  let last = d.run(noop, {}, { id: 'c0' });
  for (let i = 1; i < CHAIN; i++) last = d.run(noop, {}, { id: `c${i}`, after: [last] });
});

export const fan: Dag = dag({ id: 'fan' }, (d) => {
  const source = d.run(noop, {}, { id: 'source' });
  const middle = Array.from({ length: FAN }, (_, i) => d.run(noop, {}, { id: `m${i}`, after: [source] }));
  d.run(noop, {}, { id: 'sink', after: middle });
});
