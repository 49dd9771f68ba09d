import { Client, Connection } from '@temporalio/client';
import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { pauseDag } from '../../client/catch-up.js';
import { publishedDagIds, publishedModelNames } from '../../client/publish.js';
import { removeSchedule } from '../../client/schedules.js';
import { sync, type ProjectContent } from '../../client/sync.js';
import { cron, every } from '../../core/dag/schedule.js';
import { csv, defineModel, processTrainer } from '../../core/lifecycle/model-spec.js';
import type { ObjectStore } from '../../core/ports.js';
import { FolderStore } from '../../platform/object-store/folder.js';
import { tempFolder, temporalAddress } from '../support/fixtures.js';

describe('Syncing a project', function () {
  const id = randomUUID().slice(0, 8);
  const [etl, report, model] = [`etl-${id}`, `report-${id}`, `m${id}`];
  let client: Client;
  let objects: ObjectStore;

  const content = (dags: readonly string[], more: Partial<ProjectContent> = {}): ProjectContent => ({
    name: 'shop',
    dags: dags.map((dag) => ({
      spec: { id: dag, version: 1, nodes: {}, schedule: every('1 day') },
      hash: `hash-of-${dag}`,
      file: `dags/${dag}.ts`,
    })),
    models: [],
    whole: true,
    ...more,
  });
  const scheduleIds = async (): Promise<string[]> => {
    const wanted = [`dag/${etl}`, `dag/${report}`, `model/${model}/monitoring`];
    const found = await Promise.all(
      wanted.map((schedule) =>
        client.schedule
          .getHandle(schedule)
          .describe()
          .then(
            () => [schedule],
            () => [],
          ),
      ),
    );
    return found.flat();
  };

  before(async function () {
    client = new Client({ connection: await Connection.connect({ address: await temporalAddress(this) }) });
  });
  beforeEach(() => (objects = new FolderStore(tempFolder())));
  after(async () => {
    for (const schedule of [`dag/${etl}`, `dag/${report}`, `model/${model}/monitoring`]) await removeSchedule(client, schedule);
    await client.workflow
      .getHandle(`model/${model}`)
      .terminate()
      .catch(() => undefined);
    await client?.connection.close();
  });

  it('publishes and schedules what is new, and says that a second time changes nothing', async () => {
    expect(await sync(client, objects, content([etl, report]))).to.deep.equal({
      dags: { published: [etl, report], unchanged: [], retired: [] },
      models: { published: [], unchanged: [], retired: [] },
      schedules: [`dag/${etl}`, `dag/${report}`],
      backfills: [],
      pools: [],
    });
    expect((await sync(client, objects, content([etl, report]))).dags).to.deep.equal({
      published: [],
      unchanged: [etl, report],
      retired: [],
    });
    expect(await scheduleIds()).to.deep.equal([`dag/${etl}`, `dag/${report}`]);
  });

  it('retires what the project no longer has, and its schedule', async () => {
    await sync(client, objects, content([etl, report]));
    expect((await sync(client, objects, content([etl]))).dags.retired).to.deep.equal([report]);
    expect(await publishedDagIds(objects)).to.deep.equal([etl]);
    expect(await scheduleIds()).to.deep.equal([`dag/${etl}`]);
  });

  it('retires nothing while some file of the project is broken', async () => {
    await sync(client, objects, content([etl, report]));
    expect((await sync(client, objects, content([etl], { whole: false }))).dags.retired).to.deep.equal([]);
    expect(await scheduleIds()).to.deep.equal([`dag/${etl}`, `dag/${report}`]);
  });

  it('leaves alone what another project published', async () => {
    await sync(client, objects, content([etl], { name: 'warehouse' }));
    expect((await sync(client, objects, content([report]))).dags).to.deep.equal({ published: [report], unchanged: [], retired: [] });
    expect(await publishedDagIds(objects)).to.deep.equal([etl, report]);
  });

  it('changes a schedule, leaves a paused one paused, and never has two', async () => {
    await sync(client, objects, content([etl]));
    await pauseDag(client, etl, 'a holiday');
    const spec = { id: etl, version: 1 as const, nodes: {}, schedule: cron('0 7 * * *') };
    await sync(client, objects, content([], { dags: [{ spec, hash: 'changed', file: `dags/${etl}.ts` }] }));
    const { state, info } = await client.schedule.getHandle(`dag/${etl}`).describe();
    expect(state.paused).to.equal(true);
    expect(new Set(info.nextActionTimes.map((time) => time.getUTCHours()))).to.deep.equal(new Set([7]));
    await client.schedule.getHandle(`dag/${etl}`).unpause();
    let schedules = 0;
    for await (const { scheduleId } of client.schedule.list()) if (scheduleId.includes(etl)) schedules++;
    expect(schedules).to.be.lessThan(2);
  });

  it('makes up once for what a DAG that catches up has missed since its start date', async () => {
    const spec = { id: report, version: 1 as const, nodes: {}, schedule: every('1 day'), catchup: true, startDate: '2026-01-01' };
    const dags = [{ spec, hash: 'catches-up', file: `dags/${report}.ts` }];
    await removeSchedule(client, `dag/${report}`);
    const { backfills } = await sync(client, objects, content([], { dags }));
    const { createdAt } = (await client.schedule.getHandle(`dag/${report}`).describe()).info;
    expect(backfills).to.deep.equal([`backfill/${report}/2026-01-01T00:00:00.000Z..${createdAt.toISOString()}`]);
    const { type, status } = await client.workflow.getHandle(backfills[0]!).describe();
    expect({ type, status: status.name }).to.deep.equal({ type: 'backfill', status: 'RUNNING' });
    await client.workflow.getHandle(backfills[0]!).terminate(); // nobody runs it here
    expect((await sync(client, objects, content([], { dags }))).backfills).to.deep.equal([]);
  });

  it('removes the schedule of a DAG that no longer has one', async () => {
    await sync(client, objects, content([etl]));
    const unscheduled = { spec: { id: etl, version: 1 as const, nodes: {} }, hash: 'other', file: `dags/${etl}.ts` };
    await sync(client, objects, content([], { dags: [unscheduled] }));
    expect(await scheduleIds()).not.to.include(`dag/${etl}`);
  });

  it('opens the door of a model once', async () => {
    const { spec } = defineModel({
      name: model,
      problem: { kind: 'binary', target: 'y', positive: '1' },
      data: { source: csv('d.csv'), time: 't', features: { x: 'number' }, window: { training: '4 weeks', holdout: '1 week' } },
      trainer: processTrainer('sklearn'),
      monitor: { every: '1 week' },
    });
    const models = [{ spec, hash: 'h', file: 'models/m.ts' }];
    expect((await sync(client, objects, content([], { models }))).models.published).to.deep.equal([model]);
    const first = await client.workflow.getHandle(`model/${model}`).describe();
    expect({ type: first.type, status: first.status.name }).to.deep.equal({ type: 'model', status: 'RUNNING' });
    await sync(client, objects, content([], { models }));
    expect((await client.workflow.getHandle(`model/${model}`).describe()).runId).to.equal(first.runId);
    expect(await publishedModelNames(objects)).to.deep.equal([model]);
    expect(await scheduleIds()).to.include(`model/${model}/monitoring`);
  });
});
