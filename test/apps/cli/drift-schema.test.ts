import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SCHEMAS } from '../../../scripts/schemas.js';

const FOLDER = join(import.meta.dirname, '../../../schemas');

describe('schemas of documents', () => {
  it('are what the code says: run `node --import tsx scripts/schemas.ts` when they are not', () => {
    expect(readdirSync(FOLDER).sort()).to.deep.equal(Object.keys(SCHEMAS).sort());
    for (const [name, schema] of Object.entries(SCHEMAS))
      expect(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')), name).to.deep.equal(JSON.parse(JSON.stringify(schema)));
  });

  it('ask for all that a drift report has', () => {
    const report = JSON.parse(readFileSync(join(FOLDER, 'drift-report-1.json'), 'utf8'));
    expect(report.required).to.have.members(['schema', 'verdict', 'recommendation', 'reference', 'current', 'columns', 'findings']);
    expect(report.properties.schema.const).to.equal('rekindle/drift-report/1');
  });
});
