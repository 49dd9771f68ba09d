import { expect } from 'chai';
import { z } from 'zod';
import { dag, every, foreign, format, maybe, or, task, type Builder } from '../../../core/dag/index.js';
import { cron } from '../../../core/dag/schedule.js';
import { build, cleanup, compare, deploy, extract, record, rollback, transform } from './builder-dag.js';

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
});
