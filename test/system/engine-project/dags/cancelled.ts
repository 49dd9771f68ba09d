import { dag } from 'rekindle';
import { deed, hang, hear, undo } from '../tasks.js';

/** Is cancelled while it hangs. */
export default dag({ id: 'cancelled', onFailure: hear }, (d) => {
  const did = d.run(deed, { what: 'before' }, { compensate: undo });
  d.run(hang, {}, { after: [did] });
});
