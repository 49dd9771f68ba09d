/**
 * Values computed by scipy, scikit-learn, statsmodels and Evidently; each case names the call that made it in `source`.
 * `sklearn-variants.json` (scikit-learn 1.9.1) holds what the others leave out: weights of several classes, Brier score, pinball loss.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { TestCase } from '../../../scripts/conformance/adapter.js';
import { statisticsAdapter } from '../../../scripts/conformance/statistics.js';

const FILES = ['ks', 'psi', 'chi2', 'classification', 'sklearn-variants', 'delong', 'multipletests'];

for (const file of FILES) {
  const name = `${file}.json`;
  const cases = JSON.parse(readFileSync(new URL(`../../reference/${name}`, import.meta.url), 'utf8')) as (TestCase & { source: string })[];

  describe(`values of ${name}`, () => {
    it('are all known to the adapter', () => {
      expect(cases).not.to.be.empty;
      expect(statisticsAdapter.accepts(name, cases)).to.equal(true);
    });
    for (const testCase of cases) {
      it(`${testCase.name} equals ${testCase.source}`, async () => {
        expect(await statisticsAdapter.check(name, testCase)).to.deep.equal({ verdict: 'pass' });
      });
    }
  });
}

describe('the comparison with expected values', () => {
  it('fails on any field that differs', async () => {
    const [first] = JSON.parse(readFileSync(new URL('../../reference/ks.json', import.meta.url), 'utf8')) as [
      TestCase & { expected: Record<string, unknown> },
    ];
    for (const [field, value] of Object.entries(first.expected)) {
      const expected = { ...first.expected, [field]: typeof value === 'number' ? value + 1e-3 : 'other' };
      expect((await statisticsAdapter.check('ks.json', { ...first, expected })).verdict, field).to.equal('fail');
    }
  });

  it('skips params that it does not know, and says so', async () => {
    const testCase = { name: 'x', inputs: {}, params: { convention: 'unheard of' }, expected: {}, source: '' };
    expect(await statisticsAdapter.check('psi.json', testCase)).to.have.property('verdict', 'skip');
  });
});
