import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import { columnOf, csvOf, findingOf, openMessyHouse, spread, type MessyHouse } from './messy-house.js';

const ROWS = 1000;

describe('columns as people have them', () => {
  let house: MessyHouse;
  before(() => {
    house = openMessyHouse();
  });
  after(() => house.close());

  let count = 0;
  /** A file with the column under test beside a good one, which must keep its result. */
  const file = (header: string, cell: (i: number) => string, rows = ROWS): string =>
    house.file(
      `${count++}.csv`,
      csvOf(`${header},good`, rows, (i) => `${cell(i)},${spread(i)}`),
    );
  const compare = async (reference: string, current: string) => {
    const { report } = await house.compare(reference, current);
    expect(columnOf(report, 'good').verdict).to.equal('no_drift');
    return report;
  };

  it('takes NULL, NA and the like for missing and says which words', async () => {
    const words = ['NULL', 'NA', '', 'n/a', 'nan', 'None'];
    const path = file('x', (i) => (i < 6 ? words[i]! : String(spread(i))));
    const report = await compare(path, path);
    expect(columnOf(report, 'x').type).to.equal('number');
    expect(columnOf(report, 'x').missing.current).to.equal(6 / ROWS);
    expect(findingOf(report, 'missing_words')).to.include({ file: path, line: 2 });
    expect(findingOf(report, 'missing_words')!.text).to.contain("5 cells such as 'NULL'");
  });

  it('trims padded names and cells, and says so', async () => {
    const plain = file('x,kind', (i) => `${spread(i)},${'ab'[i % 2]}`);
    const padded = file('  x , "kind "', (i) => `  ${spread(i)} ,${i % 2 ? ' b' : 'a\t'}`);
    const report = await compare(plain, padded);
    expect(columnOf(report, 'x').effect!.value).to.equal(0);
    expect(columnOf(report, 'kind').effect!.value).to.be.closeTo(0, 1e-9);
    expect(findingOf(report, 'header_trimmed')).to.include({ file: padded, line: 1 });
    expect(findingOf(report, 'cells_trimmed')).to.include({ file: padded, line: 2 });
  });

  it('never puts an identifier of 18 digits through a float', async () => {
    // these two are one and the same double
    const ids = ['123456789012345678', '123456789012345679'];
    expect(Number(ids[0])).to.equal(Number(ids[1]));
    const [before, now] = [file('id', () => ids[0]!), file('id', () => ids[1]!)];
    const report = await compare(before, now);
    expect(columnOf(report, 'id')).to.include({ type: 'category', verdict: 'drift' });
    expect(
      columnOf(report, 'id')
        .findings.map(({ text }) => text)
        .join(),
    )
      .to.contain(ids[0])
      .and.to.contain(ids[1]);
    expect(findingOf(report, 'long_integers')).to.include({ file: before, line: 2 });
  });

  it('keeps identifiers of 18 digits whole in NDJSON and Parquet too', async () => {
    const lines = (id: string): string => Array.from({ length: 2000 }, () => `{"id": ${id}}`).join('\n');
    const [a, b] = [house.file('a.ndjson', lines('123456789012345678')), house.file('b.ndjson', lines('123456789012345679'))];
    expect(columnOf((await house.compare(a, b)).report, 'id')).to.include({ type: 'category', verdict: 'drift' });
    const parquet = house.file('ids.parquet', '');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(`COPY (SELECT 123456789012345679::BIGINT AS id FROM range(2000)) TO '${parquet}' (FORMAT parquet)`);
    const { report } = await house.compare(a, parquet);
    expect(columnOf(report, 'id')).to.include({ type: 'category', verdict: 'drift' });
    expect(columnOf((await house.compare(b, parquet)).report, 'id')).to.include({ type: 'category', verdict: 'no_drift' });
  });

  it('keeps leading zeros', async () => {
    const path = file('zip', (i) => ['007', '070', '700'][i % 3]!);
    const report = await compare(path, path);
    expect(columnOf(report, 'zip')).to.include({ type: 'category', verdict: 'no_drift' });
    expect(findingOf(report, 'leading_zeros')).to.include({ line: 2 });
  });

  it('says of a constant column that it is one', async () => {
    const path = file('x,y', () => '5,same');
    const report = await compare(path, path);
    expect(columnOf(report, 'x').findings).to.deep.include({ code: 'constant', text: 'Every value is 5, in the reference too.' });
    expect(columnOf(report, 'x').verdict).to.equal('no_drift');
    expect(columnOf(report, 'y').findings.map(({ code }) => code)).to.include('constant');
  });

  it('says of a column without values on which side it has none', async () => {
    const [full, empty] = [file('x', (i) => String(spread(i))), file('x', () => '')];
    const gone = await compare(full, empty);
    expect(columnOf(gone, 'x').verdict).to.equal('drift');
    expect(columnOf(gone, 'x').missing).to.deep.equal({ reference: 0, current: 1 });
    expect(findingOf(gone, 'column_empty')).to.not.equal(undefined);
    expect(findingOf(await compare(empty, full), 'reference_empty')).to.not.equal(undefined);
    const both = await compare(empty, empty);
    expect(columnOf(both, 'x').verdict).to.equal('insufficient_data');
    expect(findingOf(both, 'column_empty')!.text).to.contain('in the reference too');
  });

  it('compares 200,000 different categories without a false alarm', async function () {
    this.timeout(120_000); // on a busy machine

    const big = (name: string): string =>
      house.file(
        name,
        csvOf('id,good', 200_000, (i) => `user-${name}-${i},${spread(i)}`),
      );
    const report = await compare(big('a'), big('b'));
    expect(columnOf(report, 'id').verdict).to.not.equal('drift');
    expect(findingOf(report, 'identifier')!.text).to.contain('200,000 different values');
  });

  it('reads a number column with some words in it as numbers, and names the words', async () => {
    const plain = file('x', (i) => String(spread(i)));
    const mixed = file('x', (i) => (i === 41 ? 'broken' : String(spread(i))));
    const report = await compare(plain, mixed);
    expect(columnOf(report, 'x')).to.include({ type: 'number', verdict: 'no_drift' });
    expect(findingOf(report, 'mixed_types')).to.include({ file: mixed, line: 43 });
    expect(findingOf(report, 'mixed_types')!.text).to.contain("1 value is none, such as 'broken'");
  });

  it('says of a column that was numbers and is words that its type changed', async () => {
    const report = await compare(
      file('x', (i) => String(spread(i))),
      file('x', (i) => `w${i % 5}`),
    );
    expect(columnOf(report, 'x').verdict).to.equal('drift');
    expect(columnOf(report, 'x').findings[0]!.code).to.equal('type_changed');
  });

  it('reads both sides alike when one has codes that look like numbers', async () => {
    const report = await compare(
      file('code', (i) => ['1', '2', '1', '2', 'A'][i % 5]!),
      file('code', (i) => ['1', '2'][i % 2]!),
    );
    expect(columnOf(report, 'code').type).to.equal('category');
    expect(findingOf(report, 'type_changed')).to.equal(undefined);
    expect(findingOf(report, 'vanished_categories')!.text).to.contain("'A'");
  });

  it('reads dates with the day first, and says so', async () => {
    const day = (i: number): string => String((i % 28) + 1).padStart(2, '0');
    const path = file('born', (i) => `${day(i)}/02/2024`);
    const { report } = await house.compare(path, path, ['born', 'good']);
    expect(findingOf(report, 'date_order')!.text).to.contain('the day first, because');
    expect(columnOf(report, 'born')).to.include({ type: 'number', verdict: 'no_drift' });
    const iso = file('born', (i) => `2024-02-${day(i)}`);
    expect(columnOf((await house.compare(path, iso, ['born'])).report, 'born').effect!.value).to.equal(0);
    const unclear = file('born', (i) => `0${(i % 9) + 1}/02/2024`);
    expect(findingOf((await house.compare(unclear, unclear, ['born'])).report, 'date_order')!.text).to.contain('nothing in them says');
  });

  it('does not call the passing of time a drift', async () => {
    const report = await compare(
      file('at', (i) => new Date(Date.UTC(2024, 0, 1) + i * 60_000).toISOString()),
      file('at', (i) => new Date(Date.UTC(2025, 0, 1) + i * 60_000).toISOString()),
    );
    expect(report.verdict).to.equal('no_drift');
    expect(columnOf(report, 'at').findings.map(({ code }) => code)).to.deep.equal(['time_not_compared']);
  });

  it('keeps infinite values at the ends of the order, and says that there are some', async () => {
    const path = file('x', (i) => (i === 7 ? 'inf' : i === 8 ? '-Infinity' : i === 9 ? '1e999' : String(spread(i))));
    const report = await compare(path, path);
    expect(columnOf(report, 'x')).to.include({ type: 'number', verdict: 'no_drift' });
    expect(findingOf(report, 'infinite_values')).to.include({ file: path, line: 9 });
    expect(JSON.stringify(report)).to.not.contain('null,"threshold"');
  });

  it('gives names to columns with none or with one that is taken', async () => {
    const path = file('x,,x,kind,kind', (i) => `${spread(i)},${i % 7},${i % 5},a,b`);
    const report = await compare(path, path);
    expect(report.columns.map(({ name }) => name)).to.have.members(['x', 'column_2', 'x_2', 'kind', 'kind_2', 'good']);
    expect(findingOf(report, 'header_empty')).to.include({ file: path, line: 1 });
    expect(findingOf(report, 'header_duplicate')!.text).to.contain("'x_2', 'kind_2'");
  });

  it('takes any name for a name', async () => {
    const path = file('__proto__,constructor,toString,1', (i) => `${spread(i)},${i % 7},a,${i}`);
    const report = await compare(path, path);
    expect(report.columns.map(({ name }) => name)).to.have.members(['column_1', 'constructor', 'toString', '1', 'good']);
    expect(report.verdict).to.equal('no_drift');
    expect(columnOf(report, 'toString').type).to.equal('category');
    const swapped = file('b,7,a', (i) => `${spread(i)},${spread(i) + 5},${spread(i) + 9}`);
    const names = file('a,b,7', (i) => `${spread(i) + 9},${spread(i)},${spread(i) + 5}`);
    expect((await compare(swapped, names)).columns.map(({ effect }) => effect!.value)).to.deep.equal([0, 0, 0, 0]);
    const cases = house.file(
      'case.ndjson',
      Array.from({ length: ROWS }, (_, i) => `{"a": ${spread(i)}, "A": "k${i % 3}", "a/b~": 5}`).join('\n'),
    );
    const { report: ofCases } = await house.compare(cases, cases);
    expect(columnOf(ofCases, 'A')).to.deep.include({ type: 'category', missing: { reference: 0, current: 0 } });
    expect(columnOf(ofCases, 'a')).to.deep.include({ type: 'number', missing: { reference: 0, current: 0 } });
    expect(columnOf(ofCases, 'a/b~').missing.current).to.equal(0);
  });

  it('says that a decimal comma is none for it', async () => {
    const path = house.file(
      'comma.csv',
      csvOf('x;good', 200, (i) => `${i},5;${spread(i)}`),
    );
    const { report } = await house.compare(path, path);
    expect(findingOf(report, 'decimal_comma')).to.include({ file: path, line: 2 });
  });

  it('asks for a header where the first line has numbers only', async () => {
    const path = house.file('bare.csv', '1,2\n3,4\n5,6\n');
    expect(findingOf((await house.compare(path, path)).report, 'header_is_data')).to.include({ line: 1 });
  });

  it('has a column that only one side has in its report', async () => {
    const report = await compare(
      file('old', (i) => String(i)),
      file('new', (i) => String(i)),
    );
    expect(columnOf(report, 'old').findings[0]!.code).to.equal('column_missing');
    expect(columnOf(report, 'new').findings[0]!.code).to.equal('column_added');
  });
});
