import { expect } from 'chai';
import { RekindleError } from '../../../core/errors.js';
import { Check, FIELDS } from '../../../core/validation/check.js';
import { namesOf, parseSuite } from '../../../core/validation/suite.js';

const suite = (...checks: unknown[]): unknown => ({ schema: 'rekindle/check-suite/1', checks });

const refused = (value: unknown): string[] => {
  try {
    parseSuite(value, 'suite.json');
  } catch (error) {
    expect(error).to.be.instanceOf(RekindleError).and.to.include({ code: 'CHECK_SUITE_INVALID' });
    const { message, details } = error as RekindleError;
    const problems = details['problems'] as { path: string; problem: string }[];
    for (const { path, problem } of problems) expect(message).to.contain(`${path}: ${problem}`);
    return problems.map(({ path, problem }) => `${path}: ${problem}`);
  }
  throw new Error('the suite was taken');
};

describe('a suite of checks', () => {
  it('takes one of each kind, with the least that it needs', () => {
    const parsed = parseSuite(
      suite(
        { check: 'schema', columns: { a: 'number', b: 'category', c: 'time', d: 'any' } },
        { check: 'range', column: 'a', min: 0 },
        { check: 'not_null', column: 'a' },
        { check: 'unique', columns: ['a', 'b'] },
        { check: 'categories', column: 'b', categories: ['x'] },
        { check: 'row_count', max: 5 },
        { check: 'freshness', column: 'c', maxAge: '2 hours' },
        { check: 'duplicates' },
        { check: 'sql', sql: 'SELECT * FROM data WHERE a > b' },
      ),
      'suite.json',
    );
    expect(parsed.checks.map(({ check }) => check)).to.have.members(Object.keys(FIELDS));
    expect(parsed.checks.every(({ severity }) => severity === 'error')).to.be.true;
    expect(parsed.checks[0]).to.include({ extraColumns: true, otherTypes: 0 });
  });

  it('names every wrong field at once, as one would write its path', () => {
    expect(
      refused(
        suite(
          { check: 'range', column: 'a' },
          { check: 'rang', column: 'a' },
          { check: 'range', colum: 'a', min: 1 },
          { column: 'x' },
          { check: 'not_null', column: 'x', allow: { share: 2 } },
          { check: 'not_null', column: 'x', allow: {} },
          { check: 'range', column: 'a', min: 3, max: 1 },
          { check: 'range', column: 'a', min: 'low' },
          { check: 'range', column: 'a', min: '2020-01-01', max: 5 },
          { check: 'freshness', column: 't', maxAge: '1 month' },
          { check: 'unique', columns: [] },
          { check: 'not_null', column: 'x', severity: 'fatal' },
          { check: 'schema', columns: { a: 'int' } },
          { check: 'sql', sql: ' ' },
        ),
      ),
    ).to.deep.equal([
      'checks[0]: say min, max or both',
      'checks[1].check: "rang" is no check; there are schema, range, not_null, unique, categories, row_count, freshness, duplicates, sql',
      'checks[2].column: is missing',
      "checks[2]: unknown field 'colum'; beside check it may have name, severity, why, allow, column, min, max",
      'checks[3].check: is missing; there are schema, range, not_null, unique, categories, row_count, freshness, duplicates, sql',
      'checks[4].allow.share: expected number to be <=1',
      'checks[5].allow: say either rows (a number of them) or share (0 to 1)',
      'checks[6]: min is above max',
      "checks[7].min: 'low' is no limit; write a number, a whole number of many digits in quotes, or a time such as '1997-04-22'",
      'checks[8]: one end is a time and the other a number',
      "checks[9].maxAge: '1 month' is not a duration; write for example '10 minutes', '1 day' or '48 weeks'",
      'checks[10].columns: name at least one column',
      'checks[11].severity: expected one of "error"|"warning"',
      'checks[12].columns.a: expected one of "number"|"category"|"time"|"any"',
      'checks[13].sql: write a SELECT over data',
    ]);
  });

  it('says of a document that is no suite what it should be', () => {
    expect(refused({ checks: {} })).to.deep.equal([
      "schema: is missing; write 'rekindle/check-suite/1'",
      'checks: expected array, received object',
    ]);
    expect(refused([])).to.deep.equal(['the document: expected object, received array']);
    expect(refused({ schema: 'rekindle/profile/1', checks: [] })).to.deep.equal(['schema: expected "rekindle/check-suite/1"']);
  });

  it('refuses one name for two checks, and numbers those that it names itself', () => {
    const range = { check: 'range', column: 'a', min: 1 };
    expect(refused(suite({ ...range, name: 'mine' }, { ...range, name: 'mine' }))).to.deep.equal([
      "checks[1].name: 'mine' is the name of checks[0] already",
    ]);
    const { checks } = parseSuite(suite(range, range, { check: 'sql', sql: `SELECT\n  ${'x'.repeat(60)}` }), 'suite.json');
    expect(namesOf(checks)).to.deep.equal(['range of a', 'range of a (2)', `sql: SELECT ${'x'.repeat(32)}…`]);
  });

  it('compares long whole numbers by their digits', () => {
    const range = (min: string, max: string): unknown => suite({ check: 'range', column: 'id', min, max });
    // the same double
    expect(parseSuite(range('123456789012345678', '123456789012345679'), 'x').checks).to.have.lengthOf(1);
    expect(refused(range('123456789012345679', '123456789012345678'))).to.deep.equal(['checks[0]: min is above max']);
  });

  it('knows the fields of every kind', () => {
    const kinds = Check.options.map((option) => option.shape.check.value);
    for (const kind of kinds) expect(FIELDS[kind], kind).to.include.members(['name', 'severity', 'why']);
    expect(FIELDS.categories).to.include('allow').and.to.include('categories');
  });
});
