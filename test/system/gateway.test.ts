import { expect } from 'chai';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually, goldenFeatures, newPlace, parquetRows, v2Body, type Place } from '../gateway/support.js';
import { serveModel } from '../support/served-model.js';
import { post, startGateway } from './gateway-process.js';

const failure = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (cause: unknown) => String(cause),
  );

describe('gateway process', () => {
  let place: Place;

  beforeEach(async () => {
    place = newPlace();
    await serveModel(place.objects, { model: 'prices', version: 'v1' });
  });

  it('says its address in log and heartbeat, answers there, and ends cleanly on SIGTERM under load', async () => {
    const gateway = await startGateway(place.stateDir, place.store, { REKINDLE_GATEWAY_ID: 'gw-a' });
    await eventually('the log has the address', () => gateway.log.some((line) => line.includes('"url"')));
    const listening = gateway.log.map((line) => JSON.parse(line) as { message: string; url?: string }).find(({ url }) => url !== undefined);
    expect(listening).to.deep.include({ message: 'The gateway listens.', url: gateway.url });
    const heartbeatKey = 'gateways/production/gw-a.json';
    const url = async (): Promise<unknown> => JSON.parse(Buffer.from((await place.objects.get(heartbeatKey)).body).toString()).url;
    await eventually('the heartbeat has the address', async () => (await url()) === gateway.url);

    const ids: string[] = [];
    let ended = false;
    const connection = async (): Promise<void> => {
      const body = v2Body(goldenFeatures('logistic').slice(0, 1));
      while (!ended) {
        const { status, headers } = await post(`${gateway.url}/v2/models/prices/infer`, body);
        if (status !== 200) return;
        ids.push(String(headers['x-prediction-id']));
      }
    };
    const load = Promise.allSettled([connection(), connection(), connection(), connection()]);
    await eventually('requests are answered', () => ids.length > 200);
    expect(await gateway.end('SIGTERM')).to.equal(0);
    ended = true;
    await load;
    const logged = (await parquetRows(place, 'predictions/')).map((row) => row['prediction_id']);
    expect(logged).to.include.members(ids);
    expect(logged.length - ids.length, 'answered to sockets that closed').to.be.within(0, 4);
    expect(await place.objects.head(heartbeatKey)).to.equal(undefined);
    expect(readdirSync(join(place.stateDir, '.rekindle/journal'))).to.deep.equal([]);
  });

  it('does not start on a port that is taken, and leaves no heartbeat', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const port = String((other.address() as AddressInfo).port);
    const error = await failure(startGateway(place.stateDir, place.store, { REKINDLE_GATEWAY_PORT: port, REKINDLE_GATEWAY_ID: 'gw-a' }));
    expect(error).to.include('(2)').and.to.include('PORT_TAKEN').and.to.include(port).and.to.include('REKINDLE_GATEWAY_PORT');
    expect(await place.objects.head('gateways/production/gw-a.json')).to.equal(undefined);
    other.close();
  });

  it('names every wrong variable and starts nothing', async () => {
    const env = { REKINDLE_JOURNAL_SYNC: 'never', REKINDLE_GATEWAY_PORT: 'http' };
    const error = await failure(startGateway(place.stateDir, place.store, env));
    expect(error).to.include('CONFIG_INVALID').and.to.include('REKINDLE_JOURNAL_SYNC').and.to.include('REKINDLE_GATEWAY_PORT');
    expect(existsSync(join(place.stateDir, '.rekindle'))).to.equal(false);
  });
});
