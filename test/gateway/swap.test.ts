import { expect } from 'chai';
import type { FastifyInstance } from 'fastify';
import { addVersion, deploy, fixture, serveModel } from '../support/served-model.js';
import { eventually, goldenFeatures, newPlace, openGateway, output, parquetRows, v2Body, type Place } from './support.js';

const model = 'prices';
const URL_ = '/v2/models/prices/infer';

describe('gateway: following the pointer', () => {
  let place: Place;
  let app: FastifyInstance;
  const rows = goldenFeatures('logistic').slice(0, 3);
  const infer = () => app.inject({ method: 'POST', url: URL_, payload: v2Body(rows) });
  const serves = (version: string) => async (): Promise<boolean> => (await infer()).headers['x-model-version'] === version;
  const metric = async (line: string): Promise<boolean> => (await app.inject('/metrics')).body.includes(line);

  beforeEach(async () => {
    place = newPlace();
    await serveModel(place.objects, { model, version: 'v1', fixture: 'logistic' });
    app = await openGateway(place);
  });
  afterEach(() => app.close());

  /** Requests one after the other, four at a time, until it is stopped. */
  const load = () => {
    let stopped = false;
    const answers: { status: number; version: unknown; first: unknown; id: unknown }[] = [];
    const one = async (): Promise<void> => {
      while (!stopped) {
        const response = await infer();
        const first = response.statusCode === 200 ? output(response, 'probability')[0] : undefined;
        const { 'x-model-version': version, 'x-prediction-id': id } = response.headers;
        answers.push({ status: response.statusCode, version, first, id });
      }
    };
    const running = Promise.all([one(), one(), one(), one()]);
    return {
      answers,
      stop: async () => {
        stopped = true;
        await running;
      },
    };
  };

  it('swaps under load: every request is answered, by one version or the other, and logged once', async () => {
    const running = load();
    await eventually('the first version answers', () => running.answers.length > 20);
    await addVersion(place.objects, { model, version: 'v2', fixture: 'trees' });
    await deploy(place.objects, { model, version: 'v2' });
    await eventually('the second version answers', () => running.answers.at(-1)!.version === 'v2');
    const since = running.answers.length;
    await eventually('it goes on', () => running.answers.length > since + 20);
    await running.stop();
    expect(running.answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
    const expected: Record<string, number> = {
      v1: fixture('logistic').golden.probabilities[0]!,
      v2: (await app.inject({ method: 'POST', url: '/v2/models/prices/versions/v2/infer', payload: v2Body(rows) })).json().outputs[0]
        .data[0],
    };
    for (const { version, first } of running.answers) expect(first).to.be.closeTo(expected[String(version)]!, 1e-6);
    await app.inject({ method: 'POST', url: '/v1/flush' });
    const logged = (await parquetRows(place, 'predictions/')).map((row) => String(row['prediction_id']));
    const answered = running.answers.flatMap(({ id }) => [0, 1, 2].map((row) => `${String(id)}.${row}`));
    expect(new Set(logged).size).to.equal(logged.length);
    expect(logged).to.include.members(answered);
  });

  it('rolls back within a second without loading anything, and keeps both versions at hand', async () => {
    await addVersion(place.objects, { model, version: 'v2', fixture: 'trees' });
    await deploy(place.objects, { model, version: 'v2' });
    await eventually('the second version answers', serves('v2'));
    await place.objects.delete('models/prices/versions/v1/model.onnx');
    await deploy(place.objects, { model, version: 'v1', action: 'rollback' });
    await eventually('the first version answers again', serves('v1'), 1_000);
    expect((await app.inject('/v2/models/prices')).json()).to.deep.include({ versions: ['v1', 'v2'] });
    expect(await metric('rekindle_served_generation{model="prices",environment="production"} 3')).to.equal(true);
    expect(await metric('rekindle_pointer_swaps_total{model="prices",environment="production"} 3')).to.equal(true);
    expect(await metric('rekindle_served_version_info{model="prices",version="v1",environment="production"} 1')).to.equal(true);
    expect(await metric('rekindle_served_version_info{model="prices",version="v2"')).to.equal(false);
  });

  it('has the version before loaded after a start too', async () => {
    await addVersion(place.objects, { model, version: 'v2', fixture: 'trees' });
    await deploy(place.objects, { model, version: 'v2' });
    const fresh = await openGateway(place, { id: 'gateway-2' });
    const versions = async (): Promise<unknown> => (await fresh.inject('/v2/models/prices')).json().versions;
    await eventually('both are loaded', async () => JSON.stringify(await versions()) === '["v2","v1"]');
    await fresh.close();
  });

  const broken: [what: string, options: { bytes?: string; changed?: boolean }, code: string][] = [
    ['is no model', { bytes: 'no model' }, 'MODEL_UNLOADABLE'],
    ['takes other inputs than it says', { changed: true }, 'SIGNATURE_MISMATCH'],
  ];
  for (const [what, { bytes, changed }, code] of broken) {
    it(`goes on with the version before when a new one ${what}, shows it, and takes the next`, async () => {
      const { signature } = fixture('trees');
      const features = [...signature.features, { name: 'season', type: 'category' as const }];
      await addVersion(place.objects, {
        model,
        version: 'bad',
        fixture: 'trees',
        ...(bytes === undefined ? {} : { bytes }),
        ...(changed ? { signature: { ...signature, features } } : {}),
      });
      await deploy(place.objects, { model, version: 'bad' });
      const failures = `rekindle_load_failures_total{model="prices",environment="production",code="${code}"}`;
      await eventually('the failure is counted', () => metric(failures));
      expect(await metric('rekindle_pointer_generation{model="prices",environment="production"} 2')).to.equal(true);
      expect(await metric('rekindle_served_generation{model="prices",environment="production"} 1')).to.equal(true);
      expect(await serves('v1')()).to.equal(true);
      await addVersion(place.objects, { model, version: 'v3', fixture: 'trees' });
      await deploy(place.objects, { model, version: 'v3' });
      await eventually('the next version answers', serves('v3'));
    });
  }

  it('serves a model that is deployed for the first time, and until then says that it is not ready', async () => {
    await addVersion(place.objects, { model: 'demand', version: 'd1', fixture: 'trees' });
    const status = async (): Promise<number> =>
      (await app.inject({ method: 'POST', url: '/v2/models/demand/infer', payload: v2Body(rows) })).statusCode;
    await eventually('the model is found', async () => (await status()) === 503);
    expect((await app.inject('/v2/models/demand/ready')).statusCode).to.equal(503);
    await deploy(place.objects, { model: 'demand', version: 'd1' });
    await eventually('it answers', async () => (await status()) === 200);
  });

  it('follows a commit whose pointer.json was never written', async () => {
    await addVersion(place.objects, { model, version: 'v2', fixture: 'trees' });
    const { body } = await place.objects.get('models/prices/environments/production/pointer.json');
    await deploy(place.objects, { model, version: 'v2' });
    await eventually('the second version answers', serves('v2'));
    await addVersion(place.objects, { model, version: 'v3', fixture: 'logistic' });
    await deploy(place.objects, { model, version: 'v3' });
    await place.objects.put('models/prices/environments/production/pointer.json', body);
    await eventually('the ledger wins', serves('v3'));
  });
});
