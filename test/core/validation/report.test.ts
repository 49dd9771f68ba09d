import { expect } from 'chai';
import type { Check } from '../../../core/validation/check.js';
import { allowedOf, judge } from '../../../core/validation/judge.js';
import { verdictOf } from '../../../core/validation/report.js';

const notNull = (allow?: { rows?: number; share?: number }): Check => ({
  check: 'not_null',
  severity: 'error',
  column: 'a',
  ...(allow ? { allow } : {}),
});
const found = (failing: number) => ({ failing, examples: [] });

describe('the verdict of a check', () => {
  it('allows so many rows, or so large a share of them, and not one more', () => {
    expect(judge(notNull(), 'n', found(0), 10).verdict).to.equal('pass');
    expect(judge(notNull(), 'n', found(1), 10).verdict).to.equal('fail');
    expect(judge(notNull({ rows: 2 }), 'n', found(2), 10).verdict).to.equal('pass');
    expect(judge(notNull({ rows: 2 }), 'n', found(3), 10).verdict).to.equal('fail');
    expect(judge(notNull({ share: 0.1 }), 'n', found(10), 100).verdict).to.equal('pass');
    expect(judge(notNull({ share: 0.1 }), 'n', found(11), 100).verdict).to.equal('fail');
    // 0.29 * 100 is 28.999999999999996 in doubles
    expect(allowedOf(notNull({ share: 0.29 }), 100)).to.equal(29);
    expect(allowedOf(notNull({ share: 0.299 }), 100)).to.equal(29);
  });

  it('is a sentence with the numbers', () => {
    expect(judge(notNull(), 'n', found(1), 8).text).to.equal("1 value of 'a' is missing (12.5 % of 8 rows); none may be.");
    expect(judge(notNull({ rows: 1200 }), 'n', found(2000), 8000).text).to.equal(
      "2,000 values of 'a' are missing (25.0 % of 8,000 rows); up to 1,200 may be.",
    );
    const range: Check = { check: 'range', severity: 'error', column: 'a', min: 0, max: 1 };
    expect(judge(range, 'n', found(0), 8).text).to.equal("Every value of 'a' is from 0 to 1.");
    expect(judge(range, 'n', found(2), 8).text).to.equal(
      "2 values of 'a' are below 0 or above 1, or no numbers (25.0 % of 8 rows); none may be.",
    );
    expect(judge({ ...range, min: '1997-01-01', max: undefined }, 'n', found(1), 8).text).to.equal(
      "1 value of 'a' is before 1997-01-01, or no time (12.5 % of 8 rows); none may be.",
    );
    const unique: Check = { check: 'unique', severity: 'error', columns: ['a', 'b'] };
    expect(judge(unique, 'n', found(1), 8).text).to.equal("1 row has the same 'a' and 'b' as one before (12.5 % of 8 rows); none may.");
  });

  it('is a failure when it could not be run, and none when there was nothing to look at', () => {
    expect(judge(notNull(), 'n', { problem: "there is no column 'a'." }, 8)).to.deep.equal({
      name: 'n',
      check: 'not_null',
      verdict: 'fail',
      severity: 'error',
      failing: null,
      allowed: 0,
      text: "Not run: there is no column 'a'.",
      examples: [],
    });
    expect(judge(notNull(), 'n', { nothing: 'there is no row.' }, 0)).to.include({ verdict: 'not_run', failing: null });
  });
});

describe('the verdict of a suite', () => {
  const of = (...pairs: ['pass' | 'fail' | 'not_run', 'error' | 'warning'][]): string =>
    verdictOf(pairs.map(([verdict, severity]) => ({ verdict, severity })));

  it('fails by errors, warns by warnings and by what had nothing to look at', () => {
    expect(of(['pass', 'error'], ['pass', 'warning'])).to.equal('pass');
    expect(of(['pass', 'error'], ['fail', 'warning'])).to.equal('warn');
    expect(of(['pass', 'error'], ['not_run', 'error'])).to.equal('warn');
    expect(of(['fail', 'error'], ['fail', 'warning'], ['not_run', 'error'])).to.equal('fail');
    expect(of()).to.equal('warn');
  });
});
