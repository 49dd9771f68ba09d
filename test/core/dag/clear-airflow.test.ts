/** What Airflow clears with a task: `partial_subset` of Airflow 3.1.0 on DAGs with setups and teardowns, five by hand and some random. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { planClear } from '../../../core/dag/clear.js';
import type { DagSpec } from '../../../core/dag/spec.js';
import { play, task } from './clear-support.js';

interface Vectors {
  readonly dags: Record<string, { id: string; after: string[]; setup?: true; teardown?: string[] }[]>;
  readonly cases: { dag: string; task: string; downstream: boolean; upstream: boolean; cleared: string[] }[];
}
const { dags, cases } = JSON.parse(readFileSync(new URL('../../reference/clearing/airflow.json', import.meta.url), 'utf8')) as Vectors;

const specOf = (name: string): DagSpec => ({
  id: 'nightly',
  version: 1,
  nodes: Object.fromEntries(
    dags[name]!.map(({ id, after, setup, teardown: setups }) => [
      id,
      task(after, { ...(setup ? { setup } : {}), ...(setups ? { teardown: { setups } } : {}) }),
    ]),
  ),
});

describe('clearing, as Airflow does it', () => {
  for (const name of Object.keys(dags))
    it(`clears with each task of '${name}' what Airflow clears`, () => {
      const spec = specOf(name);
      const { state } = play(spec);
      for (const { task: id, downstream, upstream, cleared } of cases.filter(({ dag }) => dag === name)) {
        const { again } = planClear(spec, state, { tasks: [id], downstream, upstream });
        const reach = `${id}, downstream ${downstream}, upstream ${upstream}`;
        expect(again.map(({ instance }) => instance).sort(), reach).to.deep.equal(cleared);
      }
    });
});
