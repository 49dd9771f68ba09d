import { dag } from 'rekindle';
import { z } from 'zod';
import { double, quick } from '../tasks.js';

export default dag({ id: 'child', params: z.object({ n: z.number() }) }, (d, { params }) => {
  const more = d.run(quick, { n: params.n });
  return d.run(double, { n: more });
});
