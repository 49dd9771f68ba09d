import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { extract } from '../../activities/extract.js';
import { load } from '../../activities/load.js';
import { testDrift } from '../../activities/test-drift.js';
import { transform } from '../../activities/transform.js';
import type { DriftReport } from '../../core/drift/report.js';
import type { DatasetSchema } from '../../core/lifecycle/dataset.js';
import type { ModelSpec } from '../../core/lifecycle/model-spec.js';
import type { ResolvedModel } from '../../core/lifecycle/resolved-model.js';
import { keys } from '../../core/names.js';
import type { Profile } from '../../core/profile/profile.js';
import electricity from '../../examples/electricity/models/electricity.js';
import { openTestWorker, type TestWorker } from '../support/activities.js';
import { failureOf } from '../support/failure.js';

const EXAMPLE = join(import.meta.dirname, '../../examples/electricity');

describe('extract, transform and load', () => {
  let project: string;
  let worker: TestWorker;
  let lines: string[];

  before(async () => {
    project = await mkdtemp(join(tmpdir(), 'rekindle-project-'));
    await cp(EXAMPLE, project, { recursive: true, filter: (path) => !path.includes('.rekindle') });
    lines = gunzipSync(await readFile(join(project, 'data/electricity.csv.gz')))
      .toString()
      .split('\n');
    worker = await openTestWorker(project);
  });
  after(async () => {
    await worker.close();
    await rm(project, { recursive: true, force: true });
  });

  const resolved = (spec: ModelSpec = electricity.spec, over: Partial<ResolvedModel> = {}): ResolvedModel => ({
    name: 'electricity',
    spec,
    specHash: 'hash',
    asOf: '1997-04-22T00:00:00.000Z',
    until: '1997-04-21T00:00:00.000Z',
    champion: null,
    ...over,
  });
  const withData = (data: Partial<ModelSpec['data']>): ModelSpec => ({ ...electricity.spec, data: { ...electricity.spec.data, ...data } });
  /** The model on a copy of the electricity file in which `edit` changed the lines (0 is the header). */
  const edited = async (name: string, edit: (line: string, index: number) => string): Promise<ModelSpec> => {
    await writeFile(join(project, 'data', name), gzipSync(lines.map(edit).join('\n')));
    return withData({ source: { kind: 'csv', uri: `data/${name}` } });
  };
  const query = async (sha256: string, sql: string) => {
    const path = join(project, 'out.parquet');
    await worker.objects.download(keys.dataset(sha256).data, path);
    return worker.ctx.tables.query(sql, { path });
  };
  const json = async <T>(key: string): Promise<T> => JSON.parse(Buffer.from((await worker.objects.get(key)).body).toString()) as T;

  const prepare = async (model: ResolvedModel) => {
    const raw = await worker.run(extract, { model });
    const table = await worker.run(transform, { model, raw });
    return worker.run(load, { model, table });
  };

  it('reads training and holdout up to asOf less the label delay', async () => {
    const table = await worker.run(extract, { model: resolved() });
    // counted by hand: 1996-05-07 (the first row) until 1997-04-21 is 349 days of 48 rows
    expect(table.rows).to.equal(349 * 48);
    expect(await query(table.sha256, 'SELECT min(timestamp) AS first, max(timestamp) AS last FROM read_parquet($path)')).to.deep.equal([
      { first: '1996-05-07 00:00:00', last: '1997-04-20 23:30:00' },
    ]);
  });

  it('splits by time into typed data sets with schema and profile, the same each time', async () => {
    const { training, holdout } = await prepare(resolved());
    expect(training).to.include({ rows: 335 * 48, from: '1996-05-06T00:00:00.000Z', to: '1997-04-07T00:00:00.000Z' });
    expect(holdout).to.include({ rows: 14 * 48, from: '1997-04-07T00:00:00.000Z', to: '1997-04-21T00:00:00.000Z' });
    expect(training.columns.map(({ name, type }) => `${name} ${type}`)).to.deep.equal([
      'nswdemand number',
      'vicprice number',
      'vicdemand number',
      'transfer number',
      'period number',
      'weekday category',
      'class category',
    ]);
    const [row] = await query(holdout.sha256, 'SELECT * FROM read_parquet($path) LIMIT 1');
    // 1997-04-07 was a Monday; the values are those of the file
    const [, period, , nswdemand, vicprice, vicdemand, transferred, label] = lines
      .find((line) => line.startsWith('1997-04-07T00:00:00'))!
      .split(',');
    expect(row).to.deep.equal({
      nswdemand: Number(nswdemand),
      vicprice: Number(vicprice),
      vicdemand: Number(vicdemand),
      transfer: Number(transferred),
      period: Number(period),
      weekday: '1',
      class: label,
      timestamp: '1997-04-07 00:00:00',
    });

    const profile = await json<Profile>(keys.dataset(training.sha256).profile);
    expect(profile.rows).to.equal(training.rows);
    expect(Object.keys(profile.columns)).to.deep.equal(Object.keys(electricity.spec.data.features));
    // 47 whole weeks and more: each week is one chunk
    expect(profile.chunkEffects['nswdemand']!.length).to.be.within(46, 48);
    const schema = await json<DatasetSchema>(keys.dataset(training.sha256).schema);
    expect(schema).to.include({
      schema: 'rekindle/dataset/1',
      time: 'timestamp',
      target: 'class',
      positive: 'UP',
      sha256: training.sha256,
    });

    expect(await prepare(resolved())).to.deep.equal({ training, holdout });
  });

  it('the spoilt transform of the example moves training labels and leaves the holdout alone', async () => {
    const honest = await prepare(resolved());
    const spoilt = await prepare(resolved(withData({ transform: 'sql/spoilt.sql' })));
    expect(spoilt.holdout.sha256).to.equal(honest.holdout.sha256);
    expect(spoilt.training.sha256).not.to.equal(honest.training.sha256);
    const classes = 'SELECT class, count(*) AS rows FROM read_parquet($path) GROUP BY class ORDER BY class';
    expect(await query(spoilt.training.sha256, classes)).to.deep.equal(await query(honest.training.sha256, classes));
    expect((await prepare(resolved(withData({ transform: 'sql/spoilt.sql' })))).training.sha256).to.equal(spoilt.training.sha256);
  });

  it('passes a table through when the model has no transform', async () => {
    const { transform: _, ...data } = electricity.spec.data;
    const { weekday: __, ...features } = data.features;
    const spec: ModelSpec = { ...electricity.spec, data: { ...data, features } };
    const raw = await worker.run(extract, { model: resolved(spec) });
    expect(await worker.run(transform, { model: resolved(spec), raw })).to.deep.equal(raw);
  });

  it('leaves rows without a label out', async () => {
    const spec = await edited('unlabelled.csv.gz', (line, index) => (index > 0 && index <= 48 ? line.replace(/,(UP|DOWN)$/, ',') : line));
    expect((await prepare(resolved(spec))).training.rows).to.equal(334 * 48);
  });

  describe('bad input', () => {
    it('names a file that is not there', async () => {
      const spec = withData({ source: { kind: 'csv', uri: 'data/nowhere.csv' } });
      expect((await failureOf(prepare(resolved(spec)), 'SOURCE_NOT_FOUND')).message).to.include('data/nowhere.csv');
    });

    it('names a feature that the transform does not yield, and the SQL file', async () => {
      const spec = withData({ features: { ...electricity.spec.data.features, humidity: 'number' } });
      const error = await failureOf(prepare(resolved(spec)), 'COLUMN_NOT_FOUND');
      expect(error.message).to.match(/^The output of sql\/features\.sql has no column 'humidity'; it has: /);
    });

    it('names a target that is not there', async () => {
      const spec = { ...electricity.spec, problem: { ...electricity.spec.problem, target: 'rise' } };
      expect((await failureOf(prepare(resolved(spec)), 'COLUMN_NOT_FOUND')).message).to.include("'rise'");
    });

    it('names file, line, column and value of what is no number', async () => {
      const spec = await edited('wrong-type.csv.gz', (line, index) =>
        index === 5_000 ? line.replace(/^([^,]*,[^,]*,[^,]*),[^,]*/, '$1,oops') : line,
      );
      const error = await failureOf(prepare(resolved(spec)), 'COLUMN_TYPE_INVALID');
      expect(error.message).to.match(/^Source 'data\/wrong-type\.csv\.gz', line 5001: .*column 'nswdemand': 'oops' .* is not a number/);
      expect(error.details).to.include({ source: 'data/wrong-type.csv.gz', line: 5_001, column: 'nswdemand', value: 'oops' });
    });

    it('names a column without any value', async () => {
      const spec = await edited('hollow.csv.gz', (line, index) => (index === 0 ? line : line.replace(/^((?:[^,]*,){4})[^,]*/, '$1')));
      expect((await failureOf(prepare(resolved(spec)), 'COLUMN_EMPTY')).message).to.include("'vicprice'");
    });

    it('names the class when the training rows show only one', async () => {
      const spec = await edited('one-class.csv.gz', (line) => line.replace(/,UP$/, ',DOWN'));
      const error = await failureOf(prepare(resolved(spec)), 'TARGET_ONE_CLASS');
      expect(error.message).to.include("'DOWN' (16080 rows)");
    });

    it('says when the positive class never occurs, and when there are more than two', async () => {
      const never = { ...electricity.spec, problem: { ...electricity.spec.problem, positive: 'HIGHER' } };
      expect((await failureOf(prepare(resolved(never)), 'TARGET_ONE_CLASS')).message).to.include("'HIGHER'");
      const spec = await edited('three.csv.gz', (line, index) => (index === 7 ? line.replace(/,(UP|DOWN)$/, ',SIDEWAYS') : line));
      expect((await failureOf(prepare(resolved(spec)), 'COLUMN_TYPE_INVALID')).message).to.include('3 classes');
    });

    it('says that text is not UTF-8, and where', async () => {
      await writeFile(
        join(project, 'data/latin1.csv'),
        Buffer.from(lines.map((line, n) => (n === 300 ? `${line}é` : line)).join('\n'), 'latin1'),
      );
      const spec = withData({ source: { kind: 'csv', uri: 'data/latin1.csv' } });
      expect((await failureOf(prepare(resolved(spec)), 'SOURCE_UNREADABLE')).message).to.include('line 301: the text is not UTF-8');
    });

    it('says that no row falls in the window', async () => {
      const model = resolved(electricity.spec, { asOf: '1990-01-02T00:00:00.000Z', until: '1990-01-01T00:00:00.000Z' });
      await failureOf(prepare(model), 'DATA_EMPTY');
      const late = resolved(electricity.spec, { asOf: '1999-06-02T00:00:00.000Z', until: '1999-06-01T00:00:00.000Z' });
      expect((await failureOf(prepare(late), 'DATA_EMPTY')).message).to.include('No holdout row');
    });

    it("fails with DuckDB's words when the SQL is wrong", async () => {
      await writeFile(join(project, 'sql/wrong.sql'), 'SELECT *,\n  humidity * 2 AS weekday\nFROM raw\n');
      const error = await failureOf(prepare(resolved(withData({ transform: 'sql/wrong.sql' }))), 'TRANSFORM_FAILED');
      expect(error.message)
        .to.match(/humidity/)
        .and.to.match(/LINE 2/);
    });
  });

  describe('testDrift', () => {
    it('has nothing to compare before the first deployment', async () => {
      const { holdout } = await prepare(resolved());
      const outcome = await worker.run(testDrift, { model: resolved(), holdout });
      expect(outcome).to.include({ verdict: 'insufficient_data', worst: null, reportKey: null });
      expect(outcome.reasons[0]).to.include('Nothing serves yet');
    });

    it("finds the Victorian market in the holdout of 1997-05-27 against the champion's reference", async () => {
      const { training } = await prepare(resolved());
      const profile = await worker.objects.get(keys.dataset(training.sha256).profile);
      await worker.objects.put(keys.version('electricity', 'v1').reference, profile.body);
      const model = resolved(electricity.spec, {
        asOf: '1997-05-27T00:00:00.000Z',
        until: '1997-05-26T00:00:00.000Z',
        champion: { version: 'v1', generation: 1 },
      });
      const { holdout } = await prepare(model);
      const outcome = await worker.run(testDrift, { model, holdout });
      expect(outcome.verdict).to.equal('drift');
      // before 1997-05-05 the price in Victoria is one constant: against a constant, D is the larger share on one side of it
      const [shares] = await query(
        holdout.sha256,
        'SELECT avg((vicprice < 0.003467)::INT) AS below, avg((vicprice > 0.003467)::INT) AS above FROM read_parquet($path)',
      );
      const { below, above } = shares as { below: number; above: number };
      const report = await json<DriftReport>(outcome.reportKey!);
      const price = report.columns.find(({ name }) => name === 'vicprice')!;
      expect(price.effect!.value).to.be.closeTo(Math.max(below, above), 1e-12);
      expect(price.verdict).to.equal('drift');
      expect(outcome.worst!.effect).to.be.at.least(price.effect!.value);
      expect(outcome.reasons).not.to.be.empty;
      expect(report.schema).to.equal('rekindle/drift-report/1');
      expect(report.current.rows).to.equal(holdout.rows);
    });
  });
});
