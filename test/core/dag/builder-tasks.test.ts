import { expect } from 'chai';
import { z } from 'zod';
import {
  asset,
  CallbackEvent,
  dag,
  every,
  foreign,
  foreignWorkflow,
  format,
  task,
  type Builder,
  type Ref,
} from '../../../core/dag/index.js';
import { cron } from '../../../core/dag/schedule.js';
import { refusal } from './support.js';

const load = task({
  id: 'load',
  doc: 'Loads it.',
  input: z.object({ day: z.string() }),
  output: z.object({ uri: z.string() }).nullable(),
  run: () => null,
});
const drop = task({ id: 'drop', input: z.object({ uri: z.string() }), run: () => undefined });
const page = task({ id: 'page', doc: 'Calls somebody.', input: CallbackEvent, queue: 'people', run: () => undefined });
const chat = task({ id: 'chat', input: z.object({ event: z.string() }), run: () => undefined });
const idle = task({ id: 'idle', run: () => true });

const build = <R>(body: (d: Builder, params: Ref<{ day: string; share: number }>) => R) =>
  dag({ id: 'nightly', params: z.object({ day: z.string(), share: z.number() }) }, (d, { params }) => body(d, params));
const nodes = (body: (d: Builder, params: Ref<{ day: string; share: number }>) => unknown) => build(body).spec.nodes;

describe('tasks in the builder', () => {
  it('are sensors when they are sensed', () => {
    const spec = nodes((d, params) => {
      const found = d.sense(load, { day: params.day }, { every: '1 minute', within: '2 days', retries: 3, id: 'wait' });
      d.run(drop, { uri: found.uri });
    });
    expect(spec['wait']).to.deep.equal({
      kind: 'task',
      after: [],
      type: 'load',
      input: { day: { $ref: ['params', 'day'] } },
      options: { retries: 3 },
      doc: 'Loads it.',
      poll: { every: '1 minute', within: '2 days' },
    });
    expect(spec['drop']).to.deep.include({ after: ['wait'], input: { uri: { $ref: ['wait', 'uri'] } } });
  });

  it('carry the marks of setups and teardowns, and a teardown comes after its setups', () => {
    const spec = nodes((d) => {
      const a = d.run(idle, {}, { id: 'a', setup: true });
      const b = d.run(idle, {}, { id: 'b', setup: true });
      const work = d.run(idle, {}, { id: 'work', after: [a] });
      d.run(idle, {}, { id: 'end', teardown: [a, b], after: [work], onFailureFailRun: true });
      d.run(idle, {}, { id: 'strict', teardown: [b], triggerRule: 'all_success' });
      d.run(idle, {}, { id: 'usual', teardown: [b], triggerRule: 'all_done_setup_success' });
    });
    expect(spec['a']).to.have.property('setup', true);
    expect(spec['end']).to.deep.include({ after: ['a', 'b', 'work'], teardown: { setups: ['a', 'b'], onFailureFailRun: true } });
    expect(spec['end']).to.not.have.property('rule');
    expect(spec['strict']).to.have.property('rule', 'all_success');
    expect(spec['usual']).to.not.have.property('rule');
  });

  it('may decide about their downstreams and look at the run before', () => {
    const spec = nodes((d) => {
      const choice = d.run(idle, {}, { id: 'choice', branching: 'branch' });
      d.run(idle, {}, { id: 'past', after: [choice], dependsOnPast: true });
      d.run(idle, {}, { id: 'below', after: [choice], waitForDownstream: true });
      d.run(idle, {}, { id: 'last', branching: 'short_circuit' });
    });
    expect(spec['choice']).to.have.property('branching', 'branch');
    expect(spec['past']).to.deep.include({ dependsOnPast: true }).and.to.not.have.property('waitForDownstream');
    // Airflow: wait_for_downstream forces depends_on_past
    expect(spec['below']).to.deep.include({ dependsOnPast: true, waitForDownstream: true });
  });

  it('say what they make and who is told, and what the DAG says wins over what the task says of itself', () => {
    const loud = task({ id: 'loud', onFailure: page, onSuccess: [chat], produces: ['lake/a'], run: () => 1 });
    const { spec, tasks } = build((d) => {
      d.run(loud);
      d.run(
        loud,
        {},
        { id: 'other', onFailure: [chat, page], onRetry: chat, onSuccess: [], produces: [asset('lake/b'), 'lake/c', 'lake/b'] },
      );
    });
    const pageCall = { type: 'page', input: {}, options: { queue: 'people' }, doc: 'Calls somebody.' };
    const chatCall = { type: 'chat', input: {} };
    expect(spec.nodes['loud']).to.deep.include({ produces: ['lake/a'], callbacks: { success: [chatCall], failure: [pageCall] } });
    expect(spec.nodes['other']).to.deep.include({
      produces: ['lake/b', 'lake/c'],
      callbacks: { failure: [chatCall, pageCall], retry: [chatCall] },
    });
    expect([...tasks.keys()]).to.have.members(['loud', 'page', 'chat']);
  });

  it('carry pool, priority, limits and cache, and the version of the task', () => {
    const cached = task({ id: 'cached', version: '2', cache: { ttl: '1 day' }, pool: 'db', priority: 4, maxActive: 2, run: () => 1 });
    const spec = nodes((d) => {
      d.run(cached);
      d.run(cached, {}, { id: 'other', pool: { name: 'db', slots: 3 }, priority: 1, cache: { ttl: '1 hour', key: ['a'] }, version: '3' });
    });
    expect(spec['cached']).to.have.deep.property('options', {
      pool: 'db',
      priority: 4,
      maxActive: 2,
      cache: { ttl: '1 day' },
      version: '2',
    });
    expect(spec['other']).to.have.deep.property('options', {
      pool: { name: 'db', slots: 3 },
      priority: 1,
      maxActive: 2,
      cache: { ttl: '1 hour', key: ['a'] },
      version: '3',
    });
  });

  it('leave nothing of an option that is not said, so that a history keeps its spec', () => {
    const { spec } = build((d) => d.run(load, { day: 'a' }, { setup: false, dependsOnPast: false, onFailure: [], produces: [] }));
    expect(JSON.stringify(spec.nodes)).to.equal('{"load":{"kind":"task","after":[],"type":"load","input":{"day":"a"},"doc":"Loads it."}}');
  });
});

