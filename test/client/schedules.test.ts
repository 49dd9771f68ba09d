import { Client, Connection, ScheduleNotFoundError, type ScheduleDescription } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { dagSchedule, ensureSchedule, modelSchedules, removeSchedule } from '../../client/schedules.js';
import { dag } from '../../core/dag/index.js';
import { csv, defineModel, processTrainer, type ModelSpec } from '../../core/lifecycle/model-spec.js';
import { at, cron, every, firings, type Schedule } from '../../core/dag/schedule.js';
import type { DagSpec } from '../../core/dag/spec.js';
import { scheduledRunId } from '../../core/names.js';
import { temporalAddress } from '../support/fixtures.js';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Set by Temporal on what a schedule starts. */
const FIRED_AT = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

const dagWith = (schedule: Schedule, more: Partial<DagSpec> = {}): DagSpec => ({
  ...{ id: `s-${randomUUID()}`, version: 1, nodes: {}, schedule },
  ...more,
});

const modelNamed = (name: string, retrain?: { on: ('drift' | 'schedule')[]; schedule: ReturnType<typeof cron> }): ModelSpec =>
  defineModel({
    name,
    problem: { kind: 'binary', target: 'y', positive: '1' },
    data: { source: csv('d.csv'), time: 't', features: { x: 'number' }, window: { training: '4 weeks', holdout: '1 week' } },
    trainer: processTrainer('sklearn'),
    monitor: { every: '1 week', anchor: '1997-04-22' },
    ...(retrain ? { retrain } : {}),
  }).spec;

