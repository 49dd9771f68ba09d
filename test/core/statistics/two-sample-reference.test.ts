/**
 * Values of distances and two-sample tests, computed by scipy, statsmodels, numpy, Evidently and NannyML; each case names the call that
 * made it in `source`. `scipy-variants.json` holds what the others leave out: one-sided, exact and asymptotic methods by name, Fisher, KL.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { TestCase } from '../../../scripts/conformance/adapter.js';
import { twoSampleAdapter } from '../../../scripts/conformance/two-sample.js';

const FILES = ['distances', 'js', 'wasserstein', 'twosample', 'mcnemar', 'binning', 'scipy-variants'];

type Case = TestCase & { readonly source: string; readonly expected: Readonly<Record<string, unknown>> };

const casesOf = (name: string): Case[] => JSON.parse(readFileSync(new URL(`../../reference/${name}`, import.meta.url), 'utf8')) as Case[];

for (const file of FILES) {
  const name = `${file}.json`;
  const cases = casesOf(name);

  describe(`values of ${name}`, () => {
    it('are all known to the adapter', () => {
      expect(cases).not.to.be.empty;
      expect(twoSampleAdapter.accepts(name, cases)).to.equal(true);
    });
    for (const testCase of cases) {
      it(`${testCase.name} equals ${testCase.source}`, async () => {
        expect(await twoSampleAdapter.check(name, testCase)).to.deep.equal({ verdict: 'pass' });
      });
    }
  });
}

describe('the comparison of two-sample values', () => {
  for (const file of FILES) {
    it(`fails on any number of ${file}.json that differs`, async () => {
      const first = casesOf(`${file}.json`).find(({ expected }) => Object.values(expected).some((value) => typeof value === 'number'))!;
      for (const [field, value] of Object.entries(first.expected)) {
        if (typeof value !== 'number') continue;
        const expected = { ...first.expected, [field]: value + 1e-3 };
        expect((await twoSampleAdapter.check(`${file}.json`, { ...first, expected })).verdict, field).to.equal('fail');
      }
    });
  }
});
