import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { failureOf } from '../support/failure.js';
import { columnOf, csvOf, findingOf, openMessyHouse, spread, type MessyHouse } from './messy-house.js';

const ROWS = 1000;
const GOOD = csvOf('x,kind', ROWS, (i) => `${spread(i)},${'abc'[i % 3]}`);

describe('files as people have them', () => {
  let house: MessyHouse;
  let good: string;
  before(() => {
    house = openMessyHouse();
    good = house.file('good.csv', GOOD);
  });
  after(() => house.close());

  /** What a file with the same rows must say, however it is written. */
  const expectSame = async (path: string) => {
    const { report } = await house.compare(good, path);
    expect(report.current.rows).to.equal(ROWS);
    expect(columnOf(report, 'x')).to.deep.include({ verdict: 'no_drift', missing: { reference: 0, current: 0 } });
    expect(columnOf(report, 'x').effect!.value).to.equal(0);
    expect(columnOf(report, 'kind')).to.deep.include({ verdict: 'no_drift', missing: { reference: 0, current: 0 } });
    expect(columnOf(report, 'kind').effect!.value).to.be.closeTo(0, 1e-9);
    return report;
  };

  it('refuses an empty file, naming it and the line', async () => {
    const path = house.file('empty.csv', '');
    const { message } = await failureOf(house.compare(good, path), 'FILE_EMPTY');
    expect(message).to.contain(`${path}, line 1`);
    await failureOf(house.compare(good, house.file('blank.csv', '\n \n')), 'FILE_EMPTY');
  });

  it('refuses a file that is not there, and a folder', async () => {
    await failureOf(house.compare(good, `${good}.gone`), 'FILE_NOT_FOUND');
    await failureOf(house.compare(good, import.meta.dirname), 'FILE_NOT_FOUND');
  });

  it('takes a header without rows for a table without rows', async () => {
    const { report } = await house.compare(good, house.file('header.csv', 'x,kind\n'));
    expect(report.verdict).to.equal('insufficient_data');
    expect(report.current.rows).to.equal(0);
    expect(report.columns.map(({ name }) => name)).to.have.members(['x', 'kind']);
    expect(findingOf(report, 'no_rows')).to.not.equal(undefined);
    const { report: other } = await house.compare(house.file('header2.csv', 'x,kind'), good);
    expect(other.verdict).to.equal('insufficient_data');
  });

  it('leaves ragged rows out and says how many and where', async () => {
    const lines = GOOD.split('\n');
    lines.splice(6, 0, '0.5');
    lines.splice(20, 0, '0.5,a,9');
    const path = house.file('ragged.csv', lines.join('\n'));
    const report = await expectSame(path);
    const finding = findingOf(report, 'ragged_rows')!;
    expect(finding).to.include({ file: path, line: 7 });
    expect(finding.text).to.match(/^2 rows left out.*\(2\).*1 field\.$/);
  });

  it('refuses a file in which most rows have other fields than the header', async () => {
    const { message } = await failureOf(
      house.compare(good, house.file('all-ragged.csv', 'x,kind\n1,a,2\n2,b,3\n3,a\n')),
      'FILE_UNREADABLE',
    );
    expect(message).to.contain('line 2').and.to.contain('3 fields');
  });

  it('reads quoted line ends, and counts lines as an editor does', async () => {
    const text = csvOf('x,kind', ROWS, (i) => `${spread(i)},"${'abc'[i % 3]}\nsecond ""line"""`).replace(/$/, 'oops\n0.5,a\n');
    const path = house.file('newlines.csv', text);
    const { report } = await house.compare(path, path);
    expect(report.current.rows).to.equal(ROWS + 1);
    expect(findingOf(report, 'ragged_rows')).to.include({ line: 2 * ROWS + 2 });
    const words = house.file(
      'words.csv',
      csvOf('a,b', 20, (i) => `"two\nlines",${i === 9 ? 'NA' : i}`),
    );
    expect(findingOf((await house.compare(words, words)).report, 'missing_words')).to.include({ line: 2 + 2 * 9 });
  });

  it('refuses a quote that never closes instead of losing what follows', async () => {
    const lines = GOOD.split('\n');
    lines[500] = '0.5,"a';
    const { message } = await failureOf(house.compare(good, house.file('open-quote.csv', lines.join('\n'))), 'FILE_UNREADABLE');
    expect(message).to.contain('line 501');
  });

  it('reads CRLF, and line ends of both kinds in one file', async () => {
    await expectSame(house.file('crlf.csv', GOOD.replaceAll('\n', '\r\n')));
    let line = 0;
    const mixed = house.file(
      'mixed.csv',
      GOOD.replaceAll('\n', () => (line++ % 2 ? '\n' : '\r\n')),
    );
    expect(findingOf(await expectSame(mixed), 'mixed_line_ends')).to.include({ file: mixed });
  });

  it('leaves a byte order mark out of the first name, and says so', async () => {
    const path = house.file('bom.csv', `\uFEFF${GOOD}`);
    expect(findingOf(await expectSame(path), 'byte_order_mark')).to.include({ file: path, line: 1 });
  });

  it('reads Latin-1 and UTF-16, and says from which line on', async () => {
    const cities = csvOf('city', 3000, (i) => ['Łódź', 'Köln', 'Málaga'][i % 3]!);
    const latin = csvOf('city', 3000, (i) => ['Graz', 'Köln', 'Málaga'][i % 3]!);
    const utf8 = house.file('utf8.csv', latin);
    const path = house.file('latin1.csv', Buffer.from(latin, 'latin1'));
    const { report } = await house.compare(utf8, path);
    expect(columnOf(report, 'city').verdict).to.equal('no_drift');
    expect(columnOf(report, 'city').effect!.value).to.be.closeTo(0, 1e-9);
    expect(findingOf(report, 'encoding')).to.include({ file: path, line: 3 });
    const sixteen = house.file('utf16.csv', Buffer.from(`\uFEFF${cities}`, 'utf16le'));
    const wide = await house.compare(house.file('cities.csv', cities), sixteen);
    expect(columnOf(wide.report, 'city').effect!.value).to.be.closeTo(0, 1e-9);
  });

  it('finds one foreign byte at the end of a long file', async function () {
    this.timeout(120_000); // on a busy machine

    const long = csvOf('x,kind', 200_000, (i) => `${spread(i)},${'abc'[i % 3]}`);
    const path = house.file('late.csv', Buffer.from(`${long}0.5,caf\xe9\n`, 'latin1'));
    const { report } = await house.compare(good, path);
    expect(report.current.rows).to.equal(200_001);
    expect(findingOf(report, 'encoding')).to.include({ line: 200_002 });
  });

  it('reads semicolons, tabs and bars', async () => {
    for (const [name, delimiter] of [
      ['s.csv', ';'],
      ['t.tsv', '\t'],
      ['b.csv', '|'],
    ] as const)
      await expectSame(house.file(name, GOOD.replaceAll(',', delimiter)));
  });

  it('reads gzip, NDJSON and an array of JSON, whatever they are called', async () => {
    const objects = GOOD.trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map(([x, kind]) => JSON.stringify({ x: Number(x), kind }));
    await expectSame(house.file('packed', gzipSync(GOOD)));
    await expectSame(house.file('a.ndjson', objects.join('\n')));
    await expectSame(house.file('a.jsonl.gz', gzipSync(objects.join('\n'))));
    await expectSame(house.file('a.json', `[${objects.join(',\n')}]`));
  });

  it('leaves lines out that are no JSON objects', async () => {
    const objects = GOOD.trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map(([x, kind]) => JSON.stringify({ x: Number(x), kind }));
    objects.splice(4, 0, '{"x": 1,', '[1]');
    const path = house.file('bad.ndjson', objects.join('\n'));
    expect(findingOf(await expectSame(path), 'malformed_rows')).to.include({ file: path, line: 5 });
    const { message } = await failureOf(house.compare(good, house.file('none.ndjson', '{"x":\n{')), 'FILE_UNREADABLE');
    expect(message).to.contain('line 1');
  });

  it('refuses a gzip file that is cut off, and a Parquet file that is none', async () => {
    const packed = gzipSync(GOOD);
    const cut = await failureOf(house.compare(good, house.file('cut.csv.gz', packed.subarray(0, packed.length / 2))), 'FILE_UNREADABLE');
    expect(cut.message).to.contain('cut off');
    await failureOf(house.compare(good, house.file('no.parquet', GOOD)), 'FILE_UNREADABLE');
    await failureOf(house.compare(good, house.file('cut.parquet', 'PAR1 and no more')), 'FILE_UNREADABLE');
  });
});
