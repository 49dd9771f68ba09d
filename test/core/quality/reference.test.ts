/** Values computed by NannyML, scikit-learn, statsmodels and Evidently; each case names the call that made it in `source`. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { TestCase } from '../../../scripts/conformance/adapter.js';
import { streamingAndQualityAdapter } from '../../../scripts/conformance/streaming-and-quality.js';

const casesOf = (name: string): (TestCase & { source: string; expected: Record<string, unknown> })[] =>
  JSON.parse(readFileSync(new URL(`../../reference/${name}`, import.meta.url), 'utf8')) as never;

for (const name of ['cbpe.json', 'regression.json', 'thresholds.json', 'selection.json']) {
  describe(`values of ${name}`, () => {
    for (const testCase of casesOf(name)) {
      it(`${testCase.name} equals ${testCase.source}`, async () => {
        expect(await streamingAndQualityAdapter.check(name, testCase)).to.deep.equal({ verdict: 'pass' });
      });
    }
  });
}

describe('the comparison with expected values', () => {
  it('fails on any metric that differs', async () => {
    const [perfect] = casesOf('regression.json');
    for (const field of Object.keys(perfect!.expected)) {
      const expected = { ...perfect!.expected, [field]: 0.5 };
      expect(await streamingAndQualityAdapter.check('regression.json', { ...perfect!, expected }), field).to.have.property(
        'verdict',
        'fail',
      );
    }
  });
});
