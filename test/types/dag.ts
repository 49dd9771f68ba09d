/** What must and what must not compile. Nothing here is run: `tsc` is the judge. */
/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unsafe-return */
import { z } from 'zod';
import {
  CallbackEvent,
  cross,
  dag,
  every,
  foreign,
  foreignWorkflow,
  format,
  maybe,
  or,
  task,
  zip,
  type Builder,
  type Dag,
  type Decision,
  type Deref,
  type Ref,
  type Task,
} from '../../core/dag/index.js';
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

// maps, resources, waits and child runs
const score = task({ id: 'score', input: z.object({ rows: z.number(), by: z.string().optional() }), output: z.number(), run: () => 1 });
const cluster = task({
  id: 'cluster',
  input: z.object({ size: z.number() }),
  output: z.object({ address: z.string() }),
  run: () => ({ address: 'a' }),
});
const release = task({ id: 'release', input: z.object({ address: z.string() }), run: () => undefined });
const arrived = task({ id: 'arrived', input: z.object({ day: z.string() }), run: () => null as { uri: string } | null });
const ready = task({ id: 'ready', run: () => true });
const page = task({ id: 'page', input: CallbackEvent, run: ({ error }) => error?.message });
const child = dag({ id: 'child', params: z.object({ model: z.string(), rows: z.number().default(1) }) }, (d) => ({ size: d.run(count) }));
const noParams = dag({ id: 'noParams' }, (d) => d.run(count));

