import { dag } from 'rekindle';
import { double } from '../tasks.js';

const NINE = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** A pool of two slots, and three tasks of the DAG at a time. */
export default dag({ id: 'limited', maxActiveTasks: 3 }, (d) => ({
  narrow: d.map(NINE, (n) => d.run(double, { n }, { pool: 'narrow' }), { id: 'narrow' }),
  wide: d.map(NINE, (n) => d.run(double, { n }), { id: 'wide' }),
}));
