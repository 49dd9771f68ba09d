import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreConfig } from '../../platform/config.js';
import { eventually, goldenFeatures, newPlace, parquetRows, v2Body, type Place } from '../gateway/support.js';
import { minio } from '../support/fixtures.js';
import { serveModel } from '../support/served-model.js';
import { post, startGateway, type GatewayProcess } from './gateway-process.js';

const CONNECTIONS = 16;
/** Enough that the journal has been through several segments when the process is killed. */
const ANSWERS = 4_000;

interface Answered {
  /** ids of rows whose whole answer reached the client */
  readonly predictions: string[];
  /** ids of predictions whose label was accepted */
  readonly labels: string[];
  requests: number;
}

/** Each connection asks for one, two or three rows, then sends a label for the first; until the gateway is gone. */
const load = async ({ url }: GatewayProcess, answered: Answered): Promise<void> => {
  const rows = goldenFeatures('trees');
  const bodies = [1, 2, 3].map((count) => v2Body(rows.slice(0, count), { event_time: '1997-05-06T10:00:00Z' }));
  const connection = async (first: number): Promise<void> => {
    for (let turn = first; ; turn += 1) {
      const count = (turn % 3) + 1;
      const { status, headers } = await post(`${url}/v2/models/prices/infer`, bodies[count - 1]);
      expect(status).to.equal(200);
      const id = String(headers['x-prediction-id']);
      const ids = count === 1 ? [id] : Array.from({ length: count }, (_, row) => `${id}.${row}`);
      answered.predictions.push(...ids);
      answered.requests += 1;
      if (turn % 4 !== 0) continue;
      const label = { prediction_id: ids[0]!, label: 'UP', event_time: '1997-05-06T10:00:00Z' };
      expect((await post(`${url}/v1/models/prices/labels`, { labels: [label] })).status).to.equal(202);
      answered.labels.push(ids[0]!);
    }
  };
  await Promise.allSettled(Array.from({ length: CONNECTIONS }, (_, first) => connection(first)));
};

const journals = ({ stateDir }: Place): string[] =>
  readdirSync(join(stateDir, '.rekindle/journal'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.journal'));

const killUnderLoad = async (place: Place, env: NodeJS.ProcessEnv): Promise<void> => {
  await serveModel(place.objects, { model: 'prices', version: 'v1', fixture: 'trees' });
  const gateway = await startGateway(place.stateDir, place.store, env);
  const answered: Answered = { predictions: [], labels: [], requests: 0 };
  const loading = load(gateway, answered);
  await eventually(`${ANSWERS} requests are answered`, () => answered.requests >= ANSWERS, 60_000);
  await eventually('something is in the journal only', () => journals(place).length > 0);
  expect(await gateway.end('SIGKILL')).to.equal('SIGKILL');
  await loading;
  expect(journals(place), 'the killed gateway leaves a journal').not.to.have.length(0);

  const next = await startGateway(place.stateDir, place.store, env);
  await eventually('the log is in the store', async () => {
    const { body } = await post(`${next.url}/v1/flush`);
    return (body as { pending: number }).pending === 0;
  });
  const predictions = (await parquetRows(place, 'predictions/prices/production/1997-05-06/')).map((row) => String(row['prediction_id']));
  const labels = (await parquetRows(place, 'labels/prices/1997-05-06/')).map((row) => String(row['prediction_id']));
  expect(new Set(predictions).size, 'no row twice').to.equal(predictions.length);
  const missing = (all: string[], logged: string[]): string[] => {
    const there = new Set(logged);
    return all.filter((id) => !there.has(id));
  };
  expect(missing(answered.predictions, predictions), 'answered predictions that the log lacks').to.deep.equal([]);
  expect(missing(answered.labels, labels), 'accepted labels that the log lacks').to.deep.equal([]);
  // What was journaled but not answered: at most the last request of each connection.
  expect(predictions.length - answered.predictions.length).to.be.within(0, CONNECTIONS * 3);
  expect(journals(place)).to.deep.equal([]);
  expect(await next.end('SIGTERM')).to.equal(0);
};

describe('kill -9 of the gateway under load', function () {
  this.timeout(120_000);

  it('loses no answered prediction and no label: the next gateway of the machine stores them', async () => {
    await killUnderLoad(newPlace(), {});
  });

  it('loses none when the same gateway comes back, on an S3 store, syncing each response', async function () {
    const bucket = `gateway-kill-${process.pid}`;
    const store: StoreConfig = { kind: 's3', bucket, region: 'us-east-1', ...(await minio(this)) };
    await killUnderLoad(newPlace(store), { REKINDLE_GATEWAY_ID: 'gateway-1', REKINDLE_JOURNAL_SYNC: 'always' });
  });
});
