import { Client, Connection } from '@temporalio/client';
import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { publishedDagIds, publishedModelNames } from '../../client/publish.js';
import { removeSchedule } from '../../client/schedules.js';
import { sync, type ProjectContent } from '../../client/sync.js';
import { every } from '../../core/dag/schedule.js';
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
