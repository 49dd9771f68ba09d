/** What must and what must not compile. Nothing here is run: `tsc` is the judge. */
/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unsafe-return */
import { z } from 'zod';
import { dag, foreign, format, maybe, or, task, type Builder, type Dag, type Deref, type Ref, type Task } from '../../core/dag/index.js';
import { testDag } from '../../core/dag/testing.js';
import type { RunInfo, TaskContext } from '../../core/ports.js';
import { check, type Equal } from './equal.js';

type Value<R> = R extends Ref<infer V> ? V : never;

const extract = task({
  id: 'extract',
  input: z.object({ source: z.string(), limit: z.number().optional() }),
  output: z.object({ uri: z.string(), parts: z.array(z.object({ rows: z.number() })), note: z.string().nullable(), at: z.date() }),
  run: () => ({ uri: 'u', parts: [], note: null, at: new Date() }),
});
const compare = task({
  id: 'compare',
  input: z.object({ uri: z.string() }),
  output: z.object({ outcome: z.enum(['promote', 'keep']), sure: z.boolean() }),
  run: () => ({ outcome: 'keep' as const, sure: true }),
});
const note = task({ id: 'note', input: z.object({ text: z.string() }), run: () => undefined });
const count = task({ id: 'count', run: () => 3 });
const anything = task({ id: 'anything', input: z.object({ x: z.any() }), run: ({ x }) => x as unknown });

// the types of tasks
check<Equal<typeof count, Task<'count', {}, number>>>();
check<Equal<typeof note, Task<'note', { text: string }, null>>>();
check<Equal<Value<ReturnType<typeof useExtract>>['at'], string>>(); // JSON on its way
declare const useExtract: () => Ref<typeof extract extends Task<string, any, infer O> ? O : never>;

interface RicherContext extends TaskContext {
  readonly registry: { readonly size: number };
}
const richer = task({ id: 'richer', output: z.number(), run: (_, ctx: RicherContext) => ctx.registry.size });
check<Equal<typeof richer, Task<'richer', {}, number>>>();
// @ts-expect-error the body returns what the output schema does not
task({ id: 'wrong', output: z.object({ n: z.number() }), run: () => ({ n: 'x' }) });
// @ts-expect-error the body reads an input that is not there
task({ id: 'wrong', input: z.object({ n: z.number() }), run: ({ m }) => m });
// @ts-expect-error no such option
task({ id: 'wrong', retry: 3, run: () => 1 });
// @ts-expect-error a duration has a unit
task({ id: 'wrong', timeout: '10', run: () => 1 });
const train = foreign<{ rows: number }, { auc: number }>('py.Train', { queue: 'python' });
check<Equal<typeof train, Task<string, { rows: number }, { auc: number }>>>();