describe('Schedules', function () {
  let client: Client;
  const ids: string[] = [];
  before(async function () {
    client = new Client({ connection: await Connection.connect({ address: await temporalAddress(this) }) });
  });
  after(async () => {
    await Promise.all(ids.map((id) => removeSchedule(client, id)));
    await client?.connection.close();
  });

  /** Creates (or changes) the schedule and reads what the server made of it. */
  const scheduled = async (wanted: Parameters<typeof ensureSchedule>[1]): Promise<ScheduleDescription> => {
    ids.push(wanted.scheduleId);
    await ensureSchedule(client, wanted);
    return client.schedule.getHandle(wanted.scheduleId).describe();
  };
  const times = ({ info }: ScheduleDescription): Date[] => info.nextActionTimes;

  it('fire at the local time of their zone', async () => {
    const next = times(await scheduled(dagSchedule(dagWith(cron('30 3 * * *', { timezone: 'Europe/Warsaw' })))!));
    const local = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Warsaw', hour: '2-digit', minute: '2-digit' });
    expect(new Set(next.map((at) => local.format(at)))).to.deep.equal(new Set(['03:30']));
  });

  it('fire as cron has it when day of month and day of week are both restricted: on either', async () => {
    const next = times(await scheduled(dagSchedule(dagWith(cron('0 0 13 * 5')))!));
    expect(next).to.have.length.greaterThan(4);
    for (const at of next) expect(at.getUTCDate() === 13 || at.getUTCDay() === 5, at.toISOString()).to.equal(true);
    // five Fridays in a row cannot all be thirteenths
    expect(next.some((at) => at.getUTCDate() !== 13)).to.equal(true);
  });

  it('know @quarterly', async () => {
    const next = times(await scheduled(dagSchedule(dagWith(cron('@quarterly')))!));
    for (const at of next) expect([at.getUTCMonth() % 3, at.getUTCDate(), at.getUTCHours()]).to.deep.equal([0, 1, 0]);
  });

  it('align intervals to their anchor', async () => {
    const [monitoring] = modelSchedules(modelNamed(`m${randomUUID().slice(0, 8)}`));
    for (const at of times(await scheduled(monitoring!))) expect((at.getTime() - Date.parse('1997-04-22')) % WEEK_MS).to.equal(0);
    const before1970 = times(await scheduled(dagSchedule(dagWith(every('3 hours', { anchor: '1969-12-31T22:10:00Z' })))!));
    for (const at of before1970) expect((at.getTime() - Date.parse('1969-12-31T22:10:00Z')) % (3 * 3_600_000)).to.equal(0);
  });

  it('count intervals without an anchor from the start date', async () => {
    const start = '2026-01-06T06:30:00Z'; // a Tuesday; weeks from 1970 begin on Thursdays
    const { spec } = dag({ id: `s-${randomUUID()}`, schedule: every('1 week'), startDate: start }, () => 1);
    const weekly = times(await scheduled(dagSchedule(spec)!));
    expect(weekly).to.have.length.greaterThan(1);
    for (const at of weekly) expect((at.getTime() - Date.parse(start)) % WEEK_MS, at.toISOString()).to.equal(0);
    const soon = { from: new Date().toISOString(), to: weekly.at(-1)!.toISOString() };
    expect([...firings(spec.schedule!, soon, spec)]).to.deep.equal(weekly.map((at) => at.toISOString()));
  });

  it('start the DAG on the orchestration queue, with a run id that ends in the firing time', async () => {
    const dag = dagWith(every('1 day'));
    const { action, policies } = await scheduled(dagSchedule(dag)!);
    expect(action).to.include({ type: 'startWorkflow', workflowType: dag.id, taskQueue: 'orchestration', workflowId: dag.id });
    expect(policies).to.deep.include({ overlap: 'ALLOW_ALL', catchupWindow: 60_000 });
    const name = `m${randomUUID().slice(0, 8)}`;
    const [monitoring, retraining] = modelSchedules(modelNamed(name, { on: ['schedule'], schedule: cron('0 3 1 * *') }));
    const { action: started } = await scheduled(retraining!);
    expect(started).to.deep.include({ workflowType: 'retraining', workflowId: `retraining-${name}`, args: [{ model: name }] });
    expect(monitoring!.scheduleId).to.equal(`model/${name}/monitoring`);
  });

  it('start every run, unless the DAG says what happens to one that comes too early', async () => {
    const { policies } = await scheduled(dagSchedule(dagWith(every('1 day'), { maxActiveRuns: 1 }))!);
    expect(policies.overlap).to.equal('ALLOW_ALL'); // the run itself waits for its turn
    const buffered = await scheduled(dagSchedule(dagWith(every('1 day'), { overlap: 'buffer_one' }))!);
    expect(buffered.policies.overlap).to.equal('BUFFER_ONE');
  });

  it('make up for outages where the DAG catches up', async () => {
    const { policies } = await scheduled(dagSchedule(dagWith(every('1 day'), { catchup: true }))!);
    expect(policies.catchupWindow).to.be.greaterThan(300 * DAY_MS);
  });

  it('fire neither before their start date nor after their end date', async () => {
    const startDate = new Date(Date.now() + 10.5 * DAY_MS).toISOString();
    const endDate = new Date(Date.now() + 13 * DAY_MS).toISOString();
    const next = times(await scheduled(dagSchedule(dagWith(cron('@daily'), { startDate, endDate }))!));
    expect(next.map((at) => at.toISOString())).to.deep.equal([...firings(cron('@daily'), { from: startDate, to: endDate })]);
    expect(next).to.have.length.within(2, 3);
  });

  it('fire at the only date of their span, to the second', async () => {
    const startDate = '2100-03-01T00:00:00Z';
    const next = times(await scheduled(dagSchedule(dagWith(cron('@daily'), { startDate, endDate: startDate }))!));
    expect(next.map((at) => at.toISOString())).to.deep.equal(['2100-03-01T00:00:00.000Z']);
  });

  it('spread their runs where the DAG asks for it', async () => {
    const { spec, info } = await scheduled(dagSchedule(dagWith(cron('@hourly'), { jitter: '10 minutes' }))!);
    expect(spec.jitter).to.equal(600_000);
    const late = info.nextActionTimes.map((time) => time.getTime() % 3_600_000);
    for (const ms of late) expect(ms).to.be.lessThan(600_000);
    expect(new Set(late).size).to.be.greaterThan(5);
  });

  it('fire at listed times and are then over', async () => {
    const [first, second] = [new Date(Date.now() + DAY_MS), new Date(Date.now() + 400 * DAY_MS)].map((time) => {
      time.setMilliseconds(0);
      return time.toISOString();
    });
    const next = times(await scheduled(dagSchedule(dagWith(at([second!, first!, '1999-01-01', '2020-01-01'])))!));
    expect(next.map((time) => time.toISOString())).to.deep.equal([first, second]);
  });

  it('start a one-off once, with the time that was meant', async () => {
    const time = new Date(Math.ceil(Date.now() / 1_000 + 1) * 1_000).toISOString();
    const dag = dagWith(at([time]));
    const { scheduleId } = dagSchedule(dag)!;
    await scheduled(dagSchedule(dag)!);
    const runId = scheduledRunId(dag.id, time);
    // nobody runs it: that it was started is all
    for (const deadline = Date.now() + 20_000; ; await new Promise((done) => setTimeout(done, 100))) {
      const started = await client.workflow
        .getHandle(runId)
        .describe()
        .catch(() => undefined);
      if (started) {
        expect(started.typedSearchAttributes.get(FIRED_AT)?.toISOString()).to.equal(time);
        break;
      }
      expect(Date.now(), `there is no run '${runId}'`).to.be.lessThan(deadline);
    }
    await ensureSchedule(client, dagSchedule(dag)!); // the next sync
    const { info } = await client.schedule.getHandle(scheduleId).describe();
    expect(info.nextActionTimes).to.deep.equal([]);
    expect(info.numActionsTaken).to.equal(1);
    await client.workflow.getHandle(runId).terminate();
  });

  it('change with the DAG and stay paused', async () => {
    const dag = dagWith(cron('0 1 * * *'));
    const { scheduleId } = dagSchedule(dag)!;
    await scheduled(dagSchedule(dag)!);
    await client.schedule.getHandle(scheduleId).pause('holidays');
    const changed = await scheduled(dagSchedule({ ...dag, schedule: cron('0 2 * * *') })!);
    expect(changed.state).to.include({ paused: true, note: 'holidays' });
    expect(new Set(times(changed).map((at) => at.getUTCHours()))).to.deep.equal(new Set([2]));
  });

  it('are removed once, and removing them again is no error', async () => {
    const wanted = dagSchedule(dagWith(every('1 day')))!;
    await ensureSchedule(client, wanted);
    expect(await removeSchedule(client, wanted.scheduleId)).to.equal(true);
    expect(await removeSchedule(client, wanted.scheduleId)).to.equal(false);
    const error = await client.schedule
      .getHandle(wanted.scheduleId)
      .describe()
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ScheduleNotFoundError);
  });

  it('exist only where a DAG or a model has one', () => {
    expect(dagSchedule({ id: 'x', version: 1, nodes: {} })).to.equal(undefined);
    const name = 'calm';
    expect(modelSchedules(modelNamed(name)).map(({ scheduleId }) => scheduleId)).to.deep.equal([`model/${name}/monitoring`]);
  });
});
