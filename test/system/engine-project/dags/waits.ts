import { dag, format } from 'rekindle';
import { arrived, hear, never, say, steps } from '../tasks.js';

/** Sensors, sleeps, an approval, a deadline that is missed, a long task that goes on where it was. */
export default dag({ id: 'waits', deadline: { after: '1 second', callback: hear } }, (d) => {
  const file = d.sense(arrived, {}, { every: '1 second' });
  const slept = d.sleep('1 second', { after: [file] });
  d.sense(never, {}, { every: '1 second', within: '3 seconds', mayFail: true });
  d.approve('nobody', {}, { within: '2 seconds', mayFail: true });
  const long = d.run(steps);
  const asked = d.approve('release', { title: format`Publish ${file}?` });
  return d.branch(
    asked.decision,
    { approved: () => d.run(say, { what: format`${file} after ${long}, by ${asked.approver}` }, { after: [slept] }), rejected: () => null },
    { id: 'decide' },
  );
});
