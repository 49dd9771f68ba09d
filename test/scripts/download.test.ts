import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { download } from '../../scripts/setup/download.mjs';
import { tempFolder } from '../support/fixtures.js';

const BYTES = Buffer.from('an executable of some length');

describe('A download', () => {
  let server: Server;
  let base: string;
  let ranges: (string | undefined)[] = [];
  let checksum: string | undefined;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/tool') {
      ranges.push(request.headers.range);
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(start > 0 ? 206 : 200).end(BYTES.subarray(start));
    } else if (request.url === '/checksums.txt' && checksum !== undefined) response.end(`${'0'.repeat(64)}  other\n${checksum}  tool\n`);
    else response.writeHead(404).end();
  };

  before(async () => {
    server = createServer(answer);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => void server.close());
  beforeEach(() => {
    ranges = [];
    checksum = createHash('sha256').update(BYTES).digest('hex');
  });

  it('puts the whole file in place', async () => {
    const path = join(tempFolder(), 'deep', 'tool');
    await download(`${base}/tool`, path, { checksums: `${base}/checksums.txt` });
    expect(readFileSync(path)).to.deep.equal(BYTES);
  });

  it('goes on where an interrupted one ended', async () => {
    const path = join(tempFolder(), 'tool');
    writeFileSync(`${path}.part`, BYTES.subarray(0, 10));
    await download(`${base}/tool`, path, { checksums: `${base}/checksums.txt` });
    expect(ranges).to.deep.equal(['bytes=10-']);
    expect(readFileSync(path)).to.deep.equal(BYTES);
  });

  it('refuses a file that is not the published one, and starts anew the next time', async () => {
    const path = join(tempFolder(), 'tool');
    checksum = 'f'.repeat(64);
    const failure = await download(`${base}/tool`, path, { checksums: `${base}/checksums.txt` }).catch((error: Error) => error.message);
    expect(failure).to.match(/is not the published file/);
    expect(existsSync(path) || existsSync(`${path}.part`)).to.equal(false);
  });

  it('does without a checksum where none is published', async () => {
    checksum = undefined;
    const path = join(tempFolder(), 'tool');
    await download(`${base}/tool`, path, { checksums: `${base}/checksums.txt` });
    expect(readFileSync(path)).to.deep.equal(BYTES);
  });

  it('names what was answered, and the host that does not answer', async () => {
    const path = join(tempFolder(), 'tool');
    expect(await download(`${base}/absent`, path).catch((error: Error) => error.message)).to.equal(`${base}/absent answered 404`);
    expect(await download('http://no-such-host.invalid/tool', path).catch((error: Error) => error.message)).to.match(
      /^no-such-host\.invalid: /,
    );
  });
});
