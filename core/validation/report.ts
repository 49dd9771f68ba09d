/** The validation report, version 1: what each check of a suite found in a table. */
import { z } from 'zod';
import { Finding } from '../drift/report.js';
import { Severity } from './check.js';

/** Something that failed a check. */
export const Example = z.object({
  /** as it is written; null when nothing is */
  value: z.string().nullable(),
  /** of the table, from 1; null when it is no row of it, as what a query returns */
  row: z.number().int().nullable(),
  /** of the file, from 1, when it has lines */
  line: z.number().int().nullable(),
});
export type Example = z.infer<typeof Example>;

export const CheckResult = z.object({
  name: z.string(),
  check: z.string(),
  /** `fail` also when it could not be run: no such column, wrong SQL. `not_run`: there was nothing to look at, which is no evidence */
  verdict: z.enum(['pass', 'fail', 'not_run']),
  severity: Severity,
  /** rows (columns of `schema`) that fail; null when it could not be run */
  failing: z.number().int().nullable(),
  /** how many of them may */
  allowed: z.number().int(),
  /** one sentence a person understands */
  text: z.string(),
  /** the first ones */
  examples: z.array(Example).max(5),
});
export type CheckResult = z.infer<typeof CheckResult>;

export const ValidationReport = z.object({
  schema: z.literal('rekindle/validation-report/1'),
  /** `fail`: a check of severity error has failed; `warn`: one of severity warning has, or some had nothing to look at */
  verdict: z.enum(['pass', 'warn', 'fail']),
  rows: z.number().int(),
  /** in the order of the suite */
  checks: z.array(CheckResult),
  /** what was unusual in the file */
  findings: z.array(Finding),
});
export type ValidationReport = z.infer<typeof ValidationReport>;

/** No evidence is never a pass: a check without anything to look at is a warning, and so is a suite without checks. */
export const verdictOf = (checks: readonly Pick<CheckResult, 'verdict' | 'severity'>[]): ValidationReport['verdict'] => {
  if (checks.some(({ verdict, severity }) => verdict === 'fail' && severity === 'error')) return 'fail';
  return checks.length > 0 && checks.every(({ verdict }) => verdict === 'pass') ? 'pass' : 'warn';
};
