import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { collectWindow } from '../../activities/collect-window.js';
import { extract } from '../../activities/extract.js';
import { load } from '../../activities/load.js';
import { measureQuality } from '../../activities/measure-quality.js';
import { storeReferenceScores } from '../../activities/reference-scores.js';
import { report } from '../../activities/report.js';
import { testWindow } from '../../activities/test-window.js';
import { transform } from '../../activities/transform.js';
import { trigger } from '../../activities/trigger.js';
import { validate } from '../../activities/validate.js';
import { DriftReport } from '../../core/drift/report.js';
import { testDag } from '../../core/dag/testing.js';
import type { GatewayHeartbeat } from '../../core/lifecycle/heartbeat.js';
import type { ModelSpec } from '../../core/lifecycle/model-spec.js';
import { MonitoringReport } from '../../core/lifecycle/monitoring.js';
import { LABEL_COLUMNS, predictionColumns, type LogColumn } from '../../core/lifecycle/prediction-log.js';
import { MonitoringResult } from '../../core/lifecycle/results.js';
import type { Signature } from '../../core/lifecycle/signature.js';
import { keys } from '../../core/names.js';
import type { CheckSuite } from '../../core/validation/suite.js';
import type { RunInfo } from '../../core/ports.js';
import monitoring from '../../dags/monitoring.js';
import electricity from '../../examples/electricity/models/electricity.js';
import { openTestWorker, run, type TestWorker } from '../support/activities.js';
import { failureOf } from '../support/failure.js';

const EXAMPLE = join(import.meta.dirname, '../../examples/electricity');
const MODEL = 'electricity';
const features = Object.entries(electricity.spec.data.features).map(([name, type]) => ({ name, type }));
const signature: Signature = { features, target: 'class', classes: ['DOWN', 'UP'], positive: 'UP' };

