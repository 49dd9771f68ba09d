import { expect } from 'chai';
import { z } from 'zod';
import { dag, foreign, format, maybe, task, type TaskState } from '../../../core/dag/index.js';
import { CallbackEvent } from '../../../core/dag/callbacks.js';
import { foreignWorkflow } from '../../../core/dag/foreign-workflow.js';
import { testDag, type TestResult } from '../../../core/dag/testing.js';
import type { TaskContext } from '../../../core/ports.js';
import type { Decision } from '../../../core/dag/spec.js';
import { refusalOf } from './support.js';

const START = '2026-03-01T00:00:00.000Z';
const at = { run: { logicalDate: START } };
const nothing = task({ id: 'nothing', run: () => null });
const work = (id: string, more: object = {}) => task({ id, run: () => id, ...more });
const statesOf = ({ tasks }: TestResult): Record<string, TaskState> =>
  Object.fromEntries(Object.entries(tasks).map(([instance, { state }]) => [instance, state]));
/** When things happened, without the date. */
const times = ({ timeline }: TestResult, event: string): string[] =>
  timeline.filter((entry) => entry.event === event).map((entry) => `${entry.instance} ${entry.at.slice(0, 10)} ${entry.at.slice(11, 19)}`);

describe('testDag, on its own clock', () => {
  it('sleeps without waiting: for a duration, for milliseconds, until a time', async () => {
    const pipeline = dag({ id: 'sleeps' }, (d) => {
      const one = d.sleep('36 hours', { id: 'one' });
      const two = d.sleep(90_000, { id: 'two', after: [one] });
      const three = d.sleep('2026-03-05T06:00:00Z', { id: 'three', after: [two] });
      d.sleep('2020-01-01', { id: 'past', after: [three] });
    });
    const result = await testDag(pipeline, {}, at);
    expect(result.state).to.equal('success');
    expect(times(result, 'end')).to.deep.equal([
      'one 2026-03-02 12:00:00',
      'two 2026-03-02 12:01:30',
      'three 2026-03-05 06:00:00',
      'past 2026-03-05 06:00:00',
    ]);
  });

  it('fails a sleep that says no time', async () => {
    const pipeline = dag({ id: 'sleeps', params: z.object({ how: z.string() }) }, (d, { params }) => d.sleep(params.how));
    const { tasks } = await testDag(pipeline, { how: 'a while' });
    expect(tasks['sleep']).to.deep.include({ state: 'failed' });
    expect(tasks['sleep']!.error!.code).to.equal('SLEEP_INVALID');
  });

  it('pauses between tries as the server does, and stops when the time for all of them is up', async () => {
    const broken = work('broken', { retries: 3 });
    const paced = work('paced', { retries: 5, backoff: { first: '1 minute', factor: 3, max: '5 minutes' } });
    const hurried = work('hurried', { retries: 5, total: '4 seconds' });
    const pipeline = dag({ id: 'retries' }, (d) => void [d.run(broken), d.run(paced), d.run(hurried)]);
    const result = await testDag(pipeline, {}, { ...at, outcomes: { broken: 'fail', paced: 'fail', hurried: 'fail' } });
    const ends = Object.fromEntries(times(result, 'end').map((line) => line.split(' 2026-03-01 ')));
    // 1 + 2 + 4 seconds; 1 + 3 + 5 + 5 + 5 minutes; after 1 + 2 seconds the next pause would be too long
    expect(ends).to.deep.equal({ broken: '00:00:07', paced: '00:19:00', hurried: '00:00:03' });
    expect(result.tasks['broken']).to.deep.include({ tries: 4 });
    expect(result.tasks['hurried']!.error!.code).to.equal('TASK_TIMED_OUT');
    expect(result.tasks['hurried']).to.deep.include({ tries: 3 });
  });

  it('asks a sensor until it answers, and takes errors that may pass for no answer', async () => {
    const file = task({ id: 'file', output: z.object({ name: z.string() }), run: () => ({ name: 'never called' }) });
    const asked: number[] = [];
    const pipeline = dag({ id: 'senses' }, (d) => d.sense(file, {}, { every: '10 minutes' }).name);
    const stub = (_: unknown, { attempt }: TaskContext) => {
      asked.push(attempt);
      if (attempt === 2) throw new Error('not reachable');
      return attempt < 5 ? [undefined, null, false][attempt % 3] : { name: 'a.csv' };
    };
    const result = await testDag(pipeline, {}, { ...at, stubs: { file: stub } });
    expect(result.output).to.equal('a.csv');
    expect(asked).to.deep.equal([1, 2, 3, 4, 5]);
    expect(times(result, 'end')).to.deep.equal(['file 2026-03-01 00:40:00']);
  });

  it('fails a sensor that has no answer in time, or that says that there will be none', async () => {
    const file = work('file');
    const lost = work('lost');
    const pipeline = dag({ id: 'senses' }, (d) => {
      d.sense(file, {}, { every: '1 hour', within: '1 day' });
      d.sense(lost, {}, { every: '1 hour' });
    });
    const gone = Object.assign(new Error('the feed was closed'), { nonRetryable: true });
    const result = await testDag(pipeline, {}, { ...at, outcomes: { file: 'not_yet', lost: ['not_yet', { throws: gone }] } });
    expect(result.tasks['file']!.error!.code).to.equal('TASK_TIMED_OUT');
    expect(result.tasks['file']!.tries).to.equal(25);
    expect(result.tasks['lost']).to.deep.include({ tries: 2, error: { code: 'Error', message: 'the feed was closed' } });
  });

  it('lets a try take time, up to the limit of the task', async () => {
    const pipeline = dag({ id: 'long' }, (d) => {
      d.run(work('short', { timeout: '2 hours' }));
      d.run(work('long', { timeout: '2 hours' }));
      d.run(work('longer')); // an hour is the default
    });
    const outcomes = { short: { takes: '90 minutes' }, long: { takes: '3 hours' }, longer: { takes: '90 minutes' } } as const;
    const result = await testDag(pipeline, {}, { ...at, outcomes });
    expect(statesOf(result)).to.deep.equal({ short: 'success', long: 'failed', longer: 'failed' });
    expect(result.tasks['long']!.error!.code).to.equal('TASK_TIMED_OUT');
    expect(times(result, 'end')).to.deep.equal(['longer 2026-03-01 01:00:00', 'short 2026-03-01 01:30:00', 'long 2026-03-01 02:00:00']);
  });

  it('calls the tasks of a missed deadline, and goes on', async () => {
    const told: unknown[] = [];
    const page = task({ id: 'page', input: CallbackEvent, run: (event) => void told.push(event) });
    const pipeline = dag({ id: 'slow', deadline: { after: '2 hours', callback: page } }, (d) => d.run(nothing, {}, { timeout: '1 day' }));
    const late = await testDag(pipeline, {}, { ...at, outcomes: { nothing: { takes: '3 hours' } } });
    expect(late).to.deep.include({ state: 'success', late: '2026-03-01T02:00:00.000Z' });
    expect(told).to.deep.equal([{ event: 'deadline', dag: 'slow', run: 'slow-test' }]);
    const early = await testDag(pipeline, {}, { ...at, outcomes: { nothing: { takes: '1 hour' } } });
    expect(early).to.not.have.property('late');
    expect(early.callbacks).to.deep.equal([]);
  });
});

