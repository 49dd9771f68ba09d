import { dag } from 'rekindle';
import { count, say } from '../tasks.js';

/** Waits for the run before; keeps what it has counted. */
export default dag({ id: 'past', maxActiveRuns: 2 }, (d) => {
  const counted = d.run(count, {}, { dependsOnPast: true });
  return d.run(say, { what: 'counted' }, { after: [counted] });
});
