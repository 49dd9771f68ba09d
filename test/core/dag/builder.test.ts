import { expect } from 'chai';
import { z } from 'zod';
import { dag, every, foreign, format, maybe, or, task, type Builder, type Ref } from '../../../core/dag/index.js';
import { cron } from '../../../core/dag/schedule.js';
import type { RunInfo } from '../../../core/ports.js';
import { refusal } from './support.js';

const Uri = z.object({ uri: z.string(), parts: z.array(z.string()) });
const extract = task({
  id: 'extract',
  input: z.object({ source: z.string(), from: z.string() }),
  output: Uri,
  queue: 'data',
  timeout: '10 minutes',
  retries: 3,
  run: ({ source }) => ({ uri: source, parts: [] }),
});
const transform = task({ id: 'transform', input: z.object({ uri: z.string() }), output: Uri, run: ({ uri }) => ({ uri, parts: [] }) });
const compare = task({
  id: 'compare',
  input: z.object({ dataset: Uri }),
  output: z.object({ outcome: z.enum(['promote', 'keep']), model: z.string() }),
  run: () => ({ outcome: 'keep' as const, model: 'm' }),
});
const deploy = task({
  id: 'deploy',
  input: z.object({ model: z.string() }),
  output: z.object({ deployment: z.string() }),
  run: () => ({ deployment: 'd' }),
});
const rollback = task({ id: 'rollbackDeploy', input: z.object({ deployment: z.string() }), run: () => undefined });
const record = task({ id: 'recordRejection', input: z.object({ why: z.string() }), run: () => undefined });
const cleanup = task({ id: 'cleanup', input: z.object({ uri: z.string().optional() }), run: () => undefined });

const Params = z.object({
  x: z.string(),
  limit: z.object({ text: z.string() }).nullable(),
  fast: z.boolean(),
  model: z.string(),
  rows: z.number(),
  list: z.array(z.string()),
});
type Values = { params: Ref<z.output<typeof Params>>; run: Ref<RunInfo> };
const build = <R>(body: (d: Builder, values: Values) => R) => dag({ id: 'nightly', params: Params }, body);