describe('testDag, asked for an approval', () => {
  const deploy = task({
    id: 'deploy',
    input: z.object({ by: z.string(), size: z.number().optional() }),
    run: ({ by, size }) => [by, size ?? 0],
  });
  const form = z.object({ size: z.number().int() });
  const pipeline = dag({ id: 'asks', params: z.object({ auc: z.number() }) }, (d, { params }) => {
    const said = d.approve('sign', { title: format`auc ${params.auc}`, show: { auc: params.auc } }, { within: '2 days', input: form });
    return d.branch(said.decision, {
      approved: () => d.run(deploy, { by: said.approver, size: maybe(said.input.size) }),
      rejected: () => null,
    });
  });

  it('answers as the test says, by a word, in full or by looking at the request', async () => {
    const full = { decision: 'approved', approver: 'ana', input: { size: 3 }, after: '30 hours' } as const;
    const result = await testDag(pipeline, { auc: 0.9 }, { ...at, approvals: { sign: full } });
    expect(result.output).to.deep.equal(['ana', 3]);
    const decision = { decision: 'approved', approver: 'ana', reason: '', input: { size: 3 }, at: '2026-03-02T06:00:00.000Z' };
    expect(result.tasks['sign']!.output).to.deep.equal(decision);
    expect((await testDag(pipeline, { auc: 0.9 }, { approvals: { sign: 'rejected' } })).output).to.equal(null);
    const look = async (auc: number): Promise<string> => {
      const { tasks } = await testDag(pipeline, { auc }, { approvals: { sign: ({ show }) => (show.auc > 0.8 ? full : 'rejected') } });
      return (tasks['sign']!.output as Decision).decision;
    };
    expect([await look(0.9), await look(0.7)]).to.deep.equal(['approved', 'rejected']);
  });

  it('lets the time for it pass', async () => {
    const { tasks } = await testDag(pipeline, { auc: 1 }, { approvals: { sign: 'never' } });
    expect(tasks['sign']!.error).to.deep.equal({ code: 'APPROVAL_TIMED_OUT', message: 'Nobody answered within 2 days.' });
    const tooLate = await testDag(pipeline, { auc: 1 }, { approvals: { sign: { decision: 'rejected', after: '3 days' } } });
    expect(tooLate.tasks['sign']!.error!.code).to.equal('APPROVAL_TIMED_OUT');
  });

  it('says how to answer where the test does not, and what is wrong with an answer', async () => {
    const silent = await refusalOf(testDag(pipeline, { auc: 1 }));
    expect(silent.message).to.contain("approvals: { 'sign': 'approved' }").and.contain("'never'");
    const wrong = await refusalOf(testDag(pipeline, { auc: 1 }, { approvals: { sign: { decision: 'approved', input: { size: 'L' } } } }));
    expect(wrong.message).to.match(/approval 'sign' does not fit what it asks for: input\.size: /);
  });
});

