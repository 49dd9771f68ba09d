import { expect } from 'chai';
import { dag, format, task, type Builder, type Ref } from '../../../core/dag/index.js';
import { cron } from '../../../core/dag/schedule.js';
import { build, cleanup, compare, deploy, record, rollback, transform } from './builder-dag.js';
import { refusal } from './support.js';

describe('the DAG builder refuses, naming the DAG, the task and the remedy,', () => {
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
