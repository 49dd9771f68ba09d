import { dag } from 'rekindle';
import { double, list, say } from '../tasks.js';

/** More events than the history of one execution may have here. */
export default dag({ id: 'long' }, (d) => {
  const asked = d.approve('end');
  const all = d.map(d.run(list, { n: 80 }), (n) => d.run(double, { n }), { id: 'all', maxConcurrency: 30 });
  let last = d.run(say, { what: 'begin' });
  for (let i = 0; i < 6; i++) last = d.run(say, { what: last }, { id: `say${i}` });
  return { all, last, by: asked.approver };
});
