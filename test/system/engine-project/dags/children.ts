import { dag, foreign, foreignWorkflow } from 'rekindle';
import { double } from '../tasks.js';
import child from './child.js';

const shout = foreign<{ text: string }, string>('shout', { queue: 'elsewhere', timeout: '10 seconds', retries: 5 });
const echo = foreignWorkflow<{ text: string }, string>('echo', { queue: 'elsewhere' });

/** Child runs, and what runs in the workers of others. */
export default dag({ id: 'children' }, (d) => {
  const ours = d.map([1, 2, 3], (n) => d.runDag(child, { n }), { id: 'ours' });
  const shouted = d.run(shout, { text: 'hello' });
  const theirs = d.runWorkflow(echo, { text: shouted });
  return { ours, theirs, sum: d.map(ours, (n) => d.run(double, { n }), { id: 'again' }) };
});
