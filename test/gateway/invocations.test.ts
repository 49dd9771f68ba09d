import { expect } from 'chai';
import type { FastifyInstance } from 'fastify';
import { fixture, serveModel } from '../support/served-model.js';
import { goldenFeatures, newPlace, openGateway, parquetRows, type Place } from './support.js';

interface Invoked {
  readonly predictions: string[];
  readonly probabilities: number[];
}

const NAMES = ['price', 'demand', 'weekday'] as const;

describe('gateway: /invocations', () => {
  let app: FastifyInstance;
  let place: Place;
  const rows = goldenFeatures('trees');
  const arrays = rows.map((row) => NAMES.map((name) => row[name]));
  const invoke = (payload: object, extra: { url?: string; headers?: Record<string, string> } = {}) =>
    app.inject({ method: 'POST', url: extra.url ?? '/invocations', payload, headers: extra.headers ?? {} });

  before(async () => {
    place = newPlace();
    await serveModel(place.objects, { model: 'prices', version: 'v1', fixture: 'trees' });
    app = await openGateway(place);
  });
  after(() => app.close());

  const forms: [name: string, payload: object][] = [
    ['dataframe_split', { dataframe_split: { columns: NAMES, data: arrays } }],
    [
      'dataframe_split in another order of columns, with an index',
      {
        dataframe_split: { columns: [...NAMES].reverse(), data: arrays.map((row) => [...row].reverse()), index: rows.map((_, at) => at) },
      },
    ],
    ['dataframe_records', { dataframe_records: rows }],
    ['instances as objects', { instances: rows }],
    ['instances as arrays', { instances: arrays }],
    ['inputs as arrays', { inputs: arrays }],
    ['inputs as columns', { inputs: Object.fromEntries(NAMES.map((name) => [name, rows.map((row) => row[name])])) }],
  ];
  for (const [name, payload] of forms) {
    it(`answers classes and probabilities for ${name}`, async () => {
      const { golden } = fixture('trees');
      const response = await invoke(payload);
      expect(response.statusCode).to.equal(200);
      const { predictions, probabilities } = response.json<Invoked>();
      probabilities.forEach((probability, at) => expect(probability).to.be.closeTo(golden.probabilities[at]!, 1e-6));
      expect(predictions).to.deep.equal(golden.probabilities.map((probability) => (probability >= 0.5 ? 'UP' : 'DOWN')));
      expect(response.headers).to.include({ 'x-model-version': 'v1' });
    });
  }

  it('logs the rows under the event time that params name', async () => {
    const response = await invoke({ instances: rows.slice(0, 2), params: { event_time: '1997-05-06T10:00:00Z' } });
    await app.inject({ method: 'POST', url: '/v1/flush' });
    const id = String(response.headers['x-prediction-id']);
    const logged = (await parquetRows(place, 'predictions/prices/')).filter((row) => String(row['prediction_id']).startsWith(id));
    expect(logged.map((row) => row['event_time'])).to.deep.equal(['1997-05-06 10:00:00', '1997-05-06 10:00:00']);
  });

  const refusals: [what: string, payload: object, place: object, says: RegExp][] = [
    ['none of the forms', { rows }, {}, /not none/],
    ['two of the forms', { instances: rows, inputs: arrays }, {}, /not instances and inputs/],
    ['a record without a feature', { dataframe_records: [rows[0], { price: 1, weekday: 'Mon' }] }, { row: 1, column: 'demand' }, /missing/],
    ['a record with an unknown feature', { instances: [{ ...rows[0], x: 1 }] }, { row: 0, column: 'x' }, /no such feature/],
    ['a string for a number', { inputs: [arrays[0], ['0.4', 1, 'Mon']] }, { row: 1, column: 'price' }, /the string '0.4'/],
    ['a short row', { instances: [arrays[0], [0.4, 1]] }, { row: 1, column: 'weekday' }, /2 values/],
    ['a row that is a number', { dataframe_records: [rows[0], 3] }, { row: 1 }, /the number 3/],
    [
      'a column that is no array',
      { inputs: { price: 1, demand: [1], weekday: ['Mon'] } },
      { row: 0, column: 'price' },
      /a column is an array/,
    ],
    ['a split without data', { dataframe_split: { columns: NAMES } }, {}, /columns, data/],
  ];
  for (const [what, payload, where, says] of refusals) {
    it(`refuses ${what}, naming the place`, async () => {
      const response = await invoke(payload);
      const { error, ...rest } = response.json<{ error: string }>();
      expect([response.statusCode, rest]).to.deep.equal([400, { code: 'REQUEST_INVALID', ...where }]);
      expect(error).to.match(says);
    });
  }

  it('refuses parameters of the content type other than charset, as MLflow does', async () => {
    const sent = (type: string) => invoke({ instances: rows }, { headers: { 'content-type': type } });
    expect((await sent('application/json; format=pandas-split')).statusCode).to.equal(415);
    expect((await sent('application/json; charset=utf-8')).statusCode).to.equal(200);
  });

  it('asks which model when it serves several', async () => {
    const several = newPlace();
    await serveModel(several.objects, { model: 'prices', version: 'p1', fixture: 'trees' });
    await serveModel(several.objects, { model: 'demand', version: 'd1', fixture: 'logistic' });
    const other = await openGateway(several);
    const ask = (url: string, headers: Record<string, string> = {}) =>
      other.inject({ method: 'POST', url, headers, payload: { instances: rows } });
    const unnamed = await ask('/invocations');
    expect([unnamed.statusCode, unnamed.json<{ error: string }>().error]).to.satisfy(
      ([status, error]: [number, string]) => status === 400 && error.includes('demand, prices'),
    );
    expect((await ask('/invocations?model=prices')).headers['x-model-version']).to.equal('p1');
    expect((await ask('/invocations', { 'x-model': 'demand' })).headers['x-model-version']).to.equal('d1');
    expect((await ask('/invocations?model=weather')).statusCode).to.equal(404);
    await other.close();
  });
});
