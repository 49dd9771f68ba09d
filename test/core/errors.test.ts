import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { ERRORS, RekindleError, explain } from '../../core/errors.js';
import { renderErrorsPage } from '../../scripts/errors-page.js';

describe('the catalogue of errors', () => {
  it('is what docs/errors.md says, code by code', async () => {
    const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    expect(page).to.equal(renderErrorsPage());
  });

  it('ends every remedy as a sentence', () => {
    for (const [code, { remedy }] of Object.entries(ERRORS)) expect(remedy, code).to.match(/[.]$/);
  });

  it('puts code, place and remedy into one line', () => {
    const error = new RekindleError('COLUMN_NOT_FOUND', "Column 'price' is not in data/sales.csv.", { column: 'price' });
    expect(explain(error)).to.equal("COLUMN_NOT_FOUND: Column 'price' is not in data/sales.csv. Name a column that the data has.");
    expect(error.retryable).to.equal(false);
  });
});
