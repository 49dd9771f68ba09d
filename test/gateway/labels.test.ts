import { expect } from 'chai';
import type { FastifyInstance } from 'fastify';
import { readLabels } from '../../apps/gateway/requests/labels.js';
import { serveModel } from '../support/served-model.js';
import { newPlace, openGateway, parquetRows, type Place } from './support.js';

describe('gateway: labels', () => {
  let app: FastifyInstance;
  let place: Place;
  const send = (payload: object, model = 'prices') => app.inject({ method: 'POST', url: `/v1/models/${model}/labels`, payload });

  before(async () => {
    place = newPlace();
    await serveModel(place.objects, { model: 'prices', version: 'v1' });
    app = await openGateway(place);
  });
  after(() => app.close());

  it('accepts labels by prediction id and stores them by event day', async () => {
    const before = Date.now();
    const labels = [
      { prediction_id: '01HZX0000000000000000000AB', label: 'UP', event_time: '1997-05-06T23:00:00Z' },
      { prediction_id: '01HZX0000000000000000000AC.1', label: 'DOWN', event_time: '1997-05-07T01:00:00Z' },
      { prediction_id: '01HZX0000000000000000000AD', label: 'UP' },
    ];
    const response = await send({ labels });
    expect([response.statusCode, response.json()]).to.deep.equal([202, { accepted: 3 }]);
    const flushed = await app.inject({ method: 'POST', url: '/v1/flush' });
    expect(flushed.json()).to.deep.include({ pending: 0 });
    const stored = await parquetRows(place, 'labels/prices/');
    const byId = new Map(stored.map((row) => [row['prediction_id'], row]));
    expect(byId.size).to.equal(3);
    expect(byId.get(labels[0]!.prediction_id)).to.include({ label: 'UP', event_time: '1997-05-06 23:00:00' });
    expect(byId.get(labels[1]!.prediction_id)).to.include({ label: 'DOWN', event_time: '1997-05-07 01:00:00' });
    const arrived = byId.get(labels[2]!.prediction_id)!;
    expect(arrived['event_time']).to.equal(arrived['received_at']);
    expect(Date.parse(`${String(arrived['received_at']).replace(' ', 'T')}Z`)).to.be.within(before, Date.now());
    expect(await parquetRows(place, 'labels/prices/1997-05-07/')).to.have.length(1);
  });

  const label = { prediction_id: '01HZX0000000000000000000AB', label: 'UP' };
  const refusals: [what: string, payload: object, place: object, says: RegExp][] = [
    ['a label that is no class', { labels: [label, { ...label, label: 'LEFT' }] }, { row: 1, column: 'label' }, /DOWN, UP/],
    ['a label without a prediction', { labels: [{ label: 'UP' }] }, { row: 0, column: 'prediction_id' }, /id of a prediction/],
    ['an event time that is none', { labels: [{ ...label, event_time: 5 }] }, { row: 0, column: 'event_time' }, /ISO 8601/],
    ['no labels', { labels: [] }, {}, /no labels/],
    ['another form', { prediction_id: 'x', label: 'UP' }, {}, /prediction_id, label/],
  ];
  for (const [what, payload, where, says] of refusals) {
    it(`refuses ${what}, and stores none of the request`, async () => {
      const stored = (await parquetRows(place, 'labels/')).length;
      const response = await send(payload);
      const { error, ...rest } = response.json<{ error: string }>();
      expect([response.statusCode, rest]).to.deep.equal([400, { code: 'REQUEST_INVALID', ...where }]);
      expect(error).to.match(says);
      await app.inject({ method: 'POST', url: '/v1/flush' });
      expect(await parquetRows(place, 'labels/')).to.have.length(stored);
    });
  }

  it('takes a class that is a number or a boolean in JSON as the string that the signature has', () => {
    const given = [1, true, '1'].map((value) => ({ prediction_id: 'p', label: value }));
    expect(readLabels({ labels: given }, ['1', 'true']).labels).to.deep.equal(['1', 'true', '1']);
  });

  it('does not know labels of a model it does not have', async () => {
    expect((await send({ labels: [label] }, 'weather')).json()).to.include({ code: 'MODEL_NOT_FOUND' });
  });
});
