/** The checks of a suite, as people write them: each is data, and says for itself what it looks at and how much may be wrong. */
import { z } from 'zod';
import { checkedText } from '../checked-text.js';
import { durationMs, type Duration } from '../duration.js';
import { eventTimeMs } from '../event-time.js';

export const Severity = z.enum(['error', 'warning']);

const column = z.string().min(1, 'name a column');
const columns = z.array(column).min(1, 'name at least one column');
const count = z.number().int().min(0);

/** How much may fail without failing the check: so many rows, or so large a share of all rows of the table. */
const Allow = z
  .strictObject({ rows: count.optional(), share: z.number().min(0).max(1).optional() })
  .refine(({ rows, share }) => (rows === undefined) !== (share === undefined), 'say either rows (a number of them) or share (0 to 1)');
export type Allow = z.infer<typeof Allow>;

const common = {
  /** what reports call it; by default made from what it checks */
  name: z.string().min(1, 'write a name, or leave it out').optional(),
  severity: Severity.default('error'),
  /** why its limits are what they are, for whoever edits them */
  why: z.string().optional(),
};
const tolerant = { ...common, allow: Allow.optional() };

/** A whole number of any length, or a time: what JSON numbers cannot hold. */
const isBound = (text: string): void => {
  if (/^[+-]?\d{1,38}$/.test(text)) return;
  try {
    eventTimeMs(text);
  } catch {
    throw new RangeError(`'${text}' is no limit; write a number, a whole number of many digits in quotes, or a time such as '1997-04-22'`);
  }
};
const Bound = z.union([z.number(), checkedText(isBound)], { error: 'write a number, or a time or a long whole number in quotes' });
export type Bound = z.infer<typeof Bound>;

const isWholeText = (bound: Bound | undefined): boolean => typeof bound === 'string' && /^[+-]?\d+$/.test(bound);
/** Is it a range of times? Then both its ends are. */
export const isTime = (bound: Bound | undefined): boolean => typeof bound === 'string' && !isWholeText(bound);

const inOrder = (min: Bound, max: Bound): boolean => {
  if (isTime(min)) return eventTimeMs(min as string) <= eventTimeMs(max as string);
  return isWholeText(min) && isWholeText(max) ? BigInt(min) <= BigInt(max) : Number(min) <= Number(max);
};

const needsOne = 'say min, max or both';

/** Are the columns there, with values of their types? */
const SchemaCheck = z.strictObject({
  ...common,
  check: z.literal('schema'),
  /** `category` takes any value, `any` only asks for the column */
  columns: z.record(column, z.enum(['number', 'category', 'time', 'any'])).refine((all) => Object.keys(all).length > 0, 'name a column'),
  /** may there be columns that are not named here? */
  extraColumns: z.boolean().default(true),
  /** largest share of a column's values that may be of another type */
  otherTypes: z.number().min(0).max(1).default(0),
});

/** Values between two ends, which belong to it. A value that is no number (no time, where the ends are times) fails. */
const RangeCheck = z
  .strictObject({ ...tolerant, check: z.literal('range'), column, min: Bound.optional(), max: Bound.optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, needsOne)
  .refine(
    ({ min, max }) => min === undefined || max === undefined || isTime(min) === isTime(max),
    'one end is a time and the other a number',
  )
  .refine(({ min, max }) => min === undefined || max === undefined || isTime(min) !== isTime(max) || inOrder(min, max), 'min is above max');

const NotNullCheck = z.strictObject({ ...tolerant, check: z.literal('not_null'), column });

/** Rows differ in these columns. Rows where one of them is missing are not looked at. */
const UniqueCheck = z.strictObject({ ...tolerant, check: z.literal('unique'), columns });

const CategoriesCheck = z.strictObject({
  ...tolerant,
  check: z.literal('categories'),
  column,
  categories: z.array(z.string()).min(1, 'name at least one category'),
});

const RowCountCheck = z
  .strictObject({ ...common, check: z.literal('row_count'), min: count.optional(), max: count.optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, needsOne)
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, 'min is above max');

/** The newest time of the column that is not after the event clock may be so old. */
const FreshnessCheck = z.strictObject({
  ...common,
  check: z.literal('freshness'),
  column,
  maxAge: checkedText(durationMs) as unknown as z.ZodType<Duration>,
});

/** Whole rows that repeat an earlier one. */
const DuplicatesCheck = z.strictObject({
  ...tolerant,
  check: z.literal('duplicates'),
  /** columns in which rows may differ and be duplicates all the same, such as a number given on arrival */
  except: z.array(column).optional(),
});

/** A SELECT of DuckDB over the table `data` that returns the rows which are wrong. It sees no file and no network. */
const SqlCheck = z.strictObject({ ...tolerant, check: z.literal('sql'), sql: z.string().regex(/\S/, 'write a SELECT over data') });

export const Check = z.discriminatedUnion('check', [
  SchemaCheck,
  RangeCheck,
  NotNullCheck,
  UniqueCheck,
  CategoriesCheck,
  RowCountCheck,
  FreshnessCheck,
  DuplicatesCheck,
  SqlCheck,
]);
export type Check = z.infer<typeof Check>;
export type CheckKind = Check['check'];
export type CheckOf<K extends CheckKind> = Extract<Check, { check: K }>;

/** Fields by kind, for messages. */
export const FIELDS: Readonly<Record<CheckKind, readonly string[]>> = Object.fromEntries(
  Check.options.map((option) => [option.shape.check.value, Object.keys(option.shape).filter((field) => field !== 'check')]),
) as unknown as Record<CheckKind, readonly string[]>;