describe('testDag, with child runs', () => {
  const child = dag({ id: 'child', params: z.object({ n: z.number() }) }, (d, { params, run }) => {
    const made = d.run(task({ id: 'make', input: z.object({ n: z.number() }), run: ({ n }) => n * 10 }), { n: params.n });
    return { made, date: run.logicalDate };
  });
  const score = foreignWorkflow<{ uri: string }, { auc: number }>('py.Score', { queue: 'python' });
  const parent = dag({ id: 'parent' }, (d) => d.map([1, 2], (n) => d.runDag(child, { n }), { id: 'each' }));

  it('runs a child DAG in this process, for the same time', async () => {
    const result = await testDag(parent, {}, { ...at, children: { child } });
    expect(result.output).to.deep.equal([
      { made: 10, date: START },
      { made: 20, date: START },
    ]);
    expect(result.children['each[1].child']).to.deep.include({ dag: 'child', runId: 'parent-test/each[1].child', state: 'success' });
    expect(result.children['each[1].child']!.run.kind).to.equal('triggered');
  });

  it('fails with the child, whose tasks can be named by where they are', async () => {
    const result = await testDag(parent, {}, { children: { child }, outcomes: { 'each[0].child/make': 'fail', make: { returns: 7 } } });
    expect(statesOf(result)).to.deep.equal({ 'each[0].child': 'failed', 'each[1].child': 'success' });
    expect(result.tasks['each[0].child']!.error!.code).to.equal('DAG_RUN_FAILED');
    expect(result.tasks['each[0].child']!.error!.message).to.contain('make (ChosenFailure: ');
    expect(result.tasks['each[1].child']!.output.made).to.equal(7);
  });

  it('refuses params that do not fit, and ends a child that takes too long', async () => {
    const wrong = dag({ id: 'parent' }, (d) => d.runDag('child', { n: 'x' }));
    expect((await testDag(wrong, {}, { children: { child } })).tasks['child']!.error!.code).to.equal('DAG_PARAMS_INVALID');
    const slow = dag({ id: 'slow' }, (d) => d.sleep('2 days'));
    const impatient = dag({ id: 'parent' }, (d) => d.runDag(slow, {}, { timeout: '1 day' }));
    const { tasks, children } = await testDag(impatient, {}, { children: { slow } });
    expect(tasks['slow']!.error!.code).to.equal('TASK_TIMED_OUT');
    expect(children['slow']).to.deep.include({ state: 'failed', cancelled: true });
  });

  it('takes a stub for a child run or a workflow of another worker, and asks for one', async () => {
    const both = dag({ id: 'both' }, (d) => [d.runWorkflow(score, { uri: 'x' }, { id: 'score' }).auc, d.runDag(child, { n: 1 }).made]);
    const stubs = { 'py.Score': ({ uri }: { uri: string }) => ({ auc: uri.length }), child: { made: 5, date: '' } };
    expect((await testDag(both, {}, { stubs })).output).to.deep.equal([1, 5]);
    const missing = await refusalOf(testDag(both, {}, { children: { child } }));
    expect(missing.message).to.contain("the workflow 'py.Score'").and.contain("stubs: { 'score': … }");
    const absent = await refusalOf(testDag(both, {}, { stubs: { 'py.Score': 1 } }));
    expect(absent.message).to.contain("children: { 'child': … }");
  });
});

