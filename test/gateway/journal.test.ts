import { expect } from 'chai';
import fc from 'fast-check';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { crc32 } from '../../apps/gateway/journal/crc32.js';
import { listJournals } from '../../apps/gateway/journal/files.js';
import { decodeFrames, encodeFrame } from '../../apps/gateway/journal/frames.js';
import { Journal, type JournalOptions } from '../../apps/gateway/journal/journal.js';
import { takeOwnership } from '../../apps/gateway/journal/owner.js';
import { recoverJournals } from '../../apps/gateway/journal/recovery.js';
import type { JournalRecord, LabelRecord, PredictionRecord } from '../../apps/gateway/journal/records.js';
import { storeJournal } from '../../apps/gateway/journal/segments.js';
import type { RekindleError } from '../../core/errors.js';
import { openDatabase } from '../../platform/tables/database.js';
import { tempFolder } from '../support/fixtures.js';
import { newPlace, parquetRows } from './support.js';

const failure = async (promise: Promise<unknown>): Promise<RekindleError> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (cause: unknown) => cause as RekindleError,
  );

describe('journal frames', () => {
  it('carry the CRC-32 that everybody computes', () => {
    expect(crc32(Buffer.from('123456789'))).to.equal(0xcbf43926); // the check value of CRC-32/ISO-HDLC
  });

  it('give back whole frames and nothing else, wherever the file is cut or spoilt', () => {
    const groups = fc.array(
      fc.array(
        fc.string({ minLength: 1 }).map((text) => JSON.stringify(text)),
        { minLength: 1, maxLength: 3 },
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(groups, fc.nat(), fc.boolean(), (frames, position, cut) => {
        const encoded = frames.map(encodeFrame);
        const file = Buffer.concat(encoded);
        expect(decodeFrames(file)).to.deep.equal({ records: frames.flat(), tail: 0 });
        const at = position % file.length;
        const spoilt = cut ? file.subarray(0, at) : Buffer.from(file);
        if (!cut) spoilt[at] = spoilt[at]! ^ 0x10;
        let [whole, end] = [0, 0];
        while (end + encoded[whole]!.length <= at) end += encoded[whole++]!.length;
        expect(decodeFrames(spoilt)).to.deep.equal({ records: frames.slice(0, whole).flat(), tail: spoilt.length - end });
      }),
    );
  });
});

describe('journal', () => {
  const open = (folder: string, options: Partial<JournalOptions> = {}): Journal =>
    new Journal({ folder, gateway: 'g', sync: 'interval', onFault: (cause) => expect.fail(String(cause)), ...options });
  const recordsIn = async (folder: string): Promise<string[]> =>
    (await listJournals(folder)).flatMap(({ path }) => decodeFrames(readFileSync(path)).records);
  const lines = Array.from({ length: 200 }, (_, n) => JSON.stringify({ n, text: 'ż'.repeat(n % 7) }));

  for (const sync of ['interval', 'always'] as const) {
    it(`has a record in the file when append resolves (${sync})`, async () => {
      const folder = tempFolder();
      const journal = open(folder, { sync });
      await journal.append(lines[0]!);
      expect(await recordsIn(folder)).to.deep.equal([lines[0]]);
      await Promise.all(lines.slice(1).map((line) => journal.append(line)));
      expect(await recordsIn(folder)).to.deep.equal(lines);
      await journal.close();
    });

    it(`loses nothing and repeats nothing when files change under load (${sync})`, async () => {
      const folder = tempFolder();
      const journal = open(folder, { sync, maxFileBytes: 500 });
      const writers = [0, 1, 2, 3].map(async (writer) => {
        for (const line of lines.filter((_, n) => n % 4 === writer)) {
          await journal.append(line);
          if (Math.random() < 0.2) await journal.rotate();
        }
      });
      await Promise.all(writers);
      await journal.close();
      expect(await recordsIn(folder)).to.have.members(lines);
      const closed = journal.takeClosed();
      expect(closed.length).to.be.greaterThan(3);
      expect(await listJournals(folder)).to.have.deep.members(closed);
      expect(journal.takeClosed()).to.deep.equal([]);
    });
  }

  it('says when it cannot write, and writes again when it can', async () => {
    const folder = join(tempFolder(), 'journal');
    const journal = open(folder);
    expect((await failure(journal.append(lines[0]!))).code).to.equal('JOURNAL_UNWRITABLE');
    mkdirSync(folder);
    await journal.append(lines[1]!);
    await journal.close();
    expect(await recordsIn(folder)).to.deep.equal([lines[1]]);
  });

  it('never gives a file the name of one that a run before left', async () => {
    const folder = tempFolder();
    const future = Date.now() + 3_600_000;
    const journal = open(folder, { after: future });
    await journal.append(lines[0]!);
    await journal.close();
    expect(journal.takeClosed()[0]!.sequence).to.be.greaterThan(future);
  });
});

describe('journal recovery', () => {
  const leave = (folder: string, name: string): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), encodeFrame(['{}']));
  };
  const ownedBy = (folder: string, owner: object): void => writeFileSync(join(folder, 'owner.json'), JSON.stringify(owner));
  const names = (files: readonly { path: string }[]): string[] => files.map(({ path }) => path.split('/').at(-1)!);

  /** A process that has ended: its pid belongs to nobody. */
  const deadPid = async (): Promise<number> => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    return child.pid!;
  };

  it('takes over what dead gateways of the machine left, oldest first, and its own', async () => {
    const root = tempFolder();
    leave(join(root, 'old'), 'old-7.journal');
    ownedBy(join(root, 'old'), { host: hostname(), pid: await deadPid(), started: '1' });
    leave(join(root, 'stopped'), 'stopped-3.journal');
    leave(join(root, 'me'), 'me-5.journal');
    expect(names(await recoverJournals(root, 'me'))).to.deep.equal(['stopped-3.journal', 'me-5.journal', 'old-7.journal']);
    expect(existsSync(join(root, 'old'))).to.equal(false);
    expect(existsSync(join(root, 'me', 'old-7.journal'))).to.equal(true);
  });

  it('leaves the files of living gateways, here and on other hosts, alone', async () => {
    const root = tempFolder();
    leave(join(root, 'here'), 'here-1.journal');
    await takeOwnership(join(root, 'here'));
    leave(join(root, 'elsewhere'), 'elsewhere-1.journal');
    ownedBy(join(root, 'elsewhere'), { host: 'another-host', pid: 1, started: null });
    expect(await recoverJournals(root, 'me')).to.deep.equal([]);
  });

  it('is not fooled by a pid that came back as another process', async () => {
    const root = tempFolder();
    leave(join(root, 'old'), 'old-1.journal');
    ownedBy(join(root, 'old'), { host: hostname(), pid: process.pid, started: '1' });
    expect(names(await recoverJournals(root, 'me'))).to.deep.equal(['old-1.journal']);
  });

  it('refuses a name that a living gateway has', async () => {
    const root = tempFolder();
    await takeOwnership(join(root, 'me'));
    const error = await failure(recoverJournals(root, 'me'));
    expect(error.code).to.equal('CONFIG_INVALID');
    expect(error.message).to.include(String(process.pid));
  });
});