describe('monitoring', () => {
  let folder: string;
  let worker: TestWorker;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-monitoring-'));
    await cp(EXAMPLE, folder, { recursive: true, filter: (path) => !path.includes('.rekindle') });
    worker = await openTestWorker(folder, [electricity.spec]);
    await addReference('v1');
  });
  after(async () => {
    await worker.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    worker.triggers.length = 0;
    for (const prefix of ['predictions/', 'labels/', 'gateways/'])
      for await (const { key } of worker.objects.list(prefix)) await worker.objects.delete(key);
  });

  /** A version trained as of 1997-04-22, as far as monitoring looks at it. */
  const addReference = async (version: string, spec: ModelSpec = electricity.spec): Promise<void> => {
    const until = '1997-04-21T00:00:00.000Z';
    const model = { name: MODEL, spec, specHash: '', asOf: '1997-04-22T00:00:00.000Z', until, champion: null };
    const raw = await worker.run(extract, { model });
    const table = await worker.run(transform, { model, raw });
    const { training } = await worker.run(load, { model, table });
    const { body } = await worker.objects.get(keys.dataset(training.sha256).profile);
    await worker.objects.put(keys.version(MODEL, version).reference, body);
    await worker.objects.put(keys.version(MODEL, version).signature, JSON.stringify(signature));
  };

  const types = (columns: readonly LogColumn[]): string => columns.map(({ name, sqlType }) => `${name}::${sqlType} AS ${name}`).join(', ');
  const put = async (key: string, sql: string): Promise<void> => {
    const path = join(folder, 'segment.parquet');
    await worker.ctx.tables.query(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
    await worker.objects.upload(path, key);
  };

  interface Traffic {
    /** SQL over the columns of the electricity file */
    score?: string;
    version?: string;
    /** rows that get a label */
    labelled?: string;
    label?: string;
    gateway?: string;
    transfer?: string;
  }
  /** A gateway's log of the real rows of the days from `from` until `to`, a file a day, with labels that name their time. */
  const serve = async (from: string, to: string, traffic: Traffic = {}): Promise<void> => {
    const {
      score = "CASE class WHEN 'UP' THEN 0.7 ELSE 0.3 END",
      version = 'v1',
      labelled = 'true',
      label = 'class',
      gateway = 'gw',
      transfer = 'transfer',
    } = traffic;
    const rows = join(folder, 'rows.parquet');
    await worker.ctx.tables.extract(electricity.spec.data.source, { time: 'timestamp', from, to, path: rows });
    for (let day = Date.parse(from), sequence = 1; day < Date.parse(to); day += 86_400_000, sequence++) {
      const date = new Date(day).toISOString().slice(0, 10);
      const log = `SELECT 'p-' || strftime(timestamp, '%Y%m%d%H%M') AS prediction_id, timestamp AS event_time, TIMESTAMP '2026-01-01' AS received_at,
          '${version}' AS version, ${score} AS score, CASE WHEN ${score} >= 0.5 THEN 'UP' ELSE 'DOWN' END AS prediction, 2.0 + period AS latency_ms,
          nswdemand AS feature_nswdemand, vicprice AS feature_vicprice, vicdemand AS feature_vicdemand, ${transfer} AS feature_transfer,
          period AS feature_period, isodow(timestamp)::VARCHAR AS feature_weekday, ${label} AS label, ${labelled} AS labelled
        FROM read_parquet('${rows}') WHERE timestamp::DATE = DATE '${date}'`;
      await put(
        keys.predictions(MODEL, 'production', date, gateway, sequence),
        `SELECT ${types(predictionColumns(features))} FROM (${log})`,
      );
      await put(keys.labels(MODEL, date, `${gateway}-${sequence}`), `SELECT ${types(LABEL_COLUMNS)} FROM (${log}) WHERE labelled`);
    }
  };

  const monitor = async (asOf: string | undefined, over: { spec?: ModelSpec; run?: RunInfo } = {}) => {
    const ctx = {
      ...(over.run ? { run: over.run } : {}),
      ...(over.spec ? { modelSpec: () => ({ spec: over.spec!, hash: '' }) } : {}),
    };
    const window = await worker.run(collectWindow, { model: MODEL, asOf }, ctx);
    const drift = await worker.run(testWindow, { window }, ctx);
    const quality = await worker.run(measureQuality, { window }, ctx);
    const validation = await worker.run(validate, { window }, ctx);
    const findings = await worker.run(report, { window, drift, quality, validation }, ctx);
    return { window, drift, quality, validation, result: await worker.run(trigger, { findings }, ctx) };
  };

  it('finds two quiet weeks and the drift of the week in which the Victorian market joined', async () => {
    await serve('1997-04-22', '1997-05-13');
    const weeks = [
      ['1997-04-29', 'no_drift'],
      ['1997-05-06', 'no_drift'],
      ['1997-05-13', 'drift'],
    ] as const;
    for (const [asOf, verdict] of weeks) {
      const { result } = await monitor(asOf);
      expect(result.verdict, `as of ${asOf}: ${JSON.stringify(result.worst)}`).to.equal(verdict);
      expect(result.window.to).to.equal(`${asOf}T00:00:00.000Z`);
      expect(result.rows).to.equal(336);
      if (verdict === 'no_drift') expect(result.worst!.effect).to.be.below(0.2);
      else expect(result.worst!.effect).to.be.above(0.9);
    }
    expect(worker.triggers.map(({ model, source, key, asOf }) => ({ model, source, key, asOf }))).to.deep.equal([
      { model: MODEL, source: 'drift', key: 'drift-1997-05-13', asOf: '1997-05-13T00:00:00.000Z' },
    ]);
    expect(worker.triggers[0]!.reason).to.match(/vicprice|vicdemand|transfer/);
  });

  it('runs as one DAG whose result says it all', async () => {
    await serve('1997-05-06', '1997-05-13');
    const { run: _, ...context } = worker.ctx;
    const tested = await testDag(monitoring, { model: MODEL, asOf: '1997-05-13' }, { context: { ...context } });
    expect(tested.state, JSON.stringify(tested.tasks)).to.equal('success');
    expect(Object.keys(tested.tasks)).to.deep.equal(['collectWindow', 'testDrift', 'measureQuality', 'validate', 'report', 'trigger']);
    const result = MonitoringResult.parse(tested.output);
    expect(result).to.deep.include({ model: MODEL, verdict: 'drift', version: 'v1', rows: 336, rocAuc: 1, failedChecks: [] });
    expect(result.triggered.map(({ source }) => source)).to.deep.equal(['drift']);
    expect(worker.triggers.map(({ key }) => key)).to.deep.equal(['drift-1997-05-13']);
  });

  it('counts only labels that are due: all but those of the last day', async () => {
    await serve('1997-04-22', '1997-04-29');
    // rows up to 1997-04-28T00:00 are a day old: six days of 48 and the row of midnight
    expect((await monitor('1997-04-29')).result.coverage).to.equal((6 * 48 + 1) / 336);
    expect((await monitor('1997-04-30')).result.coverage).to.equal(1);
  });

  it('measures what was realized, against values that SQL finds by ranks', async () => {
    const score = "0.5 + 0.3 * sin(7 * nswdemand) + CASE class WHEN 'UP' THEN 0.1 ELSE 0 END";
    await serve('1997-04-22', '1997-04-29', { score });
    const { quality, window } = await monitor('1997-05-01');
    const path = join(folder, 'joined.parquet');
    await worker.objects.download(keys.dataset(window.sha256!).data, path);
    // AUC by the rank sum of the positives, ties sharing their rank
    const [expected] = await worker.ctx.tables.query(
      `WITH ranked AS (SELECT label = 'UP' AS up, prediction, label, score, rank() OVER (ORDER BY score) + (count(*) OVER (PARTITION BY score) - 1) / 2 AS r
         FROM read_parquet($path))
       SELECT (sum(r) FILTER (up) - count(*) FILTER (up) * (count(*) FILTER (up) + 1) / 2) / (count(*) FILTER (up) * count(*) FILTER (NOT up)) AS auc,
         count(*) FILTER (prediction <> label) AS incorrect, count(*) FILTER (up AND prediction = 'UP') / count(*) FILTER (up) AS recall,
         count(*) FILTER (up AND prediction = 'UP') / count(*) FILTER (prediction = 'UP') AS precision FROM ranked`,
      { path },
    );
    const metrics = quality.metrics!;
    expect(metrics.n).to.equal(336);
    expect(metrics.rocAuc).to.be.closeTo(expected!['auc'] as number, 1e-12);
    expect(metrics.incorrect).to.equal(expected!['incorrect']);
    expect(metrics.recall).to.be.closeTo(expected!['recall'] as number, 1e-12);
    expect(metrics.precision).to.be.closeTo(expected!['precision'] as number, 1e-12);
    expect(metrics.rocAucInterval![0]).to.be.below(metrics.rocAuc!);
    // latency was 2 ms and the half hour of the day, which is 0.5 on average and at most 1
    expect(quality.latency!.meanMs).to.be.closeTo(2.5, 0.01);
    expect(quality.latency!.p99Ms).to.be.within(2.9, 3);
  });

  it('calls for quality when AUC falls under its limit, and for drift and quality of one window with keys of their own', async () => {
    const coin = '(hash(timestamp) % 1000) / 1000';
    await serve('1997-04-22', '1997-05-13', { score: coin });
    const quiet = await monitor('1997-04-29');
    expect(quiet.result.failedChecks).to.deep.equal(['rocAuc']);
    expect(quiet.result.triggered.map(({ source }) => source)).to.deep.equal(['quality']);
    worker.triggers.length = 0;
    const both = await monitor('1997-05-13');
    expect(both.result.triggered.map(({ source }) => source)).to.deep.equal(['drift', 'quality']);
    expect(worker.triggers.map(({ key, asOf }) => [key, asOf])).to.deep.equal([
      ['drift-1997-05-13', '1997-05-13T00:00:00.000Z'],
      ['quality-1997-05-13', '1997-05-13T00:00:00.000Z'],
    ]);
    expect(worker.triggers[1]!.reason).to.match(/rocAuc 0\.\d+ is under 0\.7/);
  });

  it('says nothing at the door about what the model does not listen to', async () => {
    await serve('1997-05-06', '1997-05-13', { score: '0.5' });
    const deaf: ModelSpec = { ...electricity.spec, retrain: { ...electricity.spec.retrain, on: ['schedule'] } };
    const { result } = await monitor('1997-05-13', { spec: deaf });
    expect(result).to.deep.include({ verdict: 'drift', failedChecks: ['rocAuc'], triggered: [] });
    expect(worker.triggers).to.deep.equal([]);
  });

  it('reports a feature that was emptied and calls for no retraining: a challenger would learn the fault', async () => {
    await serve('1997-04-22', '1997-04-29', { transfer: 'NULL' });
    const { result, drift } = await monitor('1997-04-29');
    expect(result).to.deep.include({ verdict: 'drift', triggered: [] });
    expect(drift.reasons.join(' ')).to.contain('transfer');
    expect(worker.triggers).to.deep.equal([]);
  });

  it('calls when as many windows have drifted as the model asks for, by the reports of the windows before', async () => {
    for await (const { key } of worker.objects.list('reports/')) await worker.objects.delete(key);
    await serve('1997-04-29', '1997-05-20');
    const { drift, ...rest } = electricity.spec.monitor;
    const patient: ModelSpec = {
      ...electricity.spec,
      monitor: { ...rest, drift: { ...drift, windows: { of: 2, drifted: 2, clearAfter: 0 } } },
    };
    const said = async (asOf: string): Promise<[string, number, string]> => {
      const { result } = await monitor(asOf, { spec: patient });
      const { recommendation } = JSON.parse(Buffer.from((await worker.objects.get(result.report)).body).toString()) as MonitoringReport;
      return [result.verdict, result.triggered.length, recommendation.reasons.join(' ')];
    };
    expect((await said('1997-05-06')).slice(0, 2)).to.deep.equal(['no_drift', 0]);
    const [verdict, calls, reasons] = await said('1997-05-13');
    expect([verdict, calls]).to.deep.equal(['drift', 0]);
    expect(reasons).to.match(/By itself the drift of this window would have called for a retraining\. .*1 of the last 2/);
    expect((await said('1997-05-20')).slice(0, 2)).to.deep.equal(['drift', 1]);
  });

  it('compares with the hours of the reference where the model says that its data have a season', async () => {
    const { drift, ...rest } = electricity.spec.monitor;
    const seasonal: ModelSpec = { ...electricity.spec, monitor: { ...rest, every: '6 hours', drift: { ...drift, season: 'hour-of-day' } } };
    const plain: ModelSpec = { ...electricity.spec, monitor: { ...electricity.spec.monitor, every: '6 hours' } };
    await addReference('seasonal', seasonal);
    await serve('1997-04-22', '1997-04-23', { version: 'seasonal' });
    const period = async (spec: ModelSpec) => {
      const { drift: found } = await monitor('1997-04-22T12:00:00Z', { spec });
      const { columns } = DriftReport.parse(JSON.parse(Buffer.from((await worker.objects.get(found.reportKey!)).body).toString()));
      return columns.find(({ name }) => name === 'period')!.effect!.value;
    };
    // six hours of the day are a quarter of its half hours: 0.5 of them lie below or above, and among themselves they are as ever
    expect(await period(plain)).to.be.above(0.4);
    expect(await period(seasonal)).to.be.below(0.05);
  });

  it('weighs columns by what the version makes of them, as far as that can be known', async () => {
    const importance = {
      ...{ schema: 'rekindle/importance/1', metric: 'roc_auc', baseline: 0.8, rows: 100, repeats: 3 },
      features: features.map(({ name }) => ({ name, mean: name === 'period' ? 0.2 : 0, deviation: 0 })),
    };
    const { importance: key } = keys.version(MODEL, 'v1');
    await worker.objects.put(key, JSON.stringify(importance));
    await serve('1997-05-06', '1997-05-13');
    const spec: ModelSpec = { ...electricity.spec, monitor: { ...electricity.spec.monitor, every: '6 hours' } };
    const { drift } = await monitor('1997-05-06T12:00:00Z', { spec });
    await worker.objects.delete(key);
    const { rootCauses } = DriftReport.parse(JSON.parse(Buffer.from((await worker.objects.get(drift.reportKey!)).body).toString()));
    const weights = Object.fromEntries(rootCauses!.map(({ column, importance: share }) => [column, share]));
    // the price of Victoria was one value in all training rows: what it would be worth could not be measured
    expect(weights).to.include({ period: 1, vicprice: null });
  });

  it('writes a report that says all of it', async () => {
    await serve('1997-05-06', '1997-05-13');
    const { result, drift } = await monitor('1997-05-13');
    const { body } = await worker.objects.get(result.report);
    const document = MonitoringReport.parse(JSON.parse(Buffer.from(body).toString()));
    expect(result.report).to.equal('reports/electricity/monitoring/1997-05-13T00:00:00.000Z.json');
    expect(document).to.deep.include({
      model: MODEL,
      rows: 336,
      verdict: 'drift',
      driftReport: drift.reportKey,
      versions: [{ version: 'v1', rows: 336 }],
    });
    expect(document.quality.metrics!.rocAuc).to.equal(1);
    expect(document.calls.map(({ source }) => source)).to.deep.equal(['drift']);
    expect(await worker.objects.head(drift.reportKey!)).not.to.equal(undefined);
  });

  it('writes a page of it, with pictures, and with the windows before', async () => {
    await serve('1997-04-22', '1997-05-13');
    await monitor('1997-05-06');
    const { result } = await monitor('1997-05-13');
    expect(result.page).to.equal('reports/electricity/monitoring/1997-05-13T00:00:00.000Z.html');
    const page = Buffer.from((await worker.objects.get(result.page!)).body).toString();
    expect(page).to.match(/<h1>electricity, 1997-05-06 to 1997-05-13: <span class="badge drift">/);
    for (const name of ['ROC AUC over time', 'Distribution of vicprice, reference and current'])
      expect(page).to.include(`>${name}</title>`);
    expect(
      [...page.matchAll(/<th scope="row">(1997-05-\d\d)<\/th>\s*<td><span class="badge (\w+)">/g)].map(([, to, verdict]) => [to, verdict]),
    ).to.deep.equal([
      ['1997-05-13', 'drift'],
      ['1997-05-06', 'no_drift'],
    ]);
  });

  it('tells what is wrong with the data apart from drift: it is repaired at its source, and nobody is called', async () => {
    await serve('1997-04-22', '1997-04-29');
    const checks: CheckSuite = {
      schema: 'rekindle/check-suite/1',
      checks: [{ check: 'range', column: 'nswdemand', max: 0.3, severity: 'error' }],
    };
    const spec: ModelSpec = { ...electricity.spec, data: { ...electricity.spec.data, checks } };
    const { result, validation } = await monitor('1997-04-29', { spec });
    expect(validation.verdict).to.equal('fail');
    expect(result).to.deep.include({ verdict: 'no_drift', triggered: [] });
    const document = MonitoringReport.parse(JSON.parse(Buffer.from((await worker.objects.get(result.report)).body).toString()));
    expect(document.validation).to.deep.equal(validation);
    expect(document.recommendation.retrain).to.equal(false);
    expect(document.reasons).to.include('Look at the source of the data, and repair it if it is broken: retraining would learn the fault.');
    const page = Buffer.from((await worker.objects.get(result.page!)).body).toString();
    expect(page).to.include('Checks of the data: <strong>1 failed.</strong>').and.to.include('range of nswdemand');
  });

  it('goes on to the door where no page can be drawn', async () => {
    await serve('1997-05-06', '1997-05-13');
    const window = await worker.run(collectWindow, { model: MODEL, asOf: '1997-05-13' });
    const drift = await worker.run(testWindow, { window });
    const quality = await worker.run(measureQuality, { window });
    const compute = { ...worker.ctx.compute, monitoringPage: () => Promise.reject(new Error('no ink')) };
    const validation = await worker.run(validate, { window });
    const findings = await worker.run(report, { window, drift, quality, validation }, { compute });
    expect(findings).to.deep.include({ page: null, verdict: 'drift' });
    expect(worker.logged).to.include('the report could not be drawn: no ink');
  });

  it('has insufficient data, not a failure, in a window without predictions', async () => {
    const { result } = await monitor('1997-04-29');
    expect(result).to.deep.include({
      rows: 0,
      coverage: 0,
      version: null,
      verdict: 'insufficient_data',
      rocAuc: null,
      failedChecks: [],
      triggered: [],
    });
  });

  it('measures drift also where no label has come, and fails no check for it', async () => {
    await serve('1997-05-06', '1997-05-13', { labelled: 'false' });
    const { result, quality } = await monitor('1997-05-13');
    expect(result).to.deep.include({ coverage: 0, verdict: 'drift', rocAuc: null, failedChecks: [] });
    expect(quality.checks).to.have.length(1);
    expect(quality.checks[0]!.verdict).to.equal('inconclusive');
    expect(quality.latency!.meanMs).to.be.above(2);
  });

  describe('quality without labels', () => {
    /** True probabilities, and labels that follow them: the AUC is 5/6 (test/core/lifecycle/window-estimate.test.ts). */
    const score = '(hash(epoch(timestamp)) % 1009) / 1009.0';
    const follows = `CASE WHEN (hash(epoch(timestamp) + 1) % 1013) / 1013.0 < ${score} THEN 'UP' ELSE 'DOWN' END`;
    const turned = `CASE WHEN (hash(epoch(timestamp) + 1) % 1013) / 1013.0 < ${score} THEN 'DOWN' ELSE 'UP' END`;
    const document = async (key: string): Promise<MonitoringReport> =>
      MonitoringReport.parse(JSON.parse(Buffer.from((await worker.objects.get(key)).body).toString()));

    before(async () => {
      const version = keys.version(MODEL, 'scored');
      await worker.objects.put(version.reference, (await worker.objects.get(keys.version(MODEL, 'v1').reference)).body);
      await worker.objects.put(version.signature, JSON.stringify(signature));
      const [scores, labels] = [new Float64Array(4_000), new Uint8Array(4_000)];
      for (let row = 0; row < 4_000; row++) {
        scores[row] = ((row * 7_919) % 4_000) / 4_000;
        labels[row] = Number(((row * 104_729) % 3_989) / 3_989 < scores[row]!);
      }
      await worker.ctx.scratch((scratch) => storeReferenceScores(MODEL, 'scored', { scores, labels }, scratch, worker.ctx));
    });

    it('is estimated before any has come', async () => {
      await serve('1997-04-22', '1997-04-29', { version: 'scored', score, labelled: 'false' });
      const { quality, result } = await monitor('1997-04-30');
      expect(quality.metrics).to.equal(null);
      expect(quality.estimated).to.include({ version: 'scored', rows: 336, referenceRows: 4_000, labelled: null });
      expect(quality.estimated!.metrics.rocAuc.value).to.be.closeTo(5 / 6, 0.03);
      expect(quality.checks[0]!.reason).to.match(/^rocAuc cannot be measured in this window; estimated without labels it is 0\.8/);
      const { reading, reasons } = await document(result.report);
      expect(reading!.reading).to.equal('as_usual');
      expect(reasons).to.include(reading!.summary).and.to.include('No label has arrived: a change of concept could not be seen.');
      expect(result.triggered).to.deep.equal([]);
    });

    it('stands beside what was realized where some have', async () => {
      await serve('1997-04-22', '1997-04-29', { version: 'scored', score, label: follows });
      const { quality } = await monitor('1997-04-29');
      expect(quality.metrics!.n).to.equal(6 * 48 + 1);
      expect(quality.estimated!.rows).to.equal(336);
      expect(quality.estimated!.labelled!.rows).to.equal(6 * 48 + 1);
      expect(quality.estimated!.labelled!.realized!.value).to.equal(quality.metrics!.rocAuc);
      expect(quality.estimated!.labelled!.realized!.interval).to.deep.equal(quality.metrics!.rocAucInterval);
    });

    it('tells a change of concept: the data are as they were, and the labels are not', async () => {
      await serve('1997-04-22', '1997-04-29', { version: 'scored', score, label: turned });
      const { result } = await monitor('1997-04-30');
      const { verdict, reading, reasons } = await document(result.report);
      expect({ verdict, reading: reading!.reading }).to.deep.equal({ verdict: 'no_drift', reading: 'concept_drift' });
      expect(reasons.join(' ')).to.match(/Concept drift: .*the same inputs have come to mean something else/);
    });

    it('is of the version that answered most, by its own rows', async () => {
      await serve('1997-04-22', '1997-04-24', { version: 'v1', label: turned, score });
      await serve('1997-04-24', '1997-04-29', { version: 'scored', label: follows, score });
      const { quality } = await monitor('1997-05-01');
      expect(quality.metrics!.n).to.equal(336);
      expect(quality.estimated).to.include({ version: 'scored', rows: 240 });
      expect(quality.estimated!.labelled!.realized!.value).to.be.above(0.7);
    });

    it('is not known, and the report says why, of a version that kept no scores of its hold-out', async () => {
      await serve('1997-04-22', '1997-04-29');
      const { quality, result } = await monitor('1997-04-30');
      expect(quality.estimated).to.equal(null);
      const { reading, reasons } = await document(result.report);
      expect(reading).to.equal(null);
      expect(reasons).to.include('Version v1 has no scores of a hold-out, from which an estimate could be learnt.');
    });
  });

  it('takes each prediction once, and of two labels the later one', async () => {
    await serve('1997-04-22', '1997-04-29', { label: "'UP'" });
    await serve('1997-04-22', '1997-04-29', { gateway: 'other', labelled: 'false' });
    const corrected = `SELECT 'p-199704220000' AS prediction_id, 'DOWN' AS label, TIMESTAMP '2026-01-02' AS event_time, TIMESTAMP '2026-01-02' AS received_at`;
    // without a time of its own the label lies in the folder of the day it came
    await put(keys.labels(MODEL, '2026-01-02', 'gw-99'), `SELECT ${types(LABEL_COLUMNS)} FROM (${corrected})`);
    const { window } = await monitor('1997-04-30');
    expect(window).to.include({ rows: 336, labelled: 336 });
    const path = join(folder, 'joined.parquet');
    await worker.objects.download(keys.dataset(window.sha256!).data, path);
    expect(await worker.ctx.tables.query("SELECT prediction_id FROM read_parquet($path) WHERE label = 'DOWN'", { path })).to.deep.equal([
      { prediction_id: 'p-199704220000' },
    ]);
  });

  it('compares with the version that answered most, and leaves out rows of versions with other features', async () => {
    await worker.objects.put(keys.version(MODEL, 'v0').signature, JSON.stringify({ ...signature, features: features.slice(1) }));
    await serve('1997-04-22', '1997-04-24', { version: 'v0' });
    await serve('1997-04-24', '1997-04-29', { version: 'v1' });
    const { result, window, drift } = await monitor('1997-04-29');
    expect(window.versions).to.deep.equal([
      { version: 'v1', rows: 240 },
      { version: 'v0', rows: 96 },
    ]);
    expect(result.version).to.equal('v1');
    const { current } = JSON.parse(Buffer.from((await worker.objects.get(drift.reportKey!)).body).toString()) as {
      current: { rows: number };
    };
    expect(current.rows).to.equal(240);
  });

  describe('the event clock', () => {
    it('is what the caller says, in any spelling', async () => {
      expect((await monitor('1997-04-29T02:00:00+02:00')).window.asOf).to.equal('1997-04-29T00:00:00.000Z');
      const error = await failureOf(monitor('last week'), 'DAG_PARAMS_INVALID');
      expect(error.message).to.include("'last week'");
    });

    it("is the end of a scheduled or backfilled run's data interval", async () => {
      const interval = { start: '1997-05-06T00:00:00.000Z', end: '1997-05-13T00:00:00.000Z' };
      for (const kind of ['scheduled', 'backfill'] as const) {
        const { window } = await monitor(undefined, { run: { ...run, kind, dataInterval: interval } });
        expect(window.window).to.deep.equal({ from: interval.start, to: interval.end });
      }
    });

    it('is the newest event of the source when nobody says', async () => {
      const { window } = await monitor(undefined);
      expect(window.asOf).to.equal('1998-12-06T23:30:00.001Z'); // half-open: the newest event is before it
      expect(window.window.to).to.equal('1998-12-01T00:00:00.000Z');
    });
  });

  describe('the flush', () => {
    const beat = async (over: Partial<GatewayHeartbeat['models'][number]>, startedAt = '2026-01-01T00:00:00.000Z'): Promise<void> => {
      const heartbeat: GatewayHeartbeat = {
        gateway: 'gw',
        environment: 'production',
        url: 'http://127.0.0.1:1',
        at: new Date().toISOString(),
        startedAt,
        models: [{ model: MODEL, version: 'v1', generation: 1, answered: 336, flushed: 336, errors: 0, latencyP99Ms: 1, ...over }],
      };
      await worker.objects.put(keys.gateway('production', 'gw'), JSON.stringify(heartbeat));
    };

    it('is waited for: rows that were answered before are in the window', async () => {
      await beat({ flushed: 300 });
      const collected = worker.run(collectWindow, { model: MODEL, asOf: '1997-04-29' });
      await serve('1997-04-22', '1997-04-29');
      await beat({ flushed: 336 });
      expect(await collected).to.deep.include({ rows: 336, notes: [] });
    });

    it('counts from the first heartbeat after the question: the last one may be a second old', async () => {
      await beat({ answered: 300, flushed: 300 });
      const collected = worker.run(collectWindow, { model: MODEL, asOf: '1997-04-29' });
      let settled = false;
      void collected.then(() => (settled = true));
      await sleep(400);
      await beat({ answered: 336, flushed: 300 });
      await sleep(400);
      expect(settled).to.equal(false);
      await beat({ answered: 340, flushed: 336 });
      expect((await collected).notes).to.deep.equal([]);
    });

    it('is waited for: labels too', async () => {
      await beat({ labels: { accepted: 288, flushed: 240 } });
      const collected = worker.run(collectWindow, { model: MODEL, asOf: '1997-04-29' });
      await sleep(300);
      await serve('1997-04-22', '1997-04-29');
      await beat({ labels: { accepted: 288, flushed: 288 } });
      expect(await collected).to.deep.include({ labelled: 6 * 48 + 1, notes: [] });
    });

    it('is not waited for at a gateway that started anew: its journal is recovered', async () => {
      await beat({ flushed: 300 });
      const collected = worker.run(collectWindow, { model: MODEL, asOf: '1997-04-29' });
      await beat({ flushed: 0, answered: 0 }, '2026-01-01T00:00:01.000Z');
      expect((await collected).notes).to.deep.equal([]);
    });
  });

  it('does not know a model that the worker has not loaded', async () => {
    await failureOf(worker.run(collectWindow, { model: 'gas' }), 'MODEL_NOT_FOUND');
  });

  it('the example keeps source and licence of its data', async () => {
    expect(await readFile(join(EXAMPLE, 'data/README.md'), 'utf8')).to.include('scikit-multiflow 0.4.1');
    expect(await readFile(join(EXAMPLE, 'data/LICENSE'), 'utf8')).to.match(
      /^BSD 3-Clause License\n\nCopyright \(c\) 2017, scikit-multiflow/,
    );
  });
});
