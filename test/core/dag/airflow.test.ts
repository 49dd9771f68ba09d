/** The planner against Airflow's own scheduler; `npm run conformance` runs the same vectors, and more of them. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { TestCase } from '../../../scripts/conformance/adapter.js';
import { airflowAdapter } from '../../../scripts/conformance/airflow.js';

/** Kinds that need several runs of one DAG, or DAGs that stop at the first failure. */
const WAITING = ['multi_run', 'fail_fast'];

describe("Airflow's vectors", () => {
  for (const file of ['trigger-rules.json', 'retries.json']) {
    const cases = JSON.parse(readFileSync(new URL(`../../reference/airflow/${file}`, import.meta.url), 'utf8')) as TestCase[];
    it(`of ${file} end as in Airflow`, async () => {
      expect(airflowAdapter.accepts(file, cases)).to.equal(true);
      for (const testCase of cases) {
        const { verdict, why } = await airflowAdapter.check(file, testCase);
        const waits = WAITING.includes(testCase['kind'] as string);
        expect(verdict, `${testCase.name}: ${why}`).to.equal(waits ? 'skip' : 'pass');
      }
    });
  }

  it('are told apart when one is wrong', async () => {
    const wrong = {
      name: 'wrong',
      kind: 'mix',
      dag: { tasks: [{ id: 'a', upstream: [], outcome: { failTimes: 1 }, retries: 1 }] },
      expected: { tasks: { a: 'failed' }, run: 'failed', tries: { a: 1 } },
    };
    expect(await airflowAdapter.check('retries.json', wrong)).to.deep.equal({
      verdict: 'fail',
      why: 'a is success, not failed; a was tried 2 times, not 1; the run is success, not failed',
    });
  });
});
