import { expect } from 'chai';
import type { FastifyInstance } from 'fastify';
import { fixture, serveModel } from '../support/served-model.js';
import { goldenFeatures, newPlace, openGateway, output, parquetRows, v2Body, type Features, type Place } from './support.js';

const URL_ = '/v2/models/prices/infer';
const row: Features = { price: 0.4, demand: 0.5, weekday: 'Mon' };

describe('gateway: V2 predictions', () => {
  let app: FastifyInstance;
  let place: Place;
  const infer = (payload: object, url = URL_) => app.inject({ method: 'POST', url, payload });
  const flushedRows = async (): Promise<Record<string, unknown>[]> => {
    await app.inject({ method: 'POST', url: '/v1/flush' });
    return parquetRows(place, 'predictions/prices/production/');
  };

  before(async () => {
    place = newPlace();
    await serveModel(place.objects, { model: 'prices', version: 'v1', fixture: 'logistic' });
    app = await openGateway(place);
  });
  after(() => app.close());

  it('answers each row as scikit-learn did, with the version that answered', async () => {
    const { golden } = fixture('logistic');
    const response = await infer(v2Body(goldenFeatures('logistic')));
    expect(response.statusCode).to.equal(200);
    expect(response.headers['x-model-version']).to.equal('v1');
    expect(response.json()).to.include({ model_name: 'prices', model_version: 'v1', id: response.headers['x-prediction-id'] });
    const probabilities = output(response, 'probability') as number[];
    probabilities.forEach((probability, at) => expect(probability).to.be.closeTo(golden.probabilities[at]!, 1e-6));
    expect(output(response, 'label')).to.deep.equal(golden.probabilities.map((probability) => (probability >= 0.5 ? 'UP' : 'DOWN')));
  });

  it('logs what it answered, row by row, with the values as they were sent', async () => {
    const rows = [row, { price: null, demand: 0.123456789, weekday: null }];
    const response = await infer(v2Body(rows, { event_time: '1997-05-06T10:30:00Z' }));
    const id = String(response.headers['x-prediction-id']);
    expect(id).to.match(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    const logged = (await flushedRows()).filter(({ prediction_id }) => String(prediction_id).startsWith(id));
    expect(logged.map(({ prediction_id }) => prediction_id)).to.have.members([`${id}.0`, `${id}.1`]);
    const [first, second] = logged.sort((a, b) => String(a['prediction_id']).localeCompare(String(b['prediction_id'])));
    expect(first).to.include({ event_time: '1997-05-06 10:30:00', version: 'v1' });
    expect(first).to.include({ feature_price: 0.4, feature_demand: 0.5, feature_weekday: 'Mon' });
    expect(second).to.include({ feature_price: null, feature_demand: 0.123456789, feature_weekday: null });
    expect(logged.map(({ score }) => score)).to.deep.equal(output(response, 'probability'));
    expect(logged.map(({ prediction }) => prediction)).to.deep.equal(output(response, 'label'));
    expect(first!['latency_ms']).to.be.greaterThan(0);
  });

  it('names the one row of a request by the id of the request', async () => {
    const id = (await infer(v2Body([row]))).headers['x-prediction-id'];
    expect((await flushedRows()).map(({ prediction_id }) => prediction_id)).to.include(id);
  });

  it('takes event times for the request or for each row, without a zone as UTC, and else the arrival', async () => {
    const times = ['1997-05-06T23:59:59.999+00:00', '1997-05-07T02:30:00+02:00', '1997-05-07 12:00'];
    const each = await infer(v2Body([row, row, row], { event_time: times }));
    const before = Date.now();
    const none = await infer(v2Body([row]));
    const logged = new Map((await flushedRows()).map((entry) => [String(entry['prediction_id']), String(entry['event_time'])]));
    const id = String(each.headers['x-prediction-id']);
    expect([0, 1, 2].map((at) => logged.get(`${id}.${at}`))).to.deep.equal([
      '1997-05-06 23:59:59.999',
      '1997-05-07 00:30:00',
      '1997-05-07 12:00:00',
    ]);
    const arrival = Date.parse(`${logged.get(String(none.headers['x-prediction-id']))!.replace(' ', 'T')}Z`);
    expect(arrival).to.be.within(before, Date.now());
    const days = [];
    for await (const { key } of place.objects.list('predictions/prices/production/1997-05-0')) days.push(key.split('/')[3]);
    expect(days).to.include.members(['1997-05-06', '1997-05-07']);
  });

  it('echoes the id of the request and answers only the outputs that are asked for', async () => {
    const response = await infer({ id: 'order-7', ...v2Body([row]), outputs: [{ name: 'label' }] });
    expect(response.json()).to.deep.include({ id: 'order-7', outputs: [{ name: 'label', datatype: 'BYTES', shape: [1], data: ['UP'] }] });
  });

  it('takes nested data, whole numbers and booleans as numbers, and the empty string as a missing category', async () => {
    const plain = await infer(v2Body([{ price: 1, demand: 0, weekday: null }]));
    const other = await infer({
      inputs: [
        { name: 'price', shape: [1, 1], datatype: 'BOOL', data: [[true]] },
        { name: 'demand', shape: [1], datatype: 'INT64', data: [0] },
        { name: 'weekday', shape: [1, 1], datatype: 'BYTES', data: [['']] },
      ],
    });
    expect(output(other, 'probability')).to.deep.equal(output(plain, 'probability'));
  });

  it('says what the model takes and answers', async () => {
    const metadata = (await app.inject('/v2/models/prices')).json<Record<string, unknown>>();
    expect(metadata).to.deep.include({ name: 'prices', versions: ['v1'] });
    expect(metadata['inputs']).to.deep.equal([
      { name: 'price', datatype: 'FP64', shape: [-1] },
      { name: 'demand', datatype: 'FP64', shape: [-1] },
      { name: 'weekday', datatype: 'BYTES', shape: [-1] },
    ]);
    expect((await app.inject('/v2/models/prices/versions/v1')).json()).to.deep.include({ name: 'prices', versions: ['v1'] });
    expect((await app.inject('/v2')).json()).to.include({ name: 'rekindle' });
  });

  it('is live, ready, and ready per model and version', async () => {
    for (const url of ['/v2/health/live', '/v2/health/ready', '/v2/models/prices/ready', '/v2/models/prices/versions/v1/ready', '/ping']) {
      expect((await app.inject(url)).statusCode, url).to.equal(200);
    }
    expect((await app.inject('/v2/models/prices/versions/v9/ready')).statusCode).to.equal(404);
  });

  it('serves a named version while it is loaded, and says what is not there', async () => {
    expect((await infer(v2Body([row]), '/v2/models/prices/versions/v1/infer')).statusCode).to.equal(200);
    const absent: [url: string, code: string][] = [
      ['/v2/models/prices/versions/v9/infer', 'VERSION_NOT_FOUND'],
      ['/v2/models/weather/infer', 'MODEL_NOT_FOUND'],
      ['/v2/nothing', 'USAGE'],
    ];
    for (const [url, code] of absent) {
      const response = await infer(v2Body([row]), url);
      expect([response.statusCode, response.json<{ code: string }>().code]).to.deep.equal([404, code]);
    }
  });
});