describe('waits and child runs in the builder', () => {
  it('sleeps for a duration, for milliseconds that a task returned, until a time', () => {
    const spec = nodes((d, params) => {
      const first = d.sleep('10 minutes');
      d.sleep(5_000, { id: 'short', after: [first] });
      d.sleep('2026-01-01T00:00:00Z', { id: 'until', doc: 'New year.' });
      d.sleep(params.share, { id: 'asked' });
    });
    expect(spec).to.deep.equal({
      sleep: { kind: 'sleep', after: [], how: '10 minutes' },
      short: { kind: 'sleep', after: ['sleep'], how: 5_000 },
      until: { kind: 'sleep', after: [], doc: 'New year.', how: '2026-01-01T00:00:00Z' },
      asked: { kind: 'sleep', after: [], how: { $ref: ['params', 'share'] } },
    });
  });

  it('asks people, with evidence and a form', () => {
    const spec = nodes((d, params) => {
      const made = d.sense(load, { day: 'a' }, { every: '1 minute' });
      const input = z.object({ share: z.number().max(1), note: z.string().optional() });
      const asked = d.approve('ask', { title: format`Ship ${params.day}?`, show: made }, { within: '7 days', input, doc: 'Asks.' });
      d.branch(asked.decision, {
        approved: () => d.run(drop, { uri: format`${asked.input.share as Ref<number>}` }),
        rejected: () => null,
      });
      d.approve('bare');
    });
    expect(spec['ask']).to.deep.equal({
      kind: 'approve',
      after: ['load'],
      doc: 'Asks.',
      request: { title: { $format: ['Ship ', { $ref: ['params', 'day'] }, '?'] }, show: { $ref: ['load'] } },
      within: '7 days',
      input: {
        type: 'object',
        properties: { share: { type: 'number', maximum: 1 }, note: { type: 'string' } },
        required: ['share'],
      },
    });
    expect(spec['branch']).to.deep.include({ after: ['ask'], on: { $ref: ['ask', 'decision'] } });
    expect(spec['bare']).to.deep.equal({ kind: 'approve', after: [], request: {} });
  });

  it('runs other DAGs, by what they are or by their id, and workflows of others', () => {
    const child = dag({ id: 'child', doc: 'A child.', params: z.object({ uri: z.string() }) }, (d, { params }) => ({
      uri: params.uri,
      n: d.run(idle),
    }));
    const { spec, tasks } = build((d, params) => {
      const made = d.runDag(child, { uri: params.day }, { compensate: [drop, (out) => ({ uri: out.uri })], timeout: '1 hour' });
      d.runDag('other', { made: made.uri }, { queue: 'elsewhere' });
      const train = foreignWorkflow<{ uri: string }, { uri: string }>('Train', { queue: 'python', doc: 'Trains.' });
      d.runWorkflow(train, { uri: made.uri }, { compensate: drop, id: 'train' });
    });
    expect(spec.nodes).to.deep.equal({
      child: {
        kind: 'workflow',
        after: [],
        type: 'child',
        dag: true,
        input: { uri: { $ref: ['params', 'day'] } },
        doc: 'A child.',
        timeout: '1 hour',
        undo: { type: 'drop', input: { uri: { $ref: ['child', 'uri'] } } },
      },
      other: {
        kind: 'workflow',
        after: ['child'],
        type: 'other',
        dag: true,
        queue: 'elsewhere',
        input: { made: { $ref: ['child', 'uri'] } },
      },
      train: {
        kind: 'workflow',
        after: ['child'],
        type: 'Train',
        queue: 'python',
        input: { uri: { $ref: ['child', 'uri'] } },
        doc: 'Trains.',
        undo: { type: 'drop', input: { $ref: ['train'] } },
      },
    });
    expect([...tasks.keys()]).to.deep.equal(['drop']); // the child brings its own
  });

  it('runs a body in the latest run only', () => {
    const spec = nodes((d) => d.latestOnly(() => d.run(idle)));
    expect(spec['latestOnly']).to.deep.include({ kind: 'branch', after: [], on: { $ref: ['run', 'isLatest'] } });
    expect(spec['latestOnly']).to.have.nested.property('arms.true.nodes').that.has.all.keys('latestOnly.true.idle');
  });
});

