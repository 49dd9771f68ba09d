/** What was counted, as the verdict of a check in a sentence. */
import { share } from '../drift/text.js';
import type { Allow, Bound, Check, CheckOf } from './check.js';
import { isTime } from './check.js';
import type { CheckResult, Example } from './report.js';

/** What came of a check. */
export type Measured =
  /** @param text of what was found, where counts alone do not say it */
  | { readonly failing: number; readonly examples: readonly Example[]; readonly text?: string }
  /** it could not be run: why, as a sentence */
  | { readonly problem: string }
  /** it had nothing to look at: why, as a sentence */
  | { readonly nothing: string };

/** Shares such as 0.29 of 100 rows are whole numbers, which doubles miss by a hair. */
const HAIR = 1e-9;

/** @param rows of the table */
export const allowedOf = (check: Check, rows: number): number => {
  const allow: Allow | undefined = 'allow' in check ? check.allow : undefined;
  return allow?.rows ?? Math.floor((allow?.share ?? 0) * rows + HAIR);
};

const number = (count: number): string => count.toLocaleString('en-US');

const MOST_NAMED = 5;
const named = (names: readonly string[]): string => {
  const shown = names.slice(0, MOST_NAMED).map((name) => `'${name}'`);
  const last = names.length > MOST_NAMED ? `${number(names.length - MOST_NAMED)} more` : shown.pop()!;
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
};

const counted = (count: number, one: string, many: string): string => `${number(count)} ${count === 1 ? one : many}`;

const endsOf = ({ min, max }: { min?: Bound | undefined; max?: Bound | undefined }): { within: string; outside: string } => {
  const [under, over] = isTime(min ?? max) ? ['before', 'after'] : ['below', 'above'];
  if (min === undefined) return { within: `at most ${max}`, outside: `${over} ${max}` };
  if (max === undefined) return { within: `at least ${min}`, outside: `${under} ${min}` };
  if (min === max) return { within: String(min), outside: `not ${min}` };
  return { within: `from ${min} to ${max}`, outside: `${under} ${min} or ${over} ${max}` };
};

/** Checks of which rows are counted. */
export type RowCheck = CheckOf<'range' | 'not_null' | 'unique' | 'categories' | 'duplicates' | 'sql'>;

interface Phrase {
  /** nothing is wrong */
  readonly good: string;
  /** what `n` rows are */
  readonly bad: (n: number) => string;
}

const phraseOf = (check: RowCheck): Phrase => {
  switch (check.check) {
    case 'range': {
      const { within, outside } = endsOf(check);
      const kind = isTime(check.min ?? check.max) ? ['no time', 'no times'] : ['no number', 'no numbers'];
      return {
        good: `Every value of '${check.column}' is ${within}`,
        bad: (n) =>
          `${counted(n, 'value', 'values')} of '${check.column}' ${n === 1 ? 'is' : 'are'} ${outside}, or ${kind[n === 1 ? 0 : 1]}`,
      };
    }
    case 'not_null':
      return {
        good: `No value of '${check.column}' is missing`,
        bad: (n) => `${counted(n, 'value', 'values')} of '${check.column}' ${n === 1 ? 'is' : 'are'} missing`,
      };
    case 'unique':
      return {
        good: `No two rows have the same ${named(check.columns)}`,
        bad: (n) => `${counted(n, 'row has', 'rows have')} the same ${named(check.columns)} as one before`,
      };
    case 'categories':
      return {
        good: `Every value of '${check.column}' is ${check.categories.length === 1 ? named(check.categories) : `one of ${named(check.categories)}`}`,
        bad: (n) =>
          `${counted(n, 'value', 'values')} of '${check.column}' ${n === 1 ? 'is' : 'are'} ${check.categories.length === 1 ? `not ${named(check.categories)}` : `none of ${named(check.categories)}`}`,
      };
    case 'duplicates':
      return { good: 'No row repeats one before', bad: (n) => `${counted(n, 'row repeats', 'rows repeat')} one before` };
    case 'sql':
      return { good: 'The query returns no row', bad: (n) => `The query returns ${counted(n, 'row', 'rows')}` };
  }
};

const sentence = (check: RowCheck, failing: number, allowed: number, rows: number): string => {
  const { good, bad } = phraseOf(check);
  if (failing === 0) return `${good}.`;
  const of = check.check === 'sql' ? '' : ` (${share(failing / Math.max(1, rows))} of ${counted(rows, 'row', 'rows')})`;
  const may = ['unique', 'duplicates', 'sql'].includes(check.check) ? 'may' : 'may be';
  return `${bad(failing)}${of}; ${allowed === 0 ? 'none' : `up to ${number(allowed)}`} ${may}.`;
};

const isRowCheck = (check: Check): check is RowCheck => !['schema', 'row_count', 'freshness'].includes(check.check);

/**
 * @param name from `namesOf`
 * @param rows of the table
 */
export const judge = (check: Check, name: string, measured: Measured, rows: number): CheckResult => {
  const allowed = allowedOf(check, rows);
  const result = { name, check: check.check, severity: check.severity, allowed };
  if ('problem' in measured) return { ...result, verdict: 'fail', failing: null, text: `Not run: ${measured.problem}`, examples: [] };
  if ('nothing' in measured) return { ...result, verdict: 'not_run', failing: null, text: `Not run: ${measured.nothing}`, examples: [] };
  const { failing, examples, text } = measured;
  return {
    ...result,
    verdict: failing > allowed ? 'fail' : 'pass',
    failing,
    text: text ?? (isRowCheck(check) ? sentence(check, failing, allowed, rows) : ''),
    examples: [...examples],
  };
};
