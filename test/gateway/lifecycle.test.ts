import { expect } from 'chai';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayHeartbeat } from '../../core/lifecycle/heartbeat.js';
import { METRICS } from '../../platform/metrics.js';
import { createRegistry } from '../../platform/registry/index.js';
import { addVersion, deploy, serveModel } from '../support/served-model.js';
import { eventually, goldenFeatures, newPlace, openGateway, v2Body, type Place } from './support.js';

const payload = v2Body(goldenFeatures('logistic').slice(0, 5));
const infer = { method: 'POST', url: '/v2/models/prices/infer', payload } as const;

const heartbeat = async ({ objects }: Place, id: string): Promise<GatewayHeartbeat | undefined> => {
  const key = `gateways/production/${id}.json`;
  if (!(await objects.head(key))) return undefined;
  return GatewayHeartbeat.parse(JSON.parse(Buffer.from((await objects.get(key)).body).toString()));
};

describe('gateway: from start to stop', () => {
  let place: Place;

  beforeEach(async () => {
    place = newPlace();
    await serveModel(place.objects, { model: 'prices', version: 'v1' });
  });

  it('says in its heartbeat what it serves, answered and flushed, and takes it away when it stops', async () => {
    const app = await openGateway(place, { id: 'gw-a' });
    await app.inject(infer);
    await app.inject({ ...infer, payload: {} });
    const labels = [{ prediction_id: 'a', label: 'UP' }];
    await app.inject({ method: 'POST', url: '/v1/models/prices/labels', payload: { labels } });
    await app.inject({ method: 'POST', url: '/v1/flush' });
    const settled = async (): Promise<boolean> => (await heartbeat(place, 'gw-a'))?.models[0]?.flushed === 5;
    await eventually('the heartbeat shows the flush', settled);
    const { models, ...about } = (await heartbeat(place, 'gw-a'))!;
    expect(about).to.include({ gateway: 'gw-a', environment: 'production' });
    expect(Date.now() - Date.parse(about.at)).to.be.lessThan(5_000);
    const [{ latencyP99Ms, ...served }] = models as [GatewayHeartbeat['models'][number]];
    const counts = { answered: 5, flushed: 5, labels: { accepted: 1, flushed: 1 }, errors: 0 };
    expect(served).to.deep.equal({ model: 'prices', version: 'v1', generation: 1, ...counts });
    expect(latencyP99Ms).to.be.greaterThan(0);
    expect((await createRegistry(place.objects).liveGateways('production')).map(({ gateway }) => gateway)).to.deep.equal(['gw-a']);
    await app.close();
    expect(await heartbeat(place, 'gw-a')).to.equal(undefined);
  });

  it('lets a rollback be verified at every live gateway', async () => {
    const gateways = [await openGateway(place, { id: 'gw-a' }), await openGateway(place, { id: 'gw-b' })];
    await addVersion(place.objects, { model: 'prices', version: 'v2', fixture: 'trees' });
    const { generation } = await deploy(place.objects, { model: 'prices', version: 'v2' });
    const seen = await createRegistry(place.objects).waitUntilServed('prices', 'production', generation, { timeoutMs: 5_000 });
    expect(seen.map(({ gateway }) => gateway)).to.have.members(['gw-a', 'gw-b']);
    for (const app of gateways) expect((await app.inject(infer)).headers['x-model-version']).to.equal('v2');
    await Promise.all(gateways.map((app) => app.close()));
  });

  it('stores what it answered before it stops, and leaves nothing on the disk but copies of models', async () => {
    const app = await openGateway(place, { timing: { flushMs: 60_000 } });
    await app.inject(infer);
    await app.close();
    const keys: string[] = [];
    for await (const { key } of place.objects.list('predictions/')) keys.push(key);
    expect(keys).to.have.length(1);
    expect(readdirSync(join(place.stateDir, 'journal'))).to.deep.equal([]);
    expect(readdirSync(join(place.stateDir, 'gateway-models'))).to.have.length(1);
  });

  it('starts before anything is deployed, and is ready', async () => {
    const empty = await openGateway(newPlace());
    expect((await empty.inject('/v2/health/ready')).statusCode).to.equal(200);
    expect((await empty.inject(infer)).statusCode).to.equal(404);
    expect((await empty.inject({ method: 'POST', url: '/invocations', payload: {} })).json()).to.include({ code: 'MODEL_NOT_READY' });
    await empty.close();
  });

  it('refuses to start under the name of a gateway that runs', async () => {
    const app = await openGateway(place, { id: 'gw-a' });
    const code = await openGateway(place, { id: 'gw-a' }).then(
      () => 'started',
      (error: { code: string }) => error.code,
    );
    expect(code).to.equal('CONFIG_INVALID');
    await app.close();
  });

  it('downloads a model again when the local copy is spoilt', async () => {
    const first = await openGateway(place);
    await first.close();
    const folder = join(place.stateDir, 'gateway-models');
    writeFileSync(join(folder, readdirSync(folder)[0]!), 'spoilt');
    const second = await openGateway(place);
    expect((await second.inject(infer)).statusCode).to.equal(200);
    await second.close();
  });

  it('flushes on demand, but only for the machine itself', async () => {
    const app = await openGateway(place, { timing: { flushMs: 60_000 } });
    await app.inject(infer);
    const flush = (remoteAddress: string) => app.inject({ method: 'POST', url: '/v1/flush', remoteAddress });
    expect((await flush('10.0.0.1')).statusCode).to.equal(403);
    expect((await flush('127.0.0.1')).json()).to.deep.equal({ files: 1, segments: 1, predictions: 5, labels: 0, pending: 0 });
    await app.close();
  });

  it('shows only metrics that the table names, with its labels', async () => {
    const app = await openGateway(place);
    await app.inject(infer);
    await app.inject({ ...infer, payload: {} });
    const { body, headers } = await app.inject('/metrics');
    expect(headers['content-type']).to.include('text/plain');
    const table = new Map<string, { type: string; labels: readonly string[] }>(
      Object.values(METRICS).map((metric) => [metric.name, metric]),
    );
    for (const [, name, type] of body.matchAll(/^# TYPE (\S+) (\S+)$/gm)) expect(table.get(name!)?.type, name).to.equal(type);
    for (const [, sample, labels] of body.matchAll(/^(\w+)\{([^}]*)\} /gm)) {
      const metric = table.get(sample!.replace(/_(bucket|sum|count)$/, ''))!;
      const names = [...labels!.matchAll(/(\w+)="/g)].map(([, name]) => name!).filter((name) => name !== 'le');
      expect(names, sample).to.have.members([...metric.labels]);
    }
    expect(body).to.include('rekindle_predictions_total{model="prices",version="v1",environment="production"} 5');
    expect(body).to.include('rekindle_prediction_duration_seconds_count{model="prices",environment="production"} 1');
    await app.close();
  });
});