describe('testDag, told how tries end', () => {
  it('fails, skips, returns and throws by try, where stubs and bodies would have done otherwise', async () => {
    const typed = task({ id: 'typed', output: z.object({ n: z.number() }), run: () => ({ n: 1 }) });
    const pipeline = dag({ id: 'chosen' }, (d) => {
      d.run(typed, {}, { id: 'a', retries: 1 });
      d.run(typed, {}, { id: 'b' });
      d.run(typed, {}, { id: 'c' });
      d.run(typed, {}, { id: 'd', retries: 2 });
      d.run(typed, {}, { id: 'e' });
      d.run(foreign<object, string>('go.Build'), {}, { id: 'f' });
    });
    const { tasks } = await testDag(
      pipeline,
      {},
      {
        stubs: { a: { n: 2 }, b: { n: 2 } },
        outcomes: {
          a: ['fail', 'success'],
          b: 'skip',
          c: { returns: { n: 3 } },
          d: ['fail', { throws: new RangeError('no') }, { returns: { n: 'x' } }],
          e: { returns: 'x' },
          'go.Build': { returns: 'built' },
        },
      },
    );
    expect(tasks['a']).to.deep.include({ state: 'success', tries: 2, output: { n: 2 } });
    expect(tasks['b']).to.deep.include({ state: 'skipped', summary: 'the test says so' });
    expect(tasks['c']).to.deep.include({ state: 'success', output: { n: 3 } });
    expect(tasks['d']!.error!.code).to.equal('TASK_OUTPUT_INVALID');
    expect(tasks['d']).to.deep.include({ tries: 3 });
    expect(tasks['e']!.error!.code).to.equal('TASK_OUTPUT_INVALID');
    expect(tasks['f']).to.deep.include({ state: 'success', output: 'built' });
  });

  it('refuses names that stand for nothing', async () => {
    const pipeline = dag({ id: 'named' }, (d) => d.map([1], () => d.run(nothing), { id: 'm' }));
    expect((await refusalOf(testDag(pipeline, {}, { outcomes: { nothin: 'fail' } }))).message).to.contain(
      "'nothin', which is no task of 'named'",
    );
    expect((await refusalOf(testDag(pipeline, {}, { approvals: { m: 'approved' } }))).message).to.contain("'m', which is no approval");
    expect((await testDag(pipeline, {}, { outcomes: { 'm[0].nothing': 'skip' } })).tasks['m[0].nothing']!.state).to.equal('skipped');
  });
});

