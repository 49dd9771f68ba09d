import { expect } from 'chai';
import type { FastifyInstance } from 'fastify';
import { serveModel } from '../support/served-model.js';
import { newPlace, openGateway, parquetRows, v2Body, type Features, type Place } from './support.js';

const row: Features = { price: 0.4, demand: 0.5, weekday: 'Mon' };
const good = v2Body([row, row]);
/** `good` with another input of that name, or without it. */
const withInput = (name: string, change: object | undefined): object => ({
  inputs: good.inputs.flatMap((input) => (input.name === name ? (change ? [{ ...input, ...change }] : []) : [input])),
});

interface Refusal {
  readonly what: string;
  readonly payload: unknown;
  readonly row?: number;
  readonly column?: string;
  readonly says: RegExp;
}

const REFUSALS: Refusal[] = [
  { what: 'a missing feature', payload: withInput('demand', undefined), row: 0, column: 'demand', says: /missing/ },
  { what: 'a string for a number', payload: withInput('price', { data: [0.1, '0.2'] }), row: 1, column: 'price', says: /the string '0.2'/ },
  { what: 'a number for a category', payload: withInput('weekday', { data: ['Mon', 3] }), row: 1, column: 'weekday', says: /the number 3/ },
  {
    what: 'an unknown feature',
    payload: { inputs: [...good.inputs, { ...good.inputs[0], name: 'x' }] },
    row: 0,
    column: 'x',
    says: /no such/,
  },
  { what: 'a feature given twice', payload: { inputs: [...good.inputs, good.inputs[0]] }, row: 0, column: 'price', says: /twice/ },
  { what: 'fewer values than the shape says', payload: withInput('price', { data: [0.1] }), row: 1, column: 'price', says: /1 values/ },
  {
    what: 'columns of different lengths',
    payload: withInput('demand', { shape: [3], data: [1, 2, 3] }),
    row: 2,
    column: 'demand',
    says: /3 values where another has 2/,
  },
  { what: 'a shape of several columns', payload: withInput('price', { shape: [1, 2] }), row: 0, column: 'price', says: /\[1,2\]/ },
  { what: 'an unknown datatype', payload: withInput('price', { datatype: 'FLOAT' }), row: 0, column: 'price', says: /'FLOAT'/ },
  { what: 'a fraction as INT', payload: withInput('price', { datatype: 'INT32' }), row: 0, column: 'price', says: /0.4 is no INT32/ },
  { what: 'a number beyond float32', payload: withInput('price', { data: [1, 1e300] }), row: 1, column: 'price', says: /too large/ },
  { what: 'data that is no array', payload: withInput('price', { data: 0.1 }), row: 0, column: 'price', says: /not an array/ },
  { what: 'an object as a value', payload: withInput('price', { data: [1, {}] }), row: 1, column: 'price', says: /an object/ },
  { what: 'no rows', payload: v2Body([]), says: /no rows/ },
  { what: 'no inputs', payload: {}, says: /field inputs must be an array/ },
  { what: 'an input without a name', payload: { inputs: [{ shape: [1], datatype: 'FP32', data: [1] }] }, says: /inputs\[0\]/ },
  { what: 'an unknown output', payload: { ...good, outputs: [{ name: 'score' }] }, says: /'score' is no output/ },
  { what: 'an event time that is none', payload: { ...good, parameters: { event_time: '6 May' } }, column: 'event_time', says: /ISO 8601/ },
  {
    what: 'too few event times',
    payload: { ...good, parameters: { event_time: ['1997-05-06'] } },
    row: 1,
    column: 'event_time',
    says: /1 times/,
  },
  { what: 'a body that is no object', payload: [1, 2], says: /JSON object/ },
  { what: 'a body that is no JSON', payload: '{"inputs": [', says: /JSON/ },
];

describe('gateway: requests it refuses', () => {
  let app: FastifyInstance;
  let place: Place;

  before(async () => {
    place = newPlace();
    await serveModel(place.objects, { model: 'prices', version: 'v1' });
    app = await openGateway(place);
  });
  after(() => app.close());

  for (const { what, payload, row: at, column, says } of REFUSALS) {
    it(`refuses ${what}, naming the place`, async () => {
      const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
      const headers = { 'content-type': 'application/json' };
      const response = await app.inject({ method: 'POST', url: '/v2/models/prices/infer', headers, body });
      const { error, ...rest } = response.json<{ error: string }>();
      expect(response.statusCode).to.equal(400);
      const place = { ...(at === undefined ? {} : { row: at }), ...(column === undefined ? {} : { column }) };
      expect(rest).to.deep.equal({ code: 'REQUEST_INVALID', ...place });
      expect(error).to.match(says);
      if (at !== undefined) expect(error).to.include(`ow ${at}`);
      if (column !== undefined) expect(error).to.include(`'${column}'`);
    });
  }

  it('logs none of them, counts them, and goes on answering', async () => {
    const url = '/v2/models/prices/infer';
    for (const { payload } of REFUSALS) await app.inject({ method: 'POST', url, payload: payload as object });
    const answered = await app.inject({ method: 'POST', url, payload: good });
    expect(answered.statusCode).to.equal(200);
    await app.inject({ method: 'POST', url: '/v1/flush' });
    const id = String(answered.headers['x-prediction-id']);
    const logged = await parquetRows(place, 'predictions/');
    expect(logged.map(({ prediction_id }) => prediction_id)).to.have.members([`${id}.0`, `${id}.1`]);
    const metrics = (await app.inject('/metrics')).body;
    expect(metrics).to.match(/rekindle_prediction_errors_total\{model="prices",environment="production",code="REQUEST_INVALID"\} \d\d/);
  });

  it('refuses other content types, and bodies over the limit, in the same form', async () => {
    const url = '/v2/models/prices/infer';
    const text = await app.inject({ method: 'POST', url, headers: { 'content-type': 'text/csv' }, body: 'price\n1\n' });
    expect([text.statusCode, text.json<{ code: string }>().code]).to.deep.equal([415, 'REQUEST_INVALID']);
    const headers = { 'content-type': 'application/json' };
    const large = await app.inject({ method: 'POST', url, headers, body: `"${'x'.repeat(17 * 1024 * 1024)}"` });
    expect([large.statusCode, large.json<{ code: string }>().code]).to.deep.equal([413, 'REQUEST_INVALID']);
  });
});
