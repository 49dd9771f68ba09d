import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { CheckResult, ValidationReport } from '../../core/validation/report.js';
import { ValidationReport as Report } from '../../core/validation/report.js';
import { parseSuite } from '../../core/validation/suite.js';
import { openTables } from '../../platform/tables/duckdb.js';
import { validateFile } from '../../platform/validation/validate-file.js';
import { failureOf } from '../support/failure.js';

const AS_OF = '2026-01-10T00:00:00.000Z';

describe('a suite run over a file', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'rekindle-validation-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const run = async (path: string, ...checks: unknown[]): Promise<ValidationReport> => {
    const report = await validateFile(path, parseSuite({ schema: 'rekindle/check-suite/1', checks }, 'suite'), { asOf: AS_OF });
    expect(Report.parse(report)).to.deep.equal(report);
    return report;
  };
  const one = async (path: string, check: unknown): Promise<CheckResult> => (await run(path, check)).checks[0]!;
  const lines = ({ examples }: CheckResult): unknown[] => examples.map(({ value, line }) => [value, line]);

  const SHOP = [
    'id,price,kind,at',
    '1,10,shoe,2026-01-09T00:00:00',
    '2,-5,hat,2026-01-08T12:00:00',
    '3,,shoe,2026-01-08T00:00:00',
    '3,cheap,boat,2026-01-07T00:00:00',
    '5,7,,2026-01-07T00:00:00',
    '',
  ].join('\n');

  it('counts what fails each check, with the first lines of it', async () => {
    const path = file('shop.csv', SHOP);
    const report = await run(
      path,
      { check: 'range', column: 'price', min: 0, max: 100 },
      { check: 'not_null', column: 'price', allow: { rows: 1 } },
      { check: 'unique', columns: ['id'] },
      { check: 'categories', column: 'kind', categories: ['shoe', 'hat'], severity: 'warning' },
      { check: 'row_count', min: 5, max: 5 },
      { check: 'freshness', column: 'at', maxAge: '1 day' },
      { check: 'schema', columns: { id: 'number', price: 'number', kind: 'category', at: 'time' }, extraColumns: false },
      { check: 'duplicates' },
      { check: 'sql', sql: "SELECT id, kind FROM data WHERE kind = 'boat';", name: 'no boats' },
    );
    expect(report).to.include({ verdict: 'fail', rows: 5 });
    expect(report.checks.map(({ verdict, failing }) => [verdict, failing])).to.deep.equal([
      ['fail', 2],
      ['pass', 1],
      ['fail', 1],
      ['fail', 1],
      ['pass', 0],
      ['pass', 0],
      ['fail', 1],
      ['pass', 0],
      ['fail', 1],
    ]);
    const [range, missing, unique, kinds, , fresh, schema, , sql] = report.checks as [CheckResult, ...CheckResult[]];
    expect(lines(range)).to.deep.equal([
      ['-5', 3],
      ['cheap', 5],
    ]);
    expect(missing!.examples).to.deep.equal([{ value: null, row: 3, line: 4 }]);
    expect(lines(unique!)).to.deep.equal([['3', 5]]);
    expect(lines(kinds!)).to.deep.equal([['boat', 5]]);
    expect(fresh!.text).to.equal(
      "The newest 'at' is 2026-01-09T00:00:00.000Z: 24 hours before 2026-01-10T00:00:00.000Z, and 1 day may be.",
    );
    expect(schema!.text).to.equal("'price' has 1 of 4 values that are no numbers, such as 'cheap'.");
    expect(sql!.examples).to.deep.equal([{ value: '{"id":3.0,"kind":"boat"}', row: null, line: null }]);
  });

  it('runs the others when one cannot be run: that is its own failure', async () => {
    const report = await run(
      file('shop.csv', SHOP),
      { check: 'range', column: 'prise', min: 0 },
      { check: 'sql', sql: 'SELECT nothing FROM data' },
      { check: 'sql', sql: 'SELECT FROM WHERE' },
      { check: 'unique', columns: ['id', 'key'] },
      { check: 'freshness', column: 'kind', maxAge: '1 day' },
      { check: 'not_null', column: 'id' },
      { check: 'sql', sql: 'FROM data WHERE id > 100' },
    );
    expect(report.checks.map(({ verdict, failing }) => [verdict, failing])).to.deep.equal([
      ['fail', null],
      ['fail', null],
      ['fail', null],
      ['fail', null],
      ['fail', null],
      ['pass', 0],
      ['pass', 0],
    ]);
    expect(report.checks[0]!.text).to.equal("Not run: there is no column 'prise'; there are 'id', 'price', 'kind', 'at'.");
    expect(report.checks[1]!.text).to.contain('"nothing" not found');
    expect(report.checks[2]!.text).to.contain('syntax error');
    expect(report.checks[3]!.text).to.contain("no column 'key'");
    expect(report.checks[4]!.text).to.equal("Not run: no value of 'kind' is a time.");
  });

  it('keeps identifiers of 18 digits apart, in any kind of file', async () => {
    // these two are the same double
    const [a, b] = ['900719925474099301', '900719925474099302'];
    expect(Number(a)).to.equal(Number(b));
    const files = [file('ids.csv', `id\n${a}\n${b}\n`), file('ids.ndjson', `{"id": ${a}}\n{"id": ${b}}\n`), join(folder, 'ids.parquet')];
    const tables = openTables({ project: folder });
    await tables.query(`COPY (SELECT * FROM (VALUES (${a}::BIGINT), (${b}::BIGINT)) t(id)) TO '${files[2]}' (FORMAT parquet)`);
    tables.close();
    for (const path of files) {
      expect(await one(path, { check: 'unique', columns: ['id'] }), path).to.include({ verdict: 'pass', failing: 0 });
      const range = await one(path, { check: 'range', column: 'id', max: a });
      expect(range, path).to.include({ failing: 1 });
      expect(range.examples[0]!.value, path).to.equal(b);
      expect(await one(path, { check: 'categories', column: 'id', categories: [a] }), path).to.include({ failing: 1 });
      const sql = await one(path, { check: 'sql', sql: `SELECT id FROM data WHERE CAST(id AS VARCHAR) = '${b}'` });
      expect(sql, path).to.include({ failing: 1 });
      expect(sql.examples[0]!.value, path).to.contain(b);
    }
  });

  it('knows the same numbers with and without NULL, NA and padding', async () => {
    const path = file('padded.csv', ' x , y \n 1 , a\nNULL,b \nNA, c\n4,d\n');
    const report = await run(
      path,
      { check: 'range', column: 'x', min: 1, max: 4 },
      { check: 'not_null', column: 'x' },
      { check: 'categories', column: 'y', categories: ['a', 'b', 'c', 'd'] },
    );
    expect(report.checks.map(({ failing }) => failing)).to.deep.equal([0, 2, 0]);
    expect(lines(report.checks[1]!)).to.deep.equal([
      ['NULL', 3],
      ['NA', 4],
    ]);
    expect(report.findings.map(({ code }) => code)).to.include.members(['header_trimmed', 'cells_trimmed', 'missing_words']);
  });

  it('checks what is left of a file with ragged rows, and says how many are not', async () => {
    const path = file('ragged.csv', 'a,b\n1,2\n3\n4,5\n6,7\n');
    const report = await run(path, { check: 'range', column: 'b', max: 6 });
    expect(report.rows).to.equal(3);
    expect(lines(report.checks[0]!)).to.deep.equal([['7', 5]]);
    expect(report.findings[0]).to.include({ code: 'ragged_rows', line: 3 });
  });

  it('gives lines as an editor counts them: quoted line ends, CRLF, a byte order mark, Latin-1, gzip', async () => {
    const quoted = 'a,b\r\n"two\r\nlines",1\r\nx,9\r\n';
    for (const [name, content] of [
      ['quoted.csv', quoted],
      ['mark.csv', `\uFEFF${quoted}`],
      ['latin.csv', Buffer.from(quoted.replace('x', 'é'), 'latin1')],
      ['packed.csv.gz', gzipSync(quoted)],
    ] as const)
      expect(lines(await one(file(name, content), { check: 'range', column: 'b', max: 5 })), name).to.deep.equal([['9', 4]]);
  });

  it('refuses an empty file, and finds nothing to look at below a header', async () => {
    await failureOf(one(file('empty.csv', ''), { check: 'row_count', min: 1 }), 'FILE_EMPTY');
    const report = await run(
      file('header.csv', 'a,b,t\n'),
      { check: 'row_count', min: 1 },
      { check: 'range', column: 'a', min: 0 },
      { check: 'unique', columns: ['a'] },
      { check: 'duplicates' },
      { check: 'freshness', column: 't', maxAge: '1 day' },
      { check: 'schema', columns: { a: 'number' } },
    );
    expect(report.checks.map(({ verdict }) => verdict)).to.deep.equal(['fail', 'not_run', 'not_run', 'not_run', 'not_run', 'pass']);
    expect(report).to.include({ verdict: 'fail', rows: 0 });
    expect((await run(file('header.csv', 'a\n'), { check: 'range', column: 'a', min: 0 })).verdict).to.equal('warn');
  });

  it('has nothing to say of the range of a column without values, and finds that they are missing', async () => {
    const path = file('gone.csv', 'a,b\n,1\nNA,2\n');
    const report = await run(
      path,
      { check: 'range', column: 'a', min: 0 },
      { check: 'categories', column: 'a', categories: ['x'] },
      { check: 'unique', columns: ['a'] },
      { check: 'not_null', column: 'a' },
    );
    expect(report.checks.map(({ verdict }) => verdict)).to.deep.equal(['not_run', 'not_run', 'not_run', 'fail']);
  });

  it('takes infinite values for outside of every range with an end there', async () => {
    const path = file('infinite.csv', 'a\n1\ninf\n-Infinity\n');
    expect(lines(await one(path, { check: 'range', column: 'a', min: 0 }))).to.deep.equal([['-Infinity', 4]]);
    expect(await one(path, { check: 'range', column: 'a', min: 0, max: 5 })).to.include({ failing: 2 });
  });

  it('reads dates with the day first, and ranges of them', async () => {
    const path = file('dates.csv', 'day\n31/12/2025\n01/02/2026\n05/01/2026\n');
    expect(lines(await one(path, { check: 'range', column: 'day', min: '2025-12-31', max: '2026-01-31' }))).to.deep.equal([
      ['01/02/2026', 3],
    ]);
    expect((await run(path, { check: 'schema', columns: { day: 'time' } })).findings.map(({ code }) => code)).to.include('date_order');
    const wrong = await one(file('words.csv', 'day\n2026-01-01\nsoon\n2026-01-02\n2026-01-03\n'), {
      check: 'range',
      column: 'day',
      min: '2026-01-01',
    });
    expect(lines(wrong)).to.deep.equal([['soon', 3]]);
  });

  it('does not take a time far ahead for fresh data', async () => {
    const path = file('ahead.csv', 'at\n2025-06-01\n2099-01-01\n');
    const fresh = await one(path, { check: 'freshness', column: 'at', maxAge: '1 day' });
    expect(fresh).to.include({ verdict: 'fail', failing: 1 });
    expect(fresh.text).to.equal(
      "The newest 'at' is 2025-06-01T00:00:00.000Z: 223 days before 2026-01-10T00:00:00.000Z, and 1 day may be. 1 of 2 times are after it and count for nothing.",
    );
    expect((await one(file('future.csv', 'at\n2099-01-01\n'), { check: 'freshness', column: 'at', maxAge: '1 day' })).text).to.contain(
      'say --as-of',
    );
  });

  it('finds repeated rows and keys of several columns', async () => {
    const path = file('repeats.csv', 'day,shop,n\n1,a,5\n1,b,5\n1,a,5\n1,a,6\n,a,5\n,a,5\n');
    const report = await run(
      path,
      { check: 'unique', columns: ['day', 'shop'] },
      { check: 'duplicates' },
      { check: 'duplicates', except: ['n'], allow: { share: 0.5 } },
    );
    expect(report.checks.map(({ failing, verdict }) => [failing, verdict])).to.deep.equal([
      [2, 'fail'],
      [2, 'fail'],
      [3, 'pass'],
    ]);
    expect(lines(report.checks[0]!)).to.deep.equal([
      ['1, a', 4],
      ['1, a', 5],
    ]);
    expect(lines(report.checks[1]!)).to.deep.equal([
      ['1, a, 5', 4],
      [', a, 5', 7],
    ]);
  });

  it('takes any name for a column: empty, twice, quoted, __proto__', async () => {
    const path = file('names.csv', 'a,,a,"b ""x"", y",__proto__,A\n1,2,3,4,5,6\n');
    const names = ['a', 'column_2', 'a_2', 'b "x", y', 'column_5', 'A'];
    const report = await run(
      path,
      ...names.map((column, i) => ({ check: 'range', column, min: i + 1, max: i + 1 })),
      { check: 'schema', columns: Object.fromEntries(names.map((name) => [name, 'number'])), extraColumns: false },
      { check: 'sql', sql: 'SELECT 1 FROM data WHERE "b ""x"", y" <> 4' },
    );
    expect(report.verdict, JSON.stringify(report.checks)).to.equal('pass');
  });

  it('names columns that are absent, and those that nobody asked for', async () => {
    const result = await one(file('some.csv', 'a,b\n1,2\n'), { check: 'schema', columns: { a: 'any', c: 'number' }, extraColumns: false });
    expect(result).to.include({ failing: 2, verdict: 'fail', text: "There is no column 'c'; nobody asked for column 'b'." });
  });

  it('tolerates as many values of another type as the suite says', async () => {
    const path = file('mixed.csv', `a\n${'1\n'.repeat(19)}x\n`);
    expect(await one(path, { check: 'schema', columns: { a: 'number' } })).to.include({ verdict: 'fail' });
    expect(await one(path, { check: 'schema', columns: { a: 'number' }, otherTypes: 0.05 })).to.include({ verdict: 'pass' });
    expect(await one(path, { check: 'range', column: 'a', min: 0 })).to.include({ failing: 1 });
  });

  it('looks each of 200,000 different words up among the known ones', async () => {
    const words = Array.from({ length: 200_000 }, (_, i) => `w${i}`);
    const path = file('many.csv', `word\n${words.join('\n')}\nnew\n`);
    const result = await one(path, { check: 'categories', column: 'word', categories: words.slice(0, 20_000), allow: { share: 0.95 } });
    expect(result).to.include({ failing: 180_001, verdict: 'pass' });
    expect(result.examples[0]).to.deep.equal({ value: 'w20000', row: 20_001, line: 20_002 });
    expect(result.text).to.contain('and 19,995 more');
  });

  it('runs more checks than DuckDB plans at once', async () => {
    const columns = Array.from({ length: 300 }, (_, i) => `c${i}`);
    const path = file('wide.csv', `${columns.join(',')}\n${columns.map((_, i) => i).join(',')}\n`);
    const report = await run(path, ...columns.map((column, i) => ({ check: 'range', column, min: i, max: i })));
    expect(report.verdict).to.equal('pass');
    expect(report.checks).to.have.lengthOf(300);
  });

  describe('with SQL of its own', () => {
    let server: Server;
    let asked = 0;
    let url: string;
    before(async () => {
      server = createServer((_, response) => {
        asked++;
        response.end('a\n1\n');
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      url = `http://127.0.0.1:${(server.address() as { port: number }).port}/x.csv`;
    });
    after(() => void server.close());

    it('reads the table and nothing else: no file, no network, no setting', async () => {
      const path = file('shop.csv', SHOP);
      const secret = file('secret.csv', 'password\nhunter2\n');
      const forbidden = [
        `SELECT * FROM '${secret}'`,
        `SELECT * FROM read_csv('${secret}')`,
        `SELECT * FROM read_text('${secret}')`,
        `SELECT * FROM glob('${folder}/*')`,
        `SELECT * FROM read_csv('${url}')`,
        `COPY data TO '${folder}/stolen.csv'`,
        'SET enable_external_access = true',
        `ATTACH '${folder}/other.db'`,
        'DROP VIEW data',
        'SELECT 1; SELECT 2',
        `SELECT 1) TO '${folder}/stolen.csv'; --`,
      ];
      const report = await run(path, ...forbidden.map((sql, i) => ({ check: 'sql', sql, name: `${i}` })), {
        check: 'sql',
        sql: 'SELECT * FROM data WHERE id > 9',
      });
      expect(report.checks.map(({ verdict, failing }) => [verdict, failing])).to.deep.equal([
        ...forbidden.map(() => ['fail', null]),
        ['pass', 0],
      ]);
      for (const { text } of report.checks) expect(text).not.to.contain('hunter2');
      expect(asked).to.equal(0);
    });

    it('ends when it is told to, in the middle of a query that would not', async () => {
      const path = file('shop.csv', SHOP);
      const sql = 'SELECT a.range FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range < 0';
      const suite = parseSuite({ schema: 'rekindle/check-suite/1', checks: [{ check: 'sql', sql }] }, 'suite');
      const stop = new AbortController();
      const onProgress = (what: string): void => void (what === 'Checking' && setImmediate(() => stop.abort()));
      const ended = await validateFile(path, suite, { asOf: AS_OF, signal: stop.signal, onProgress }).catch((error: unknown) => error);
      expect(ended).to.equal(stop.signal.reason);
    });

    it('sees numbers as numbers, times as times, and the rows of a Parquet file that is read from disk', async () => {
      const tables = openTables({ project: folder });
      const path = join(folder, 'big.parquet');
      await tables.query(
        `COPY (SELECT range AS n, range / 2 AS half, TIMESTAMP '2026-01-01' + to_days(CAST(range AS INTEGER)) AS seen, ' w' AS word FROM range(1000)) TO '${path}' (FORMAT parquet)`,
      );
      tables.close();
      const sql = "SELECT n FROM data WHERE half > 499 OR seen >= TIMESTAMP '2028-09-26' OR word <> 'w' -- the last one\n;";
      expect(await one(path, { check: 'sql', sql })).to.include({ failing: 1 });
      expect(await one(file('shop.csv', SHOP), { check: 'sql', sql: `FROM data WHERE id > 4 OR "at" > '2026-01-08 13:00'` })).to.include({
        failing: 2,
      });
    });
  });
});
