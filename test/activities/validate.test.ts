import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { extract } from '../../activities/extract.js';
import { load } from '../../activities/load.js';
import { transform } from '../../activities/transform.js';
import { storeTable } from '../../activities/stored-tables.js';
import { validate } from '../../activities/validate.js';
import type { CollectedWindow } from '../../activities/collect-window.js';
import type { Signature } from '../../core/lifecycle/signature.js';
import { keys } from '../../core/names.js';
import { ValidationReport, type CheckResult } from '../../core/validation/report.js';
import type { CheckSuite } from '../../core/validation/suite.js';
import electricity from '../../examples/electricity/models/electricity.js';
import { openTestWorker, type TestWorker } from '../support/activities.js';
import { failureOf } from '../support/failure.js';

const EXAMPLE = join(import.meta.dirname, '../../examples/electricity');
const MODEL = 'electricity';
const features = Object.entries(electricity.spec.data.features).map(([name, type]) => ({ name, type }));
const signature: Signature = { features, target: 'class', classes: ['DOWN', 'UP'], positive: 'UP' };

describe('the task validate', function () {
  this.timeout(60_000);
  let folder: string;
  let worker: TestWorker;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-validate-'));
    await cp(EXAMPLE, folder, { recursive: true, filter: (path) => !path.includes('.rekindle') });
    worker = await openTestWorker(folder, [electricity.spec]);
    const until = '1997-04-21T00:00:00.000Z';
    const model = { name: MODEL, spec: electricity.spec, specHash: '', asOf: '1997-04-22T00:00:00.000Z', until, champion: null };
    const raw = await worker.run(extract, { model });
    const { training } = await worker.run(load, { model, table: await worker.run(transform, { model, raw }) });
    const { body } = await worker.objects.get(keys.dataset(training.sha256).profile);
    await worker.objects.put(keys.version(MODEL, 'v1').reference, body);
    await worker.objects.put(keys.version(MODEL, 'v1').signature, JSON.stringify(signature));
  });
  after(async () => {
    await worker.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => worker.objects.delete(keys.version(MODEL, 'v1').checks));

  /** A week of real rows as the gateway logs them. @param over SQL by column */
  const windowOf = async (from: string, to: string, over: Record<string, string> = {}): Promise<CollectedWindow> => {
    const rows = join(folder, 'rows.parquet');
    await worker.ctx.tables.extract(electricity.spec.data.source, { time: 'timestamp', from, to, path: rows });
    const path = join(folder, 'window.parquet');
    const column = (name: string, sql = name): string => `${over[name] ?? sql} AS feature_${name}`;
    await worker.ctx.tables.query(
      `COPY (SELECT 'p-' || row_number() OVER (ORDER BY timestamp) AS prediction_id, timestamp AS event_time, TIMESTAMP '2026-01-01' AS received_at,
         'v1' AS version, 0.5::DOUBLE AS score, 'UP' AS prediction, 2.0::DOUBLE AS latency_ms, ${column('nswdemand')}, ${column('vicprice')},
         ${column('vicdemand')}, ${column('transfer')}, ${column('period')}, ${column('weekday', 'isodow(timestamp)::VARCHAR')}, class AS label
       FROM read_parquet('${rows}') ORDER BY timestamp) TO '${path}' (FORMAT parquet)`,
    );
    const [size] = await worker.ctx.tables.query(`SELECT count(*) AS rows FROM read_parquet('${path}')`);
    const count = size!['rows'] as number;
    return {
      model: MODEL,
      spec: electricity.spec,
      asOf: to,
      window: { from, to },
      rows: count,
      labelled: count,
      coverage: 1,
      versions: [{ version: 'v1', rows: count }],
      sha256: await storeTable(worker.objects, path),
      notes: [],
    };
  };
  const quiet = (over?: Record<string, string>): Promise<CollectedWindow> =>
    windowOf('1997-04-22T00:00:00.000Z', '1997-04-29T00:00:00.000Z', over);
  const reportOf = async (key: string | null): Promise<ValidationReport> => {
    const { body } = await worker.objects.get(key!);
    return ValidationReport.parse(JSON.parse(Buffer.from(body).toString()));
  };
  const named = ({ checks }: ValidationReport, name: string): CheckResult => checks.find((check) => check.name === name)!;

  it('passes a quiet week by what the reference of the version suggests, and keeps the report', async () => {
    const outcome = await worker.run(validate, { window: await quiet() });
    expect(outcome).to.deep.equal({
      verdict: 'pass',
      failed: [],
      reportKey: 'reports/electricity/validation/1997-04-29T00:00:00.000Z.json',
    });
    const report = await reportOf(outcome.reportKey);
    expect(report.rows).to.equal(336);
    expect(named(report, 'categories of weekday').text).to.contain("'1', '2', '3', '4', '5' and 2 more");
    // schema, number of rows, and missing values with a range or categories for each of the six features
    expect(report.checks).to.have.lengthOf(14);
  });

  it('names the features that broke in the week in which the Victorian market joined', async () => {
    const outcome = await worker.run(validate, { window: await windowOf('1997-05-06T00:00:00.000Z', '1997-05-13T00:00:00.000Z') });
    expect(outcome.verdict, 'nobody has agreed to what was only suggested').to.equal('warn');
    expect(outcome.failed.map((text) => text.split(':')[0])).to.deep.equal([
      'range of vicprice',
      'range of vicdemand',
      'range of transfer',
    ]);
    expect(outcome.failed[0]).to.match(/^range of vicprice: 33\d values of 'vicprice' are not 0\.003467/);
  });

  it('finds missing values, strange categories and values out of range', async () => {
    const outcome = await worker.run(validate, {
      window: await quiet({
        nswdemand: 'CASE WHEN period < 0.5 THEN NULL ELSE nswdemand END',
        weekday: "'Monday'",
        period: 'period * 100',
      }),
    });
    expect(outcome.failed.map((text) => text.split(':')[0])).to.have.members([
      'missing values of nswdemand',
      'range of period',
      'categories of weekday',
    ]);
    const weekday = named(await reportOf(outcome.reportKey), 'categories of weekday');
    expect(weekday).to.include({ failing: 336, verdict: 'fail' });
    expect(weekday.examples).to.have.lengthOf(5);
    expect(weekday.examples[0]).to.deep.equal({ value: 'Monday', row: 1, line: null });
  });

  it('takes the suite that came with the version before it suggests one, and that of the model before both', async () => {
    const range = (max: number): CheckSuite => ({
      schema: 'rekindle/check-suite/1',
      checks: [{ check: 'range', severity: 'error', name: `to ${max}`, column: 'nswdemand', max }],
    });
    await worker.objects.put(keys.version(MODEL, 'v1').checks, JSON.stringify(range(0.1)));
    const window = await quiet();
    expect((await worker.run(validate, { window })).failed[0]).to.match(/^to 0.1: \d+ values of 'nswdemand' are above 0.1/);
    const spec = { ...electricity.spec, data: { ...electricity.spec.data, checks: range(2) } };
    expect((await worker.run(validate, { window: { ...window, spec } })).verdict).to.equal('pass');
  });

  it('says what is wrong in a stored suite', async () => {
    await worker.objects.put(keys.version(MODEL, 'v1').checks, '{"schema": "rekindle/check-suite/1", "checks": [{"check": "rang"}]}');
    const failure = await failureOf(worker.run(validate, { window: await quiet() }), 'CHECK_SUITE_INVALID');
    expect(failure.message).to.contain('models/electricity/versions/v1/checks.json: checks[0].check: "rang" is no check');
  });

  it('lets checks name what the prediction log has beside the features, which is no part of the rows', async () => {
    const checks: CheckSuite = {
      schema: 'rekindle/check-suite/1',
      checks: [
        {
          check: 'schema',
          severity: 'error',
          columns: Object.fromEntries(features.map(({ name, type }) => [name, type])),
          extraColumns: false,
          otherTypes: 0,
        },
        { check: 'freshness', severity: 'error', column: 'event_time', maxAge: '1 hour' },
        { check: 'range', severity: 'error', column: 'score', min: 0, max: 1 },
        { check: 'categories', severity: 'error', column: 'label', categories: ['UP', 'DOWN'] },
        { check: 'unique', severity: 'error', columns: ['prediction_id'] },
        { check: 'duplicates', severity: 'error', allow: { rows: 335 } },
        {
          check: 'sql',
          severity: 'error',
          name: 'no score of one half',
          sql: 'SELECT prediction_id FROM data WHERE score = 0.5 AND nswdemand > 0',
        },
      ],
    };
    await worker.objects.put(keys.version(MODEL, 'v1').checks, JSON.stringify(checks));
    const window = await quiet({ nswdemand: '0.5', vicprice: '1', vicdemand: '1', transfer: '1', period: '1', weekday: "'1'" });
    const outcome = await worker.run(validate, { window });
    expect(outcome.failed).to.deep.equal(['no score of one half: The query returns 336 rows; none may.']);
    const report = await reportOf(outcome.reportKey);
    expect(named(report, 'duplicate rows')).to.include({ failing: 335, verdict: 'pass' });
    expect(named(report, 'freshness of event_time').text).to.contain('30 minutes before 1997-04-29T00:00:00.000Z');
  });

  it('checks only rows of versions that take the same features', async () => {
    const other = { ...signature, features: features.slice(1) };
    await worker.objects.put(keys.version(MODEL, 'v0').signature, JSON.stringify(other));
    const window = await quiet();
    const outcome = await worker.run(validate, { window: { ...window, versions: [...window.versions, { version: 'v0', rows: 1 }] } });
    expect((await reportOf(outcome.reportKey)).rows).to.equal(336);
  });

  it('does not run without rows, and says why', async () => {
    const window = { ...(await quiet()), rows: 0, versions: [], sha256: null };
    expect(await worker.run(validate, { window })).to.deep.equal({
      verdict: 'not_run',
      failed: [],
      reportKey: null,
      reason: 'No predictions in the window.',
    });
  });
});
