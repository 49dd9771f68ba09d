/** The planner against Airflow's own scheduler; `npm run conformance` runs the same vectors, and those of timetables. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { TestCase } from '../../../scripts/conformance/adapter.js';
import { airflowAdapter } from '../../../scripts/conformance/airflow.js';

const FILES = ['trigger-rules.json', 'retries.json', 'branching.json', 'setup-teardown.json', 'mapping.json'];
/** Where we differ on purpose: docs/coming-from-airflow.md says why. */
const DIFFERENT = [
  'fail-fast-chain',
  'fail-fast-after-retries',
  'null-values-in-list',
  'map-over-map-with-nulls',
  'group-branch-inside',
  'group-one-item-reduce-is-not-a-list',
];

describe("Airflow's vectors", () => {
  for (const file of FILES) {
    const cases = JSON.parse(readFileSync(new URL(`../../reference/airflow/${file}`, import.meta.url), 'utf8')) as TestCase[];
    it(`of ${file} end as in Airflow`, async () => {
      expect(airflowAdapter.accepts(file, cases)).to.equal(true);
      for (const testCase of cases) {
        const { verdict, why } = await airflowAdapter.check(file, testCase);
        expect(verdict, `${testCase.name}: ${why}`).to.equal(DIFFERENT.includes(testCase.name) ? 'skip' : 'pass');
      }
    });
  }

  it('that we do not follow are named in the docs', () => {
    const page = readFileSync(new URL('../../../docs/coming-from-airflow.md', import.meta.url), 'utf8');
    for (const name of DIFFERENT) expect(page).to.include(`\`${name}\``);
  });

  it('are told apart when one is wrong', async () => {
    const wrong = {
      name: 'wrong',
      kind: 'mix',
      dag: { tasks: [{ id: 'a', upstream: [], outcome: { failTimes: 1 }, retries: 1 }] },
      expected: { tasks: { a: 'failed' }, run: 'failed', tries: { a: 1 } },
    };
    expect(await airflowAdapter.check('retries.json', wrong)).to.deep.equal({
      verdict: 'fail',
      why: 'state of a is "success", not "failed"; tries of a is 2, not 1; the run is success, not failed',
    });
  });
});