const newer = (
  d: Builder,
  params: Ref<{ parts: { rows: number }[]; maybeParts: number[] | null; names: string[]; sizes: { [k: string]: number } }>,
) => {
  // maps
  const mapped = d.map(params.parts, (part, index) => {
    check<Equal<typeof part, Ref<{ rows: number }>>>();
    check<Equal<typeof index, Ref<number>>>();
    return d.run(score, { rows: part.rows });
  });
  check<Equal<Value<typeof mapped>, number[]>>();
  check<Equal<Value<(typeof mapped)[0]>, number | undefined>>();
  const literal = d.map(['a', 'b'], (name) => ({ name, fixed: 1 as const }), { id: 'literal', maxConcurrency: 2, shard: 10 });
  check<Equal<Value<typeof literal>, { name: 'a' | 'b'; fixed: 1 }[]>>();
  const nested = d.map([[1, 2], [3]], (row) => d.map(row, (n) => d.run(score, { rows: n })));
  check<Equal<Value<typeof nested>, number[][]>>();
  d.map([params.names[0]!, params.parts[0]!.rows], (mixed) => {
    check<Equal<typeof mixed, Ref<string | number | undefined>>>();
  });
  const pairs = d.map(params.sizes, (pair) => {
    check<Equal<Value<(typeof pair)[0]>, string>>();
    return pair[1];
  });
  check<Equal<Value<typeof pairs>, number[]>>();
  d.map({ small: 1, large: 2 }, (pair) => d.run(score, { by: pair[0], rows: pair[1] }));
  // @ts-expect-error perhaps null
  d.map(params.maybeParts, (n) => n);
  d.map(or(params.maybeParts, []), (n) => d.run(score, { rows: n }));
  // @ts-expect-error a string is no list
  d.map(params.names[0]!, (n) => n);
  // @ts-expect-error nor is a literal one
  d.map('abc', (n) => n);
  // @ts-expect-error the item has no such field
  d.map(params.parts, (part) => part.columns);
  // @ts-expect-error the item is no string
  d.map(params.parts, (part) => d.run(score, { rows: 1, by: part }));
  // @ts-expect-error no such option
  d.map(params.parts, () => 1, { concurrency: 2 });

  // zipped and crossed lists
  const zipped = zip(params.names, params.parts);
  check<Equal<Value<typeof zipped>, [string, { rows: number }][]>>();
  const crossed = cross(params.names, [1, 2], ['x']);
  check<Equal<Value<typeof crossed>, [string, 1 | 2, 'x'][]>>();
  d.map(zipped, (pair) => d.run(score, { by: pair[0], rows: pair[1].rows }));
  // @ts-expect-error the second of a pair is no number
  d.map(zipped, (pair) => d.run(score, { rows: pair[1] }));
  // @ts-expect-error a string is no list
  zip(params.names, params.names[0]!);

  // resources
  const used = d.using(cluster, { size: 3 }, release, (resource) => {
    check<Equal<typeof resource, Ref<{ address: string }>>>();
    return { at: resource.address };
  });
  check<Equal<Value<typeof used>, { at: string }>>();
  d.using(cluster, { size: 3 }, [note, (made) => ({ text: made.address })], () => 1, { onFailureFailRun: true });
  // @ts-expect-error the setup needs another input
  d.using(cluster, { size: 'large' }, release, () => 1);
  // @ts-expect-error the teardown asks for another input than the resource
  d.using(cluster, { size: 3 }, note, () => 1);
  // @ts-expect-error the resource has no such field
  d.using(cluster, { size: 3 }, release, (resource) => resource.port);

  // sensors
  const file = d.sense(arrived, { day: '2026-01-01' }, { every: '1 minute', within: '1 day' });
  check<Equal<typeof file, Ref<{ uri: string }>>>();
  const isReady = d.sense(ready, {}, { every: '1 minute' });
  check<Equal<Value<typeof isReady>, true>>();
  // @ts-expect-error a sensor says how often it asks
  d.sense(ready, {}, { within: '1 day' });
  // @ts-expect-error a duration has a unit
  d.sense(ready, {}, { every: '60' });
  // @ts-expect-error the input is another one
  d.sense(arrived, { date: '2026-01-01' }, { every: '1 minute' });

  // sleeps
  check<Equal<ReturnType<typeof d.sleep>, Ref<null>>>();
  d.sleep('1 hour');
  d.sleep(mapped.length);
  d.sleep(5);
  // @ts-expect-error a truth is no time
  d.sleep(true);

  // approvals
  const plain = d.approve('plain', { title: format`${mapped.length} scores`, show: { mapped } }, { within: '7 days' });
  check<Equal<typeof plain, Ref<Decision>>>();
  check<Equal<Value<typeof plain.decision>, 'approved' | 'rejected'>>();
  const form = d.approve('form', {}, { input: z.object({ share: z.number(), note: z.string().optional() }) });
  check<Equal<Value<typeof form>, Decision<{ share: number; note?: string | undefined }>>>();
  check<Equal<Value<typeof form.input.share>, number | undefined>>();
  d.branch(plain.decision, { approved: () => 1, rejected: () => 2 });
  // @ts-expect-error a decision has two ends
  d.branch(plain.decision, { approved: () => 1 });
  // @ts-expect-error a title is text
  d.approve('wrong', { title: 5 });

  // child runs
  const ran = d.runDag(child, { model: 'm' }, { timeout: '1 hour' });
  check<Equal<typeof ran, Ref<{ size: number }>>>();
  d.runDag(noParams);
  check<Equal<Value<ReturnType<typeof runById>>, any>>();
  d.runDag('child', { model: params.names[0]! });
  // @ts-expect-error a param is missing
  d.runDag(child, {});
  // @ts-expect-error the params are missing
  d.runDag(child);
  // @ts-expect-error a param of another type
  d.runDag(child, { model: mapped });
  const workflow = foreignWorkflow<{ rows: number }, { auc: number }>('TrainWorkflow', { queue: 'python' });
  const trained = d.runWorkflow(workflow, { rows: 5 }, { compensate: [note, (made) => ({ text: format`${made.auc}` })] });
  check<Equal<typeof trained, Ref<{ auc: number }>>>();
  // @ts-expect-error the input is another one
  d.runWorkflow(workflow, { columns: 5 });
  // @ts-expect-error the undo asks for another input
  d.runWorkflow(workflow, { rows: 5 }, { compensate: note });
  // @ts-expect-error whose workflow is it?
  foreignWorkflow<{}, {}>('TrainWorkflow', {});

  // marks and callbacks
  const made = d.run(cluster, { size: 1 }, { setup: true, onFailure: page, onRetry: [page, count], produces: ['lake/sales'] });
  d.run(release, { address: made.address }, { teardown: [made], onFailureFailRun: true });
  d.run(ready, {}, { branching: 'short_circuit', dependsOnPast: true, pool: { name: 'db', slots: 2 }, priority: 1, maxActive: 3 });
  // @ts-expect-error a callback gets the event, not rows
  d.run(count, {}, { onFailure: score });
  // @ts-expect-error no way to branch
  d.run(ready, {}, { branching: 'maybe' });
  // @ts-expect-error a cached result has an age
  d.run(count, {}, { cache: { key: 'rows' } });
  // @ts-expect-error a teardown names its setups by reference
  d.run(release, { address: 'a' }, { teardown: ['cluster'] });
  const latest = d.latestOnly(() => mapped.length);
  check<Equal<Value<typeof latest>, number | null>>();
};
declare const runById: () => ReturnType<typeof byId>;
const byId = (d: Builder) => d.runDag('other');

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

dag(
  {
    id: 'whole',
    tags: ['nightly'],
    schedule: every('1 day'),
    startDate: '2026-01-01',
    overlap: 'buffer_one',
    failFast: true,
    priority: 2,
    onFailure: page,
    deadline: { after: '2 hours', from: 'logical_date', callback: [page] },
  },
  () => 1,
);
// @ts-expect-error no such policy
dag({ id: 'whole', overlap: 'sometimes' }, () => 1);
// @ts-expect-error a run has no retries to tell of
dag({ id: 'whole', onRetry: page }, () => 1);
// @ts-expect-error a deadline calls somebody
dag({ id: 'whole', deadline: { after: '2 hours' } }, () => 1);