describe('a DAG as a whole in the builder', () => {
  it('keeps all that is said of it, as data', () => {
    const { spec, tasks } = dag(
      {
        id: 'whole',
        tags: ['nightly', 'sales'],
        schedule: cron('@daily'),
        startDate: '2026-01-01',
        endDate: '2026-12-31',
        jitter: '5 minutes',
        overlap: 'buffer_one',
        maxActiveRuns: 2,
        maxActiveTasks: 10,
        failFast: true,
        priority: 2,
        deadline: { after: '2 hours', from: 'logical_date', callback: page },
        onSuccess: chat,
        onFailure: [page, chat],
      },
      () => undefined,
    );
    const pageCall = { type: 'page', input: {}, options: { queue: 'people' }, doc: 'Calls somebody.' };
    const chatCall = { type: 'chat', input: {} };
    expect(spec).to.deep.equal({
      id: 'whole',
      version: 1,
      tags: ['nightly', 'sales'],
      schedule: { kind: 'cron', expression: '@daily', timezone: 'UTC' },
      startDate: '2026-01-01',
      endDate: '2026-12-31',
      jitter: '5 minutes',
      overlap: 'buffer_one',
      maxActiveRuns: 2,
      maxActiveTasks: 10,
      failFast: true,
      priority: 2,
      deadline: { after: '2 hours', from: 'logical_date', callbacks: [pageCall] },
      callbacks: { success: [chatCall], failure: [pageCall, chatCall] },
      nodes: {},
    });
    expect([...tasks.keys()]).to.have.members(['page', 'chat']);
  });

  it('takes a list of assets as a schedule', () => {
    const { spec } = dag({ id: 'whole', schedule: [asset('lake/a'), asset('lake/b')] }, () => undefined);
    expect(spec.schedule).to.deep.equal({ kind: 'assets', when: { all: [{ asset: 'lake/a' }, { asset: 'lake/b' }] } });
  });

  it('may have twenty thousand tasks, each in a group of its own: the work is in proportion to the size', () => {
    const work = (size: number): number => {
      const before = process.cpuUsage();
      const { spec } = build((d) => {
        let last: Ref<unknown> | undefined;
        for (let i = 0; i < size; i++) last = d.group(`g${i}`, () => d.run(idle), last === undefined ? {} : { after: [last] });
      });
      expect(Object.keys(spec.nodes)).to.have.length(size);
      expect(spec.nodes[`g${size - 1}.idle`]).to.deep.include({ after: [`g${size - 2}.idle`] });
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    work(1_000); // warms up
    // looking through all tasks for each group made it 150 times as much
    expect(work(20_000) / work(1_000)).to.be.below(60);
  }).timeout(120_000);
});

describe('tasks, waits and DAGs are refused, naming the place and the remedy:', () => {
  const other = z.object({ a: z.string() });
  const foreignSchema = { '~standard': other['~standard'] };
  const idles =
    (options: object): (() => unknown) =>
    () =>
      build((d) => d.run(idle, {}, options));
  const whole =
    (options: object): (() => unknown) =>
    () =>
      dag({ id: 'nightly', ...options }, (d) => d.run(idle));
  const cases: [what: string, make: () => unknown, message: RegExp][] = [
    [
      'a sensor that asks too often',
      () => build((d) => d.sense(idle, {}, { every: '10 ms' })),
      /task 'idle': every: '10 ms' is too short; take 1 second or more/,
    ],
    ['a sensor that does not say how often', () => build((d) => d.sense(idle, {}, {} as any)), /says how often it asks: { every/],
    [
      'a sensor that is local',
      () => build((d) => d.sense(idle, {}, { every: '1 minute', local: true })),
      /local: a sensor waits on the server/,
    ],
    ['something sensed that is no task', () => build((d) => d.sense({} as any, {}, { every: '1 minute' })), /d.sense takes what task/],
    ['a setup that is a teardown', () => build((d) => d.run(idle, {}, { setup: true, teardown: [] })), /a setup or a teardown, not both/],
    [
      'a teardown of what is no setup',
      () => build((d) => d.run(idle, {}, { id: 'end', teardown: [d.run(idle)] })),
      /task 'end': it tears down 'idle', which is no setup; mark that task: { setup: true }/,
    ],
    ['a teardown of a name', idles({ teardown: ['idle'] }), /`teardown` takes references to setup tasks/],
    ['a teardown of one reference', idles({ teardown: 'idle' }), /`teardown` takes a list/],
    [
      'a teardown inside a body that its setup is not in',
      () =>
        build((d) => {
          const made = d.run(idle, {}, { setup: true });
          d.group('g', () => d.run(idle, {}, { teardown: [made] }), { retries: 1 });
        }),
      /task 'g.idle': its setup 'idle' is not in the same body; put the teardown beside it/,
    ],
    ['a failure that counts of what is no teardown', idles({ onFailureFailRun: true }), /onFailureFailRun is for teardowns/],
    ['a branch that has nothing to choose from', idles({ branching: 'branch' }), /branching: nothing is downstream of it/],
    ['another way of branching', idles({ branching: 'perhaps' }), /branching: 'perhaps' is none of branch, short_circuit/],
    ['a callback that is no task', idles({ onFailure: () => 1 }), /task 'idle': onFailure takes what task/],
    ['an asset without a name', idles({ produces: [''] }), /task 'idle': produces: "" cannot be the name of an asset\.$/],
    ['a priority that is none', idles({ priority: 6 }), /task 'idle': priority: 6 is none; 1 is first, 3 the default, 5 last/],
    ['a pool that gives nothing', idles({ pool: { name: 'db', slots: 0 } }), /pool.slots: 0 is no number of slots/],
    ['a pool without a name', idles({ pool: '' }), /pool: it has no name/],
    ['a limit of no tasks', idles({ maxActive: 0 }), /maxActive: 0 is no number of tasks/],
    ['a cache that keeps for ever', idles({ cache: { key: 'a' } }), /cache: say how old a result may be: { ttl/],
    ['a cache that keeps nothing', idles({ cache: { ttl: '0 days' } }), /cache.ttl: '0 days' is no time at all/],
    ['a cache whose key is empty', idles({ cache: { ttl: '1 day', key: [] } }), /cache.key: it takes names of fields/],
    ['an upstream that is no reference', idles({ after: ['a'] }), /task 'idle': `after` takes references/],
    [
      'a sleep of no known length',
      () => build((d) => d.sleep('a while')),
      /task 'sleep': "a while" is neither a duration like '10 minutes' nor/,
    ],
    ['a sleep into the past', () => build((d) => d.sleep(-1)), /-1 ms is no time to sleep/],
    [
      'a form that no schema says',
      () => build((d) => d.approve('ask', {}, { input: foreignSchema as any })),
      /task 'ask': a form is made of/,
    ],
    [
      'an approval with half a duration',
      () => build((d) => d.approve('ask', {}, { within: '1' as any })),
      /task 'ask': within: '1' is not a duration/,
    ],
    ['a child that is no DAG', () => build((d) => d.runDag({} as any)), /d.runDag takes what dag/],
    ['a child of no possible id', () => build((d) => d.runDag('a b')), /'a b' is no id of a DAG/],
    ['a workflow that nobody made', () => build((d) => d.runWorkflow({} as any)), /takes what foreignWorkflow/],
    [
      'a workflow on no queue',
      () => build((d) => d.runWorkflow(foreignWorkflow('Train', {} as any))),
      /task 'Train': say the queue of the workers that have workflow 'Train'/,
    ],
    [
      'a workflow whose type is no id',
      () => build((d) => d.runWorkflow(foreignWorkflow('py.Train', { queue: 'python' }))),
      /'py.Train' cannot be an id; use letters, .*: { id: '…' }/,
    ],
    [
      'a foreign activity whose type is no id',
      () => build((d) => d.run(foreign('py.Train', {}))),
      /'py.Train' cannot be an id; .*{ id: '…' }/,
    ],
    [
      'an end before the start',
      whole({ startDate: '2026-02-01', endDate: '2026-01-01' }),
      /endDate: 2026-01-01 is before startDate 2026-02-01/,
    ],
    ['a start that is no day', whole({ startDate: '2026-02-30' }), /DAG 'nightly': startDate: '2026-02-30' is not a time/],
    ['jitter without a unit', whole({ jitter: '5' }), /jitter: '5' is not a duration/],
    ['an overlap that is none', whole({ overlap: 'perhaps' }), /overlap: 'perhaps' is none of allow_all, skip/],
    ['no tasks at all', whole({ maxActiveTasks: 0 }), /maxActiveTasks: 0 is no number of tasks/],
    ['a DAG of no priority', whole({ priority: 0 }), /DAG 'nightly': priority: 0 is none/],
    ['an empty tag', whole({ tags: [' '] }), /tags: a tag is empty/],
    ['a deadline that calls nobody', whole({ deadline: { after: '1 hour', callback: [] } }), /a deadline that calls nobody has no effect/],
    ['a deadline of no time', whole({ deadline: { after: '0 ms', callback: page } }), /deadline.after: '0 ms' is no time at all/],
    ['a schedule that is none', whole({ schedule: every('10 ms') }), /schedule: '10 ms' is shorter than a second/],
    ['a schedule over no assets', whole({ schedule: [] }), /schedule: A condition over assets names none\.$/],
    ['a callback of a DAG that is no task', whole({ onFailure: 'page' }), /DAG 'nightly': onFailure takes what task/],
  ];
  for (const [what, make, message] of cases)
    it(what, () => {
      const error = refusal(make);
      expect(error.code).to.equal('DAG_INVALID');
      expect(error.message).to.match(message).and.to.contain("DAG 'nightly'");
    });
});