describe('testDag, with the marks of tasks', () => {
  it('runs no more at a time than the DAG, the task and the map allow', async () => {
    const most = async (pipeline: ReturnType<typeof dag>) => {
      const { timeline } = await testDag(pipeline, {}, { outcomes: { w: { takes: '1 minute' } } });
      let [now, top] = [0, 0];
      for (const { event } of timeline) top = Math.max(top, (now += event === 'start' ? 1 : event === 'end' ? -1 : 0));
      return top;
    };
    const items = [1, 2, 3, 4, 5, 6];
    const w = work('w');
    expect(await most(dag({ id: 'free' }, (d) => d.map(items, () => d.run(w))))).to.equal(6);
    expect(await most(dag({ id: 'map' }, (d) => d.map(items, () => d.run(w), { maxConcurrency: 2 })))).to.equal(2);
    expect(await most(dag({ id: 'whole', maxActiveTasks: 3 }, (d) => d.map(items, () => d.run(w))))).to.equal(3);
    expect(await most(dag({ id: 'task' }, (d) => d.map(items, () => d.run(w, {}, { maxActive: 4 }))))).to.equal(4);
  });

  it('waits for ever for a task of the run before that has failed', async () => {
    const pipeline = dag({ id: 'past' }, (d) => {
      const load = d.run(work('load'), {}, { dependsOnPast: true });
      d.run(work('after'), {}, { after: [load] });
      d.run(work('beside'));
    });
    expect((await testDag(pipeline, {})).state).to.equal('success');
    expect((await testDag(pipeline, {}, { past: { load: 'skipped' } })).state).to.equal('success');
    const stuck = await testDag(pipeline, {}, { past: { load: 'failed' } });
    expect(stuck.state).to.equal('running');
    expect(statesOf(stuck)).to.deep.equal({ load: 'deferred', after: 'scheduled', beside: 'success' });
  });

  it('tells what runs of a DAG that fails fast to stop', async () => {
    const listen = task({
      id: 'listen',
      run: (_, ctx) => new Promise((_, no) => ctx.signal.addEventListener('abort', () => no(new Error('told')))),
    });
    const pipeline = dag({ id: 'fast', failFast: true }, (d) => {
      d.run(work('boom'), {});
      d.sleep('1 day', { id: 'nap' });
      const rest = d.run(listen);
      d.run(work('never'), {}, { after: [rest] });
    });
    const result = await testDag(pipeline, {}, { ...at, outcomes: { boom: 'fail' } });
    expect(statesOf(result)).to.deep.equal({ boom: 'failed', nap: 'failed', listen: 'failed', never: 'skipped' });
    expect(result.tasks['nap']!.error!.code).to.equal('TASK_CANCELLED');
    expect(result.tasks['listen']!.error!.code).to.equal('TASK_CANCELLED');
    expect(times(result, 'end').every((line) => line.endsWith('00:00:00'))).to.equal(true);
  });

  it('undoes what a failed attempt of a group did before it tries again', async () => {
    const log: string[] = [];
    const undo = task({ id: 'undo', run: (_, { key }) => void log.push(key) });
    const pipeline = dag({ id: 'again' }, (d) =>
      d.group(
        'etl',
        () => {
          const made = d.run(work('make'), {}, { compensate: [undo, () => ({})] });
          d.run(work('check'), {}, { after: [made] });
        },
        { retries: 1 },
      ),
    );
    const result = await testDag(pipeline, {}, { outcomes: { 'etl.check': 'fail' } });
    expect(result.timeline.filter(({ event }) => event === 'start').map(({ instance }) => instance)).to.deep.equal([
      'etl.make',
      'etl.check',
      'etl.make.undo',
      'etl#2/make',
      'etl#2/check',
      'etl#2/make.undo',
    ]);
    expect(log).to.deep.equal(['again-test/etl.make.undo', 'again-test/etl#2/make.undo']);
  });

  it('calls the tasks that are told of ends, with what happened', async () => {
    const tell = task({ id: 'tell', input: CallbackEvent, run: () => null });
    const broken = task({ id: 'broken', input: CallbackEvent, run: () => Promise.reject(new Error('no pager')) });
    const pipeline = dag({ id: 'told', onFailure: tell, onSuccess: tell }, (d) => {
      d.run(work('good'), {}, { onSuccess: [tell, broken] });
      d.run(work('bad'), {}, { retries: 1, onRetry: tell, onFailure: tell });
    });
    const { callbacks, state } = await testDag(pipeline, {}, { outcomes: { bad: 'fail' } });
    const error = { code: 'ChosenFailure', message: 'The test says so.' };
    const of = { dag: 'told', run: 'told-test' };
    expect(state).to.equal('failed');
    expect(callbacks).to.have.deep.members([
      { task: 'tell', event: { event: 'success', instance: 'good', attempt: 1, ...of } },
      { task: 'broken', event: { event: 'success', instance: 'good', attempt: 1, ...of }, error: { code: 'Error', message: 'no pager' } },
      { task: 'tell', event: { event: 'retry', instance: 'bad', attempt: 1, error, ...of } },
      { task: 'tell', event: { event: 'failure', instance: 'bad', attempt: 2, error, ...of } },
      { task: 'tell', event: { event: 'failure', error, ...of } },
    ]);
  });

  it('keeps what nodes keep from run to run, and hands on what the test says they kept', async () => {
    const count = task({
      id: 'count',
      run: async (_, { state }) => {
        const mine = state.of('runs');
        await mine.update<number>((n = 0) => n + 1);
        return [(await state.get<string>()) ?? '', (await mine.get<number>()) ?? 0];
      },
    });
    const pipeline = dag({ id: 'keeps' }, (d) => d.run(count, {}, { id: 'c' }));
    const first = await testDag(pipeline, {}, { kept: { c: 'cursor' } });
    expect(first.output).to.deep.equal(['cursor', 1]);
    const second = await testDag(pipeline, {}, { kept: first.kept });
    expect(second.output).to.deep.equal(['cursor', 2]);
  });
});