describe('journal segments', () => {
  const prediction = (changes: Partial<PredictionRecord>): PredictionRecord => ({
    kind: 'prediction',
    model: 'prices',
    environment: 'production',
    version: 'v1',
    id: '01HZX0000000000000000000AA',
    times: Date.parse('1997-05-06T10:00:00Z'),
    received: Date.parse('2026-01-01T00:00:00.250Z'),
    latencyMs: 0.5,
    scores: [0.25],
    labels: ['DOWN'],
    features: [{ name: 'price', type: 'number' }],
    columns: [[1.5]],
    ...changes,
  });
  const label: LabelRecord = {
    kind: 'label',
    model: 'prices',
    received: 0,
    ids: ['a', 'b'],
    labels: ['UP', 'DOWN'],
    times: [null, 86_400_000],
  };

  const store = async (records: readonly JournalRecord[]) => {
    const place = newPlace();
    const file = { path: join(tempFolder(), 'g-42.journal'), gateway: 'g', sequence: 42 };
    writeFileSync(file.path, encodeFrame(records.map((record) => JSON.stringify(record))));
    const database = openDatabase({ memoryMb: 128 });
    const once = () => storeJournal(file, place.objects, database);
    const keys = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of place.objects.list('')) found.push(key);
      return found;
    };
    return { place, once, keys, close: () => database.close() };
  };

  it('lie in the day folder of the event, one file for each model, environment, day and kind', async () => {
    const times = ['1997-05-06T23:59:59.999Z', '1997-05-07T00:00:00Z'].map((time) => Date.parse(time));
    const { place, once, keys, close } = await store([
      prediction({ times, scores: [0.25, 0.75], labels: ['DOWN', 'UP'], columns: [[1.5, null]] }),
      prediction({ model: 'demand', id: '01HZX0000000000000000000AB' }),
      label,
    ]);
    expect(await once()).to.deep.equal({ predictions: { prices: 2, demand: 1 }, labels: { prices: 2 }, segments: 5, tail: 0 });
    expect(await keys()).to.deep.equal([
      'labels/prices/1970-01-01/g-42.parquet',
      'labels/prices/1970-01-02/g-42.parquet',
      'predictions/demand/production/1997-05-06/g-00000042.parquet',
      'predictions/prices/production/1997-05-06/g-00000042.parquet',
      'predictions/prices/production/1997-05-07/g-00000042.parquet',
    ]);
    expect(await parquetRows(place, 'predictions/prices/production/1997-05-07/')).to.deep.equal([
      {
        prediction_id: '01HZX0000000000000000000AA.1',
        event_time: '1997-05-07 00:00:00',
        received_at: '2026-01-01 00:00:00.25',
        version: 'v1',
        score: 0.75,
        prediction: 'UP',
        latency_ms: 0.5,
        feature_price: null,
      },
    ]);
    close();
  });

  it('are the same objects when the file is stored again', async () => {
    const { place, once, keys, close } = await store([prediction({}), label]);
    await once();
    const etags = async () => Promise.all((await keys()).map(async (key) => (await place.objects.head(key))!.etag));
    const before = await etags();
    await once();
    expect(await etags()).to.deep.equal(before);
    close();
  });

  it('keep versions with other features apart', async () => {
    const season = prediction({ id: 'B', version: 'v2', features: [{ name: 'price', type: 'category' }], columns: [['low']] });
    const { place, once, keys, close } = await store([prediction({}), season]);
    await once();
    expect(await keys()).to.deep.equal([
      'predictions/prices/production/1997-05-06/g-00000042.parquet',
      'predictions/prices/production/1997-05-06/g.1-00000042.parquet',
    ]);
    const rows = await parquetRows(place, 'predictions/prices/production/1997-05-06/g.1-');
    expect(rows.map((row) => row['feature_price'])).to.deep.equal(['low']);
    close();
  });
});
