import { expect } from 'chai';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { StoreConfig } from '../../platform/config.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { minio } from '../support/fixtures.js';
import { addVersion, deploy, serveModel } from '../support/served-model.js';
import { eventually, goldenFeatures, newPlace, openGateway, parquetRows, v2Body } from './support.js';

/** A way to a server that can be cut and mended. */
class Line {
  private readonly target: number;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  port = 0;

  constructor(target: number) {
    this.target = target;
  }

  async mend(): Promise<void> {
    const server = createServer((near) => {
      const far = connect(this.target, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(from);
        from.on('error', () => to.destroy()).on('close', () => this.sockets.delete(from));
        from.pipe(to);
      }
    });
    await new Promise<void>((done) => server.listen(this.port, '127.0.0.1', done));
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  cut(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

describe('gateway: while the object store is down', () => {
  it('goes on answering and journaling, says so, and stores and follows everything when it is back', async function () {
    const server = await minio(this);
    const line = new Line(Number(new URL(server.endpoint).port));
    await line.mend();
    const bucket = `gateway-store-down-${process.pid}`;
    const direct: StoreConfig = { kind: 's3', bucket, region: 'us-east-1', ...server };
    const place = newPlace({ ...direct, endpoint: `http://127.0.0.1:${line.port}` });
    const objects = openObjectStore(direct);
    await serveModel(objects, { model: 'prices', version: 'v1' });
    const app = await openGateway(place);
    const rows = goldenFeatures('logistic').slice(0, 2);
    const infer = () => app.inject({ method: 'POST', url: '/v2/models/prices/infer', payload: v2Body(rows) });
    const metric = async (text: string): Promise<boolean> => (await app.inject('/metrics')).body.includes(text);
    const ids: string[] = [];
    const answer = async (): Promise<void> => {
      const response = await infer();
      expect(response.statusCode).to.equal(200);
      ids.push(...[0, 1].map((row) => `${String(response.headers['x-prediction-id'])}.${row}`));
    };

    await answer();
    expect(await metric('rekindle_store_up 1')).to.equal(true);
    line.cut();
    await eventually('the gateway notices', () => metric('rekindle_store_up 0'));
    await answer();
    const flushed = await app.inject({ method: 'POST', url: '/v1/flush' });
    expect(flushed.json<{ pending: number }>().pending).to.equal(1);
    await answer();
    await addVersion(objects, { model: 'prices', version: 'v2', fixture: 'trees' });
    await deploy(objects, { model: 'prices', version: 'v2' });
    await answer();
    expect((await infer()).headers['x-model-version']).to.equal('v1');

    await line.mend();
    await eventually('it serves what was deployed meanwhile', async () => (await infer()).headers['x-model-version'] === 'v2');
    expect(await metric('rekindle_store_up 1')).to.equal(true);
    const after = await app.inject({ method: 'POST', url: '/v1/flush' });
    expect(after.json<{ pending: number }>().pending).to.equal(0);
    const logged = (await parquetRows({ objects }, 'predictions/')).map((row) => row['prediction_id']);
    expect(logged).to.include.members(ids);
    expect(new Set(logged).size).to.equal(logged.length);
    await app.close();
    line.cut();
  });

  it('starts unready, and serves when the store is there', async function () {
    const server = await minio(this);
    const line = new Line(Number(new URL(server.endpoint).port));
    await line.mend();
    line.cut();
    const direct: StoreConfig = { kind: 's3', bucket: `gateway-store-late-${process.pid}`, region: 'us-east-1', ...server };
    await serveModel(openObjectStore(direct), { model: 'prices', version: 'v1' });
    const app = await openGateway(newPlace({ ...direct, endpoint: `http://127.0.0.1:${line.port}` }));
    const status = async (url: string): Promise<number> => (await app.inject(url)).statusCode;
    expect([await status('/v2/health/live'), await status('/v2/health/ready'), await status('/ping')]).to.deep.equal([200, 503, 503]);
    await line.mend();
    await eventually('it is ready', async () => (await status('/v2/health/ready')) === 200);
    await eventually('it serves', async () => (await status('/v2/models/prices/ready')) === 200);
    await app.close();
    line.cut();
  });
});
