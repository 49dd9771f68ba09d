import { dag } from 'rekindle';
import { z } from 'zod';
import { dear, say } from '../tasks.js';

/** Makes an asset; pays once for what it needs twice. */
export default dag({ id: 'produces', params: z.object({ salt: z.string() }) }, (d, { params }) => {
  const made = d.run(dear, { salt: params.salt });
  const again = d.run(dear, { salt: params.salt }, { id: 'again', after: [made] });
  return d.run(say, { what: again }, { produces: ['sales'] });
});
