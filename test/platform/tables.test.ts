import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { csv, ndjson, parquet, type Source } from '../../core/lifecycle/model-spec.js';
import { FolderStore } from '../../platform/object-store/folder.js';
import { openTables } from '../../platform/tables/duckdb.js';
import { failureOf } from '../support/failure.js';

const ELECTRICITY = join(import.meta.dirname, '../../examples/electricity/data/electricity.csv.gz');
const ALL = { time: 'timestamp', from: '1900-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };

describe('tables', () => {
  let folder: string;
  let tables: ReturnType<typeof openTables>;
  const path = (name: string): string => join(folder, name);
  const file = async (name: string, content: string | Buffer): Promise<string> => (await writeFile(path(name), content), name);
  const sha256 = async (name: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(path(name)))
      .digest('hex');

  const extract = (source: Source, options: object = {}) => tables.extract(source, { ...ALL, path: path('out.parquet'), ...options });
  const rows = (name = 'out.parquet') => tables.query(`SELECT * FROM read_parquet('${path(name)}')`);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-tables-'));
    tables = openTables({ project: folder, objects: new FolderStore(path('objects')) });
  });
  after(async () => {
    tables.close();
    await rm(folder, { recursive: true, force: true });
  });

  describe('extract', () => {
    it('takes the half-open window of a gzipped CSV in time order', async () => {
      const info = await extract(csv(ELECTRICITY), { from: '1997-04-22T00:00:00Z', to: '1997-04-29T00:00:00Z' });
      expect(info.rows).to.equal(7 * 48);
      expect(info.withoutTime).to.equal(0);
      expect(info.columns.map(({ name, type }) => `${name} ${type}`)).to.deep.equal([
        'timestamp TIMESTAMP',
        ...['period', 'nswprice', 'nswdemand', 'vicprice', 'vicdemand', 'transfer'].map((name) => `${name} DOUBLE`),
        'class VARCHAR',
      ]);
      const [ends] = await tables.query(
        `SELECT min(timestamp) AS first, max(timestamp) AS last FROM read_parquet('${path('out.parquet')}')`,
      );
      expect(ends).to.deep.equal({ first: '1997-04-22 00:00:00', last: '1997-04-28 23:30:00' });
    });

    it('reads times of any zone as UTC, and those without a zone as UTC too', async () => {
      await file('zones.csv', 'timestamp,a\n1997-04-22T02:00:00+02:00,1\n1997-04-22T00:30:00Z,2\n1997-04-22T01:00:00,3\n1997-04-22,4\n');
      await extract(csv('zones.csv'));
      expect(await rows()).to.deep.equal([
        { timestamp: '1997-04-22 00:00:00', a: 1 },
        { timestamp: '1997-04-22 00:00:00', a: 4 },
        { timestamp: '1997-04-22 00:30:00', a: 2 },
        { timestamp: '1997-04-22 01:00:00', a: 3 },
      ]);
    });

    it('reads NDJSON, plain and gzipped, with times of any zone', async () => {
      const text = '{"timestamp":"1997-04-22T02:00:00+02:00","a":1,"zip":"007"}\n{"timestamp":"1997-04-22T01:00:00Z","a":2.5,"zip":"8"}\n';
      const expected = [
        { timestamp: '1997-04-22 00:00:00', a: 1, zip: '007' },
        { timestamp: '1997-04-22 01:00:00', a: 2.5, zip: '8' },
      ];
      for (const source of [ndjson(await file('a.ndjson', text)), ndjson(await file('a.ndjson.gz', gzipSync(text)))]) {
        await extract(source);
        expect(await rows()).to.deep.equal(expected);
      }
    });

    it('reads Parquet, its zoned times in UTC', async () => {
      await tables.query(
        `COPY (SELECT TIMESTAMPTZ '1997-04-22 02:00:00+02:00' AS timestamp, 1.5 AS a) TO '${path('in.parquet')}' (FORMAT parquet)`,
      );
      await extract(parquet('in.parquet'));
      expect(await rows()).to.deep.equal([{ timestamp: '1997-04-22 00:00:00', a: '1.5' }]);
    });

    it('keeps the spelling of categories', async () => {
      await file('zip.csv', 'timestamp,zip,n\n1997-04-22,7.0,7.0\n');
      await extract(csv('zip.csv'), { text: ['zip'] });
      expect(await rows()).to.deep.equal([{ timestamp: '1997-04-22 00:00:00', zip: '7.0', n: 7 }]);
    });

    it('keeps the order of the file among rows of one time, and gives the same bytes each time', async () => {
      const lines = Array.from({ length: 5_000 }, (_, n) => `1997-04-${n % 2 ? '23' : '22'},${n}`);
      await file('ties.csv', `timestamp,n\n${lines.join('\n')}\n`);
      await extract(csv('ties.csv'));
      const [order] = await tables.query(`SELECT list(n) AS all FROM (SELECT n FROM read_parquet('${path('out.parquet')}'))`);
      const evens = Array.from({ length: 2_500 }, (_, n) => 2 * n);
      expect(order!['all']).to.equal(`[${[...evens, ...evens.map((n) => n + 1)].join(', ')}]`);
      const first = await sha256('out.parquet');
      await extract(csv('ties.csv'));
      expect(await sha256('out.parquet')).to.equal(first);
    });

    it('counts rows without a time and leaves them out', async () => {
      await file('holes.csv', 'timestamp,a\n,1\n1997-04-22,2\n,3\n');
      const info = await extract(csv('holes.csv'));
      expect(info).to.include({ rows: 1, withoutTime: 2 });
    });

    it('reads over HTTP and from the object store, whatever the name says about compression', async () => {
      const text = 'timestamp,a\n1997-04-22,1\n';
      const server = createServer((request, response) => {
        if (request.url === '/data') response.end(gzipSync(text));
        else response.writeHead(request.url === '/gone' ? 404 : 500).end();
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        await extract(csv(`${base}/data`));
        expect(await rows()).to.deep.equal([{ timestamp: '1997-04-22 00:00:00', a: 1 }]);
        await failureOf(extract(csv(`${base}/gone`)), 'SOURCE_NOT_FOUND');
        expect((await failureOf(extract(csv(`${base}/broken`)), 'SOURCE_UNREACHABLE')).retryable).to.equal(true);
      } finally {
        server.close();
      }
      await new FolderStore(path('objects')).put('raw/a.csv', text);
      await extract(csv('store:raw/a.csv'));
      expect(await rows()).to.deep.equal([{ timestamp: '1997-04-22 00:00:00', a: 1 }]);
      expect((await failureOf(extract(csv('store:raw/b.csv')), 'SOURCE_NOT_FOUND')).message).to.include('store:raw/b.csv');
    });

    it('reads s3:// through the store if that is its bucket, and says so if not', async () => {
      const objects = new FolderStore(path('objects'));
      await objects.put('raw/b.csv.gz', gzipSync('timestamp,a\n1997-04-22,2\n'));
      const ours = openTables({ project: folder, objects, bucket: 'lake' });
      await ours.extract(csv('s3://lake/raw/b.csv.gz'), { ...ALL, path: path('out.parquet') });
      expect(await rows()).to.deep.equal([{ timestamp: '1997-04-22 00:00:00', a: 2 }]);
      const error = await failureOf(ours.newestEvent(csv('s3://sea/raw/b.csv.gz'), 'timestamp'), 'SOURCE_NOT_FOUND');
      expect(error.message).to.include("'sea'");
      ours.close();
    });

    it('reads the files of a glob as one table', async () => {
      await file('part-1.csv', 'timestamp,a\n1997-04-23,1\n');
      await file('part-2.csv', 'timestamp,a\n1997-04-22,2\n');
      await extract(csv('part-*.csv'));
      expect((await rows()).map(({ a }) => a)).to.deep.equal([2, 1]);
      expect((await failureOf(extract(csv('nothing-*.csv')), 'SOURCE_NOT_FOUND')).message).to.include('nothing-*.csv');
    });

    it('stops when it is cancelled', async () => {
      const controller = new AbortController();
      controller.abort(new Error('cancelled'));
      const error = await extract(csv(ELECTRICITY), { signal: controller.signal }).catch((reason: unknown) => reason);
      expect(error).to.have.property('message', 'cancelled');
    });
  });

  it('interrupts a query whenever it is cancelled, before its statement starts too', async () => {
    const endless = 'SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3';
    for (const afterMs of [0, 1, 2, 4, 50]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('cancelled')), afterMs);
      const error = await tables.query(endless, {}, { signal: controller.signal }).catch((reason: unknown) => reason);
      expect(error).to.have.property('message', 'cancelled');
    }
    expect(await tables.query('SELECT 1 AS n')).to.deep.equal([{ n: 1 }]);
  });

  describe('bad input', () => {
    it('names a missing file', async () => {
      const error = await failureOf(extract(csv('nowhere.csv')), 'SOURCE_NOT_FOUND');
      expect(error.message).to.include("'nowhere.csv'");
    });

    it('names a missing time column and what there is instead', async () => {
      await file('no-time.csv', 'when,a\n1997-04-22,1\n');
      const error = await failureOf(extract(csv('no-time.csv')), 'COLUMN_NOT_FOUND');
      expect(error.message).to.equal("Source 'no-time.csv' has no column 'timestamp'; it has: when, a.");
    });

    it('names the line of a value that is no time', async () => {
      await file('bad-time.csv', 'timestamp,a\n1997-04-22,1\n22.04.1997,2\nsoon,3\n');
      const error = await failureOf(extract(csv('bad-time.csv')), 'COLUMN_TYPE_INVALID');
      expect(error.details).to.deep.equal({ source: 'bad-time.csv', column: 'timestamp', value: '22.04.1997', line: 3 });
      expect(error.message).to.include("line 3, column 'timestamp': '22.04.1997'");
    });

    it('names the line of text that is not UTF-8, also far behind the beginning', async () => {
      const lines = gunzipSync(await readFile(ELECTRICITY))
        .toString()
        .split('\n');
      lines[29_999] = lines[29_999]!.replace(/UP|DOWN/, 'café');
      await file('latin1.csv.gz', gzipSync(Buffer.from(lines.join('\n'), 'latin1')));
      const error = await failureOf(extract(csv('latin1.csv.gz')), 'SOURCE_UNREADABLE');
      expect(error.message).to.equal("Source 'latin1.csv.gz', line 30000: the text is not UTF-8.");
      await file(
        'latin1.ndjson',
        Buffer.from('{"timestamp":"1997-04-22","b":"x"}\n{"timestamp":"1997-04-22","b":"caf\u00e9"}\n', 'latin1'),
      );
      const json = await failureOf(extract(ndjson('latin1.ndjson')), 'SOURCE_UNREADABLE');
      expect(json.message).to.equal("Source 'latin1.ndjson', line 2: the text is not UTF-8.");
    });

    it('names the line of broken JSON', async () => {
      const good = '{"timestamp":"1997-04-22","a":1}\n';
      await file('broken.ndjson', `${good.repeat(4_000)}{"timestamp":"1997-04-22","a":\n${good.repeat(4_000)}`);
      const error = await failureOf(extract(ndjson('broken.ndjson')), 'SOURCE_UNREADABLE');
      expect(error.details).to.include({ line: 4_001 });
    });

    it('names the line that has more or fewer columns than the header', async () => {
      const good = '1997-04-22,1,"a, b"\n';
      await file('more.csv', `timestamp,a,b\n${good.repeat(30_000)}1997-04-22,1,2,3\n${good}`);
      const more = await failureOf(extract(csv('more.csv')), 'SOURCE_UNREADABLE');
      expect(more.message).to.equal("Source 'more.csv', line 30002: Expected Number of Columns: 3 Found: 4.");
      await file('fewer.csv', `timestamp,a,b\n${good.repeat(500)}1997-04-22,1\n${good}`);
      expect((await failureOf(extract(csv('fewer.csv')), 'SOURCE_UNREADABLE')).details).to.include({ line: 502 });
    });

    it('takes UTF-16 for what it is', async () => {
      await file('utf16.csv', Buffer.from('timestamp,a\n1997-04-22,1\n', 'utf16le'));
      expect((await failureOf(extract(csv('utf16.csv')), 'SOURCE_UNREADABLE')).message).to.include('not UTF-8');
    });

    it('says that a file is no Parquet', async () => {
      await file('text.parquet', 'timestamp,a\n1997-04-22,1\n');
      expect((await failureOf(extract(parquet('text.parquet')), 'SOURCE_UNREADABLE')).message).to.include('not a Parquet file');
    });

    it('says that a file or a window is empty', async () => {
      await failureOf(extract(csv(await file('header.csv', 'timestamp,a\n'))), 'DATA_EMPTY');
      await file('one.csv', 'timestamp,a\n1997-04-22,1\n');
      const error = await failureOf(extract(csv('one.csv'), { from: '1998-01-01T00:00:00Z' }), 'DATA_EMPTY');
      expect(error.message).to.include('newest is of 1997-04-22T00:00:00.000Z');
      await failureOf(extract(csv(await file('zero.csv', ''))), 'COLUMN_NOT_FOUND');
    });

    it('goes on after a statement that brought the database down', async () => {
      // A sample that ends before the bad byte makes DuckDB 1.5.5 fail with an internal error.
      const crash = tables.query(`SELECT count(class) FROM read_csv('${path('latin1.csv.gz')}')`).catch((error: Error) => error.message);
      expect(await crash).to.match(/INTERNAL Error/);
      const results = await Promise.all([1, 2, 3].map((n) => tables.query(`SELECT ${n} AS n`)));
      expect(results).to.deep.equal([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]]);
    });
  });

  it('finds the newest event of a source', async () => {
    expect(await tables.newestEvent(csv(ELECTRICITY), 'timestamp')).to.equal('1998-12-06T23:30:00.000Z');
    await file('empty-time.csv', 'timestamp,a\n,1\n');
    await failureOf(tables.newestEvent(csv('empty-time.csv'), 'timestamp'), 'COLUMN_EMPTY');
  });

  it('finds the line of a value in its source', async () => {
    await file('lines.csv', 'timestamp,a\n1997-04-22,1\n1997-04-23,oops\n1997-04-24,oops\n');
    expect(await tables.lineOf(csv('lines.csv'), 'a', 'oops')).to.equal(3);
    expect(await tables.lineOf(csv('lines.csv'), 'a', 'else')).to.equal(undefined);
    expect(await tables.lineOf(csv('lines.csv'), 'other', 'oops')).to.equal(undefined);
    await file('lines.ndjson', '{"timestamp":"1997-04-22","a":1}\n{"timestamp":"1997-04-22","a":"oops"}\n');
    expect(await tables.lineOf(ndjson('lines.ndjson'), 'a', 'oops')).to.equal(2);
  });

  describe('transform', () => {
    const transform = (sql: string, variables: Record<string, string> = {}) =>
      tables.transform(sql, { from: path('raw.parquet'), to: path('clean.parquet'), variables });

    before(() =>
      tables.query(`COPY (SELECT TIMESTAMP '1997-04-22' + INTERVAL (i) DAY AS t, i AS a FROM range(3) r(i)) TO '${path('raw.parquet')}'`),
    );

    it('runs one SELECT over raw, comments and semicolon included', async () => {
      const info = await transform('-- doubles a\nSELECT *, 2 * a AS b, isodow(t)::VARCHAR AS weekday FROM raw; -- done;\n/* really */\n');
      expect(info.rows).to.equal(3);
      expect(info.columns.map(({ name }) => name)).to.deep.equal(['t', 'a', 'b', 'weekday']);
      expect((await rows('clean.parquet'))[0]).to.deep.equal({ t: '1997-04-22 00:00:00', a: 0, b: 0, weekday: '2' });
    });

    it('gives the variables to the SQL, times as times', async () => {
      await transform("SELECT a, getvariable('who') AS who FROM raw WHERE t >= getvariable('as_of')", {
        as_of: '1997-04-24T02:00:00+02:00',
        who: "o'neil",
      });
      expect(await rows('clean.parquet')).to.deep.equal([{ a: 2, who: "o'neil" }]);
    });

    it("forgets one run's variables in the next", async () => {
      await transform("SELECT getvariable('who') AS who FROM raw LIMIT 1");
      expect(await rows('clean.parquet')).to.deep.equal([{ who: null }]);
    });

    it("fails with DuckDB's words and the line in the SQL", async () => {
      const error = await failureOf(transform('SELECT *,\n  nope + 1 AS b\nFROM raw'), 'TRANSFORM_FAILED');
      expect(error.message)
        .to.match(/"nope" not found/)
        .and.to.match(/LINE 2/);
    });

    it('refuses anything but one statement that selects', async () => {
      expect((await failureOf(transform('SELECT 1; SELECT 2'), 'TRANSFORM_FAILED')).message).to.include('2 statements');
      await failureOf(transform('DROP VIEW raw'), 'TRANSFORM_FAILED');
      await failureOf(transform('selec 1'), 'TRANSFORM_FAILED');
    });
  });

  describe('check and snapshot', () => {
    const columns = { a: 'number', b: 'category' } as const;
    const check = () => tables.check(path('c.parquet'), { time: 't', columns, table: 'The output of sql/x.sql' });
    const given = (sql: string) => tables.query(`COPY (${sql}) TO '${path('c.parquet')}' (FORMAT parquet)`);
    const days = (select: string) => `SELECT TIMESTAMP '1997-04-22' + INTERVAL (i) DAY AS t, ${select} FROM range(4) r(i)`;

    it('accepts numbers written as text and categories written as numbers', async () => {
      await given(days(`i::VARCHAR AS a, i AS b`));
      await check();
    });

    it('names every missing column', async () => {
      await given(days('i AS x'));
      const error = await failureOf(check(), 'COLUMN_NOT_FOUND');
      expect(error.message).to.equal("The output of sql/x.sql has no column 'a', 'b'; it has: t, x.");
    });

    it('names the first value that does not fit, and its row by time', async () => {
      await given(days(`CASE WHEN i >= 2 THEN 'oops' || i ELSE i::VARCHAR END AS a, 'x' AS b`));
      const error = await failureOf(check(), 'COLUMN_TYPE_INVALID');
      expect(error.details).to.deep.equal({ column: 'a', value: 'oops2', time: '1997-04-24T00:00:00Z', wanted: 'number', bad: 2 });
    });

    it('names an all-empty column; NaN is empty too', async () => {
      await given(days(`i AS a, NULL::VARCHAR AS b`));
      expect((await failureOf(check(), 'COLUMN_EMPTY')).message).to.include("column 'b'");
      await given(days(`'NaN'::DOUBLE AS a, 'x' AS b`));
      expect((await failureOf(check(), 'COLUMN_EMPTY')).message).to.include("column 'a'");
    });

    it('refuses what can never be a number', async () => {
      await given(days(`{'x': i} AS a, 'x' AS b`));
      await failureOf(check(), 'COLUMN_TYPE_INVALID');
    });

    it('writes the same bytes for the same rows in any order', async () => {
      const snapshot = (to: string) =>
        tables.snapshot({
          from: path('c.parquet'),
          to: path(to),
          time: 't',
          columns,
          since: '1997-04-22T00:00:00Z',
          until: '1997-04-25T00:00:00Z',
          required: 'b',
        });
      const many = `SELECT TIMESTAMP '1997-04-22' + INTERVAL (i // 100000) DAY AS t, hash(i) % 1000 / 7 AS a,
        CASE WHEN i % 10 = 0 THEN NULL ELSE 'c' || i % 7 END AS b, i AS ignored FROM range(400000) r(i)`;
      await given(many);
      const info = await snapshot('s1.parquet');
      await given(`${many} ORDER BY hash(i)`);
      await snapshot('s2.parquet');
      expect(info.rows).to.equal(270_000);
      expect(info.columns).to.deep.equal([
        { name: 'a', type: 'DOUBLE' },
        { name: 'b', type: 'VARCHAR' },
        { name: 't', type: 'TIMESTAMP' },
      ]);
      expect(await sha256('s1.parquet')).to.equal(await sha256('s2.parquet'));
    });
  });

  describe('read', () => {
    it('gives typed arrays in the order of files and rows, NaN and −1 where nothing is', async () => {
      await tables.query(`COPY (SELECT unnest([1.5, NULL]) AS a, unnest(['x', 'y']) AS b) TO '${path('r1.parquet')}'`);
      await tables.query(`COPY (SELECT unnest([3, 4]) AS a, unnest([NULL, 'x']) AS b) TO '${path('r2.parquet')}'`);
      const frame = await tables.read([path('r2.parquet'), path('r1.parquet')], { a: 'number', b: 'category' });
      expect(frame).to.deep.equal({
        rows: 4,
        columns: {
          a: { type: 'number', values: Float64Array.of(3, 4, 1.5, Number.NaN) },
          b: { type: 'category', codes: Int32Array.of(-1, 0, 0, 1), categories: ['x', 'y'] },
        },
      });
    });

    it('reads more than one chunk, filtered and ordered', async () => {
      await tables.query(`COPY (SELECT i AS a FROM range(10000) r(i)) TO '${path('r3.parquet')}'`);
      const frame = await tables.read([path('r3.parquet')], { a: 'number' }, { where: 'a >= 100', orderBy: 'a DESC' });
      const { values } = frame.columns['a'] as { values: Float64Array };
      expect(frame.rows).to.equal(9_900);
      expect([values[0], values[9_899]]).to.deep.equal([9_999, 100]);
      expect(values.buffer).to.be.instanceOf(SharedArrayBuffer);
    });

    it('names a missing column', async () => {
      expect((await failureOf(tables.read([path('r1.parquet')], { nope: 'number' }), 'COLUMN_NOT_FOUND')).message).to.include("'nope'");
    });
  });
});