const inBody = (d: Builder, params: Ref<{ model: string; rows: number; fast: boolean; tags: string[]; extra: { a?: string } | null }>) => {
  const raw = d.run(extract, { source: params.model });
  const verdict = d.run(compare, { uri: raw.uri });

  // references
  check<Equal<Value<typeof raw.uri>, string>>();
  check<Equal<Value<(typeof raw.parts)[0]>, { rows: number } | undefined>>();
  check<Equal<Value<NonNullable<(typeof raw.parts)[0]>['rows']>, number | undefined>>();
  check<Equal<Value<typeof raw.parts.length>, number>>();
  check<Equal<Value<typeof raw.note>, string | null>>();
  check<Equal<Value<typeof params.extra.a>, string | undefined>>();
  check<Equal<Value<typeof verdict.outcome>, 'promote' | 'keep'>>();
  // @ts-expect-error no such field
  void raw.url;
  // @ts-expect-error no such field further down
  void raw.parts[0]!.columns;
  // @ts-expect-error strings have no fields
  void raw.uri.length;

  // inputs
  d.run(extract, { source: 'literal', limit: params.rows });
  d.run(note, { text: format`${params.rows} rows of ${params.model}` });
  d.run(count);
  d.run(count, {}, { id: 'again' });
  d.run(anything, { x: { deep: [raw.parts[0]!.rows, 1, null] } });
  // @ts-expect-error the input is missing
  d.run(note);
  // @ts-expect-error a field is missing
  d.run(extract, {});
  // @ts-expect-error wrong literal
  d.run(extract, { source: 5 });
  // @ts-expect-error wrong reference
  d.run(extract, { source: params.rows });
  // @ts-expect-error perhaps null
  d.run(note, { text: raw.note });
  // @ts-expect-error perhaps out of range
  d.run(note, { text: params.tags[0]! });
  // @ts-expect-error one field too many
  d.run(extract, { source: 'x', sauce: 'y' });
  // @ts-expect-error perhaps missing
  d.run(note, { text: maybe(params.model) });
  d.run(extract, { source: params.model, limit: maybe(params.rows) });
  d.run(note, { text: or(raw.note, 'none') });
  d.run(note, { text: or(params.tags[0]!, params.model) });
  check<Equal<Value<ReturnType<typeof or<string | null, number>>>, string | number>>();
  // @ts-expect-error an object is no text
  void format`${raw}`;

  // branches
  const arm = d.branch(verdict.outcome, { promote: () => raw.uri, keep: () => ({ size: raw.parts.length }) });
  check<Equal<Value<typeof arm>, string | { size: number }>>();
  const some = d.branch(verdict.outcome, { promote: () => 1, default: () => {} });
  check<Equal<Value<typeof some>, number | null>>();
  d.branch(params.model, { a: () => 1, default: () => 2 });
  d.branch(verdict.sure, { true: () => 1, false: () => 2 });
  d.branch(raw.note, { default: () => 2 });
  // @ts-expect-error an arm is missing
  d.branch(verdict.outcome, { promote: () => 1 });
  // @ts-expect-error an arm that can never be taken
  d.branch(verdict.outcome, { promote: () => 1, keep: () => 2, reject: () => 3 });
  // @ts-expect-error any string needs a default
  d.branch(params.model, { a: () => 1 });
  // @ts-expect-error null takes the default
  d.branch(raw.note, { a: () => 1 });
  // @ts-expect-error a boolean has two arms
  d.branch(verdict.sure, { true: () => 1 });
  // @ts-expect-error a value known now needs no branch
  d.branch('promote', { promote: () => 1, default: () => 2 });
  const when = d.when(params.fast, () => raw.uri);
  check<Equal<Value<typeof when>, string | null>>();
  // @ts-expect-error a number is no condition
  d.when(params.rows, () => 1);

  // groups
  const group = d.group('etl', (attempt) => ({ attempt, uri: raw.uri, fixed: [1, 'x'] as const }), { retries: 2 });
  check<Equal<Value<typeof group>, { attempt: number; uri: string; fixed: [1, 'x'] }>>();
  // @ts-expect-error no such field of the result
  void group.url;
  // @ts-expect-error no such rule
  d.run(count, {}, { triggerRule: 'sometimes' });

  // compensation
  d.run(compare, { uri: '' }, { compensate: [note, (made) => ({ text: made.outcome })] });
  d.run(task({ id: 'text', run: () => ({ text: 'x' }) }), {}, { compensate: note });
  // @ts-expect-error the undo asks for another input than the output
  d.run(compare, { uri: '' }, { compensate: note });
  return { arm, nothing: undefined, list: [raw.uri, 2] };
};
check<Equal<Deref<ReturnType<typeof inBody>>, { arm: string | { size: number }; nothing: null; list: (string | number)[] }>>();

// DAGs
const pipeline = dag(
  { id: 'pipeline', params: z.object({ model: z.string(), since: z.date().optional(), rows: z.number().default(5) }) },
  (d, { params, run }) => {
    check<Equal<Value<typeof params.rows>, number>>();
    check<Equal<Value<typeof params.since>, string | undefined>>();
    check<Equal<typeof run, Ref<RunInfo>>>();
    return { size: d.run(count) };
  },
);
check<Equal<typeof pipeline, Dag<'pipeline', { model: string; since?: Date | undefined; rows?: number | undefined }, { size: number }>>>();
// @ts-expect-error a param is missing
void testDag(pipeline, { rows: 3 });
// @ts-expect-error a param of another type
void testDag(pipeline, { model: 3 });
void testDag(pipeline, { model: 'm' }).then(({ output }) => check<Equal<typeof output, { size: number }>>());
