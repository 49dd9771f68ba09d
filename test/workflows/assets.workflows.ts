/** What the worker of the tests runs: the collector of assets, and DAG runs that answer with what they were started with. */
export { assets } from '../../workflows/assets.js';

export default async function run(params: unknown, input: unknown): Promise<unknown> {
  return Promise.resolve({ params, input });
}