describe('the DAG builder', () => {
  it('turns the example of the documentation into its spec', () => {
    const { spec } = dag(
      { id: 'retraining', params: z.object({ model: z.string(), rows: z.number().default(1000) }) },
      (d, { params, run }) => {
        const raw = d.run(extract, { source: params.model, from: run.dataInterval.start });
        const clean = d.run(transform, { uri: raw.uri }, { id: 'clean' });
        const verdict = d.run(compare, { dataset: clean });
        const end = d.branch(
          verdict.outcome,
          {
            promote: () => d.run(deploy, { model: verdict.model }, { compensate: rollback }).deployment,
            keep: () => {
              d.run(record, { why: format`auc ${params.rows} too low` });
            },
          },
          { id: 'decide' },
        );
        d.run(cleanup, { uri: maybe(clean.uri) }, { triggerRule: 'all_done', after: [end] });
        return { end };
      },
    );
    expect(spec.nodes).to.deep.equal({
      extract: {
        kind: 'task',
        after: [],
        type: 'extract',
        input: { source: { $ref: ['params', 'model'] }, from: { $ref: ['run', 'dataInterval', 'start'] } },
        options: { queue: 'data', timeout: '10 minutes', retries: 3 },
      },
      clean: { kind: 'task', after: ['extract'], type: 'transform', input: { uri: { $ref: ['extract', 'uri'] } } },
      compare: { kind: 'task', after: ['clean'], type: 'compare', input: { dataset: { $ref: ['clean'] } } },
      decide: {
        kind: 'branch',
        after: ['compare'],
        on: { $ref: ['compare', 'outcome'] },
        arms: {
          promote: {
            nodes: {
              'decide.promote.deploy': {
                kind: 'task',
                after: [],
                type: 'deploy',
                input: { model: { $ref: ['compare', 'model'] } },
                undo: { type: 'rollbackDeploy', input: { $ref: ['decide.promote.deploy'] } },
              },
            },
            output: { $ref: ['decide.promote.deploy', 'deployment'] },
          },
          keep: {
            nodes: {
              'decide.keep.recordRejection': {
                kind: 'task',
                after: [],
                type: 'recordRejection',
                input: { why: { $format: ['auc ', { $ref: ['params', 'rows'] }, ' too low'] } },
              },
            },
          },
        },
      },
      cleanup: {
        kind: 'task',
        after: ['clean', 'decide'],
        rule: 'all_done',
        type: 'cleanup',
        input: { uri: { $ref: ['clean', 'uri'], soft: true } },
      },
    });
    expect(spec.output).to.deep.equal({ end: { $ref: ['decide'] } });
    expect(JSON.parse(JSON.stringify(spec))).to.deep.equal(spec);
  });

  it('keeps schedule, doc and params of the DAG as data', () => {
    const { spec } = dag(
      {
        id: 'nightly',
        doc: 'Every night.',
        params: z.object({ model: z.string() }),
        schedule: cron('0 3 * * *', { timezone: 'Europe/Warsaw' }),
        catchup: true,
        maxActiveRuns: 1,
      },
      () => undefined,
    );
    expect(spec).to.deep.include({
      doc: 'Every night.',
      schedule: { kind: 'cron', expression: '0 3 * * *', timezone: 'Europe/Warsaw' },
      catchup: true,
      maxActiveRuns: 1,
    });
    expect(spec.params).to.deep.include({ type: 'object', required: ['model'] });
    expect(dag({ id: 'weekly', schedule: every('1 week', { anchor: '1997-04-22' }) }, () => undefined).spec.schedule).to.deep.equal({
      kind: 'every',
      every: '1 week',
      anchor: '1997-04-22',
    });
  });

  it('gives the same structure the same hash, and another structure another one', () => {
    const make = (source: string) => build((d, { run }) => d.run(extract, { from: run.logicalDate, source })).hash;
    expect(make('a'))
      .to.equal(make('a'))
      .and.to.match(/^[0-9a-f]{64}$/);
    expect(make('a')).to.not.equal(make('b'));
  });

  it('lets what is said at d.run win over what the task says of itself', () => {
    const { spec } = build((d) =>
      d.run(extract, { source: 'a', from: 'b' }, { retries: 0, queue: 'training', backoff: { first: '1 minute' } }),
    );
    expect(spec.nodes['extract']).to.deep.include({
      options: { queue: 'training', timeout: '10 minutes', retries: 0, backoff: { first: '1 minute' } },
    });
  });

  it('keeps a literal whose keys look like a reference a literal', () => {
    const store = task({ id: 'store', input: z.any(), run: () => undefined });
    const { spec } = build((d) => d.run(store, { query: { $ref: 'x', $gt: 5 } }));
    expect(spec.nodes['store']).to.deep.include({ input: { query: { $object: { $ref: 'x', $gt: 5 } } } });
  });

  it('reads fields of fallbacks and of results of groups', () => {
    const { spec } = build((d, { params }) => {
      const { pair } = d.group('pair', () => ({ pair: { first: d.run(transform, { uri: 'a' }), second: { size: 2 } } }));
      d.run(record, { why: pair.first.uri }, { id: 'a' });
      d.run(record, { why: format`${pair.second.size}` }, { id: 'b' });
      d.run(record, { why: or(params.limit, { text: 'none' }).text }, { id: 'c' });
    });
    expect(spec.nodes['a']).to.deep.include({ after: ['pair.transform'], input: { why: { $ref: ['pair.transform', 'uri'] } } });
    expect(spec.nodes['b']).to.deep.include({ after: [], input: { why: { $format: [2] } } });
    expect(spec.nodes['c']).to.deep.include({
      input: { why: { $get: [{ $or: [{ $ref: ['params', 'limit'], soft: true }, { text: 'none' }] }, 'text'] } },
    });
  });

  it('flattens a group without retries, so that it costs no parallelism', () => {
    const { spec } = build((d) => {
      const before = d.run(transform, { uri: 'a' }, { id: 'before' });
      const slow = d.run(transform, { uri: 'a' }, { id: 'slow' });
      const group = d.group(
        'etl',
        () => {
          const first = d.run(transform, { uri: 'x' }, { id: 'first' });
          d.run(transform, { uri: slow.uri }, { id: 'second', after: [first] });
          d.run(transform, { uri: 'x' }, { id: 'third' });
        },
        { after: [before] },
      );
      d.run(cleanup, {}, { after: [group] });
    });
    expect(Object.fromEntries(Object.entries(spec.nodes).map(([id, { after }]) => [id, after]))).to.deep.equal({
      before: [],
      slow: [],
      'etl.first': ['before'],
      'etl.second': ['slow', 'etl.first'],
      'etl.third': ['before'],
      cleanup: ['etl.second', 'etl.third'],
    });
  });

  it('makes a group with retries a node that waits for all that it reads', () => {
    const { spec } = build((d, { params }) => {
      const raw = d.run(transform, { uri: 'a' }, { id: 'raw' });
      const etl = d.group(
        'etl',
        (attempt) => {
          const inner = d.when(params.fast, () => d.run(transform, { uri: raw.uri }), { id: 'fast' });
          return { attempt, inner };
        },
        { retries: 2 },
      );
      d.run(record, { why: format`${etl.attempt}` });
    });
    expect(spec.nodes['etl']).to.deep.include({ kind: 'group', after: ['raw'], retries: 2 });
    expect(spec.nodes['etl']).to.have.nested.property('body.nodes').that.has.all.keys('etl.fast');
    expect(spec.nodes['recordRejection']).to.deep.include({ after: ['etl'], input: { why: { $format: [{ $ref: ['etl', 'attempt'] }] } } });
  });

  it('gives a foreign task no meta and does not care who types it twice', () => {
    const train = (d: Builder, id: string) =>
      d.run(foreign<{ rows: number }, { auc: number }>('py.Train', { queue: 'python' }), { rows: 1 }, { id });
    const { spec } = build((d) => [train(d, 'a'), train(d, 'b')]);
    expect(spec.nodes['a']).to.deep.include({ type: 'py.Train', foreign: true, options: { queue: 'python' } });
  });

  describe('refuses, naming the DAG, the task and the remedy,', () => {
    const outside = /'nightly'.*exists only inside.*return it from there/s;
    const cases: [what: string, make: () => unknown, message: RegExp][] = [
      [
        'two nodes with one id',
        () => build((d) => [d.run(deploy, { model: 'a' }), d.run(deploy, { model: 'b' })]),
        /'nightly', task 'deploy': the id 'deploy' is taken.*{ id/,
      ],
      [
        'two different tasks with one id',
        () => build((d) => [d.run(deploy, { model: 'a' }), d.run(task({ id: 'deploy', run: () => 1 }), {}, { id: 'other' })]),
        /'deploy': two different tasks are called/,
      ],
      ['the id of one of our own workflows', () => dag({ id: 'model' }, () => undefined), /DAG 'model': the id is one of our own/],
      ['an id that is no id', () => build((d) => d.run(deploy, { model: 'a' }, { id: 'a/b' })), /'a\/b' cannot be an id; use letters/],
      [
        'a reference from inside an arm used outside',
        () =>
          build((d, { params }) => {
            let inner: Ref<{ deployment: string }> | undefined;
            d.branch(params.x, {
              default: () => {
                inner = d.run(deploy, { model: 'a' });
              },
            });
            d.run(rollback, { deployment: inner!.deployment });
          }),
        outside,
      ],
      [
        'a reference from one arm used in another',
        () =>
          build((d, { params }) => {
            let inner: Ref<{ deployment: string }> | undefined;
            d.branch(params.x, {
              a: () => {
                inner = d.run(deploy, { model: 'a' });
              },
              default: () => {
                d.run(rollback, { deployment: inner!.deployment });
              },
            });
          }),
        outside,
      ],
      [
        'the attempt of a group used outside',
        () =>
          build((d) => {
            let attempt: Ref<number> | undefined;
            d.group(
              'etl',
              (number) => {
                attempt = number;
                d.run(deploy, { model: 'a' });
              },
              { retries: 1 },
            );
            d.run(record, { why: format`${attempt!}` });
          }),
        outside,
      ],
      [
        'a reference of another DAG',
        () => {
          let other: Ref<{ deployment: string }> | undefined;
          dag({ id: 'other' }, (d) => {
            other = d.run(deploy, { model: 'a' });
          });
          build((d) => d.run(rollback, { deployment: other!.deployment }));
        },
        /'deploy' belongs to DAG 'other'/,
      ],
      [
        'an arm that can never be taken',
        () =>
          build((d) => {
            const { outcome } = d.run(compare, { dataset: { uri: '', parts: [] } });
            d.branch(outcome as Ref<any>, { promote: () => 1, reject: () => 2, default: () => 3 });
          }),
        /task 'branch': arm 'reject' can never be taken: the value is one of promote, keep; remove or rename/,
      ],
      [
        'a branch without an arm for a value',
        () =>
          build((d) => {
            const { outcome } = d.run(compare, { dataset: { uri: '', parts: [] } });
            d.branch(outcome as Ref<any>, { promote: () => 1 } as any);
          }),
        /no arm for keep; add it, or an arm 'default'/,
      ],
      ['a branch without arms', () => build((d, { params }) => d.branch(params.x, {} as any)), /a branch needs an arm/],
      [
        'a function in a literal',
        () => build((d) => d.run(deploy, { model: (() => 'a') as any })),
        /task 'deploy': a function does not survive JSON/,
      ],
      ['a number that is none', () => build((d) => d.run(deploy, { model: Number.NaN as any })), /NaN does not survive JSON/],
      [
        'a literal that contains itself',
        () => {
          const loop: Record<string, unknown> = {};
          loop['loop'] = loop;
          build((d) => d.run(deploy, loop as any));
        },
        /contains itself/,
      ],
      ['a class instance', () => build((d) => d.run(deploy, { model: new Map() as any })), /an instance of Map does not survive JSON/],
      [
        'an async body',
        () =>
          dag({ id: 'nightly' }, async (d) => {
            d.run(deploy, { model: 'a' });
          }),
        /DAG 'nightly' is async; a body only describes/,
      ],
      [
        'an async arm',
        () => build((d, { params }) => d.branch(params.x, { default: async () => 1 }, { id: 'decide' })),
        /task 'decide': arm 'default' of 'decide' is async/,
      ],
      [
        'a reference in a string',
        () => build((d, { params }) => d.run(deploy, { model: `${params.model as unknown as string}!` })),
        /DAG 'nightly': .*'params.model'.*use format`/,
      ],
      ['a reference in a sum', () => build((_, { params }) => +(params.rows as unknown as number) + 1), /format`/],
      [
        'a loop over a reference',
        () =>
          build((_, { params }) => {
            for (const each of params.list as unknown as string[]) void each;
          }),
        /'params.list'.*iterated/,
      ],
      ['a spread reference', () => build((_, { params }) => ({ ...params })), /'params'.*spread/],
      [
        'a strict read under a tolerant rule',
        () =>
          build((d) => {
            const raw = d.run(transform, { uri: 'a' });
            d.run(cleanup, { uri: raw.uri }, { triggerRule: 'all_done' });
          }),
        /task 'cleanup': under the rule all_done 'transform' may have no output; read it through maybe\(…\) or or\(/,
      ],
      [
        'a strict read in the body of a tolerant group',
        () =>
          build((d) => {
            const raw = d.run(transform, { uri: 'a' });
            d.group('g', () => d.run(cleanup, { uri: raw.uri }), { triggerRule: 'none_failed' });
          }),
        /task 'g': under the rule none_failed/,
      ],
      [
        'a duration that is none',
        () => build((d) => d.run(deploy, { model: 'a' }, { timeout: '10 min' as any })),
        /task 'deploy': timeout: '10 min' is not a duration; write for example/,
      ],
      ['half a retry', () => build((d) => d.run(deploy, { model: 'a' }, { retries: 0.5 })), /retries: 0.5/],
      [
        'a cron expression that is none',
        () => dag({ id: 'nightly', schedule: cron('61 * * * *') }, () => undefined),
        /schedule: '61' is no minute/,
      ],
      [
        'a time zone that is none',
        () => dag({ id: 'nightly', schedule: cron('* * * * *', { timezone: 'Mars' }) }, () => undefined),
        /schedule: .*Mars/,
      ],
      [
        'a trigger rule that is none',
        () => build((d) => d.run(deploy, { model: 'a' }, { triggerRule: 'sometimes' as any })),
        /'sometimes' is no trigger rule/,
      ],
      [
        'a builder used after its body',
        () => {
          let leaked: Builder | undefined;
          build((d) => {
            leaked = d;
          });
          leaked!.run(deploy, { model: 'a' });
        },
        /its body is finished/,
      ],
    ];
    for (const [what, make, message] of cases)
      it(what, () => {
        const error = refusal(make);
        expect(error.code).to.equal('DAG_INVALID');
        expect(error.message).to.match(message);
      });
  });
});
