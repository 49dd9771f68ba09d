import { expect } from 'chai';
import type { MonitoringReport, PastWindow } from '../../core/lifecycle/monitoring.js';
import type { EstimatedMetric } from '../../core/lifecycle/window-estimate.js';
import { renderMonitoringReport, type MonitoringContext } from '../../platform/report/monitoring-report.js';
import { drawnReport } from './report-data.js';

const bytes = (page: string): number => Buffer.byteLength(page);
/** What a reader without pictures and styles has. */
const textOf = (page: string): string =>
  page
    .replace(/<(style|svg)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&nbsp;|\s/g, ' ')
    .replace(/ +/g, ' ');
const headings = (page: string): string[] => [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading!);

const metric = (value: number): EstimatedMetric => ({
  value,
  samplingError: 0.02,
  interval: [value - 0.06, value + 0.06],
  usual: [0.7, 0.9],
});

const quality = (rocAuc: number | null, estimated: number | null): MonitoringReport['quality'] => ({
  metrics:
    rocAuc === null
      ? null
      : {
          n: 300,
          rocAuc,
          rocAucInterval: [rocAuc - 0.05, rocAuc + 0.05],
          f1: 0.61,
          precision: 0.62,
          recall: 0.63,
          accuracy: 0.64,
          logLoss: 0.65,
          incorrect: 100,
        },
  latency: { meanMs: 2, p99Ms: 6.5 },
  checks: [{ metric: 'rocAuc', verdict: 'fail', value: rocAuc, reason: 'rocAuc 0.66 is under 0.7' }],
  failedChecks: ['rocAuc'],
  estimated:
    estimated === null
      ? null
      : {
          version: 'v1',
          rows: 336,
          referenceRows: 672,
          calibration: 'calibrated',
          metrics: {
            rocAuc: metric(estimated),
            f1: metric(0.71),
            precision: metric(0.72),
            recall: metric(0.73),
            specificity: metric(0.74),
            accuracy: metric(0.75),
          },
          labelled: null,
        },
  notEstimated: estimated === null ? 'Version v1 has no scores of a hold-out.' : null,
});

const weekOf = (week: number): { from: string; to: string } => {
  const at = (days: number): string => new Date(Date.UTC(1997, 3, 22 + days)).toISOString();
  return { from: at(7 * week), to: at(7 * week + 7) };
};

const reportOf = (over: Partial<MonitoringReport> = {}): MonitoringReport => ({
  schema: 'rekindle/monitoring-report/1',
  model: 'electricity',
  asOf: '1997-05-14T00:00:00.000Z',
  window: weekOf(2),
  rows: 336,
  labelled: 300,
  coverage: 300 / 336,
  versions: [{ version: 'v1', rows: 336 }],
  verdict: 'drift',
  driftReport: 'reports/electricity/drift/1997-05-13T00:00:00.000Z.json',
  worst: { column: 'vicprice', effect: 0.97 },
  quality: quality(0.66, 0.8),
  reading: {
    reading: 'concept_drift',
    summary: 'Concept drift: the predictions are worse than the data explain.',
    reasons: ['ROC-AUC is 0.66.'],
    advice: 'Retrain on recent rows only.',
  },
  validation: { verdict: 'pass', failed: [], reportKey: 'reports/electricity/validation/1997-05-13T00:00:00.000Z.json' },
  trigger: { rule: { windows: 1, drifted: 1, clearAfter: 0 }, fires: true, text: 'It fires.' },
  calls: [{ source: 'drift', reason: 'vicprice has shifted.', key: 'drift-1997-05-13' }],
  recommendation: { retrain: true, reasons: ['vicprice has shifted.'] },
  reasons: ['vicprice has shifted.'],
  ...over,
});

const pastOf = (week: number, over: Partial<PastWindow> = {}): PastWindow => {
  const { versions, worst } = reportOf();
  return { window: weekOf(week), versions, worst, verdict: 'no_drift', calls: [], quality: quality(0.8 - week / 100, 0.79), ...over };
};

const contextOf = (columns: number, over: Partial<MonitoringContext> = {}): MonitoringContext => {
  const { report, context } = drawnReport(columns);
  return {
    monitor: { drift: { minShift: 0.1, falseAlarmRate: 0.05 }, quality: { rocAuc: { min: 0.7 } } },
    drift: report,
    distributions: context.distributions!,
    past: [pastOf(0), pastOf(1)],
    checks: [],
    ...over,
  };
};

describe('the HTML report of monitoring', function () {
  this.timeout(60_000);

  it('says verdict and recommendation first, then quality, columns, checks, findings, what was not tested and the method', async () => {
    const page = await renderMonitoringReport(reportOf(), contextOf(3));
    expect(textOf(page)).to.match(
      /electricity, 1997-05-06 to 1997-05-13: drift Retrain: yes , because vicprice has shifted\. Concept drift: the predictions are worse/,
    );
    expect(headings(page)).to.deep.equal([
      'Quality over time',
      'Quality in this window',
      'Columns, worst first',
      'In detail',
      'Checks of the data',
      'Findings',
      'Not tested, and why',
      'How it was judged',
    ]);
    for (const [, id] of page.matchAll(/href="#(.*?)"/g)) expect(page, `target of the link ${id}`).to.include(` id="${id}"`);
    expect(page).to.not.match(/<script|<link|<img|https?:\/\/(?!www\.w3\.org)/);
  });

  it('sets what was measured beside what was estimated, with intervals, what is usual and the limit', async () => {
    const text = textOf(await renderMonitoringReport(reportOf(), contextOf(1)));
    expect(text).to.include('ROC AUC 0.660 0.610 to 0.710 0.800 0.740 to 0.860 0.700 to 0.900 missed rocAuc 0.66 is under 0.7');
    expect(text).to.include('F1 0.610 0.710 0.650 to 0.770 0.700 to 0.900 none');
    expect(text).to.include('latency, 99th percentile (ms) 6.5 mean 2.0 none none none');
  });

  it('draws both over the windows before; a window is told by its labels, where it has some', async () => {
    const past = [pastOf(0), pastOf(1, { quality: quality(null, 0.75) })];
    const page = await renderMonitoringReport(reportOf(), contextOf(1, { past }));
    expect(textOf(page)).to.include(
      'ROC AUC was between 0.660 and 0.800 in 3 windows; the last, to 1997-05-13, has 0.660 (0.610 to 0.710), measured with labels. 1 window lay below the minimum of 0.700.',
    );
    const picture = /<svg[\s\S]*?ROC AUC over time<\/title>[\s\S]*?<\/svg>/.exec(page)![0];
    expect([...picture.matchAll(/<(?:path|circle)[^>]*fill-current/g)], 'points with labels').to.have.length(2);
    expect([...picture.matchAll(/<(?:path|circle)[^>]*fill-paper/g)], 'points without').to.have.length(3);
    expect([...page.matchAll(/<th scope="row">(1997-\d\d-\d\d)<\/th>\s*<td>([\d.]+ \(estimated\))/g)].map(([, to]) => to)).to.deep.equal([
      '1997-04-29',
      '1997-05-06',
      '1997-05-13',
    ]);
  });

  it('lists the windows, the newest first, with what each called for', async () => {
    const text = textOf(await renderMonitoringReport(reportOf(), contextOf(1)));
    expect(text).to.match(
      /The last 3 windows .* 1997-05-13 drift vicprice 0\.97 0\.660 0\.800 drift 1997-05-06 no drift vicprice 0\.97 0\.790 0\.790 1997-04-29 no drift/,
    );
  });

  it('shows the checks of the data, failed ones first, and what to do', async () => {
    const check = (name: string, verdict: 'pass' | 'fail' | 'not_run') => ({
      name,
      verdict,
      severity: 'error' as const,
      text: `found in ${name}`,
    });
    const report = reportOf({ validation: { verdict: 'fail', failed: ['range of price: 3 rows.'], reportKey: 'k' } });
    const page = await renderMonitoringReport(report, contextOf(1, { checks: [check('schema', 'pass'), check('range of price', 'fail')] }));
    const text = textOf(page);
    expect(text).to.include('Checks of the data: 1 failed. Look at the source, and repair it if it is broken');
    expect(text).to.match(/range of price failed found in range of price schema holds found in schema/);
  });

  it('says what was not tested, and why', async () => {
    const report = reportOf({
      quality: quality(0.66, null),
      reading: null,
      validation: { verdict: 'not_run', failed: [], reportKey: null, reason: 'The suite of the model has no checks.' },
    });
    const page = await renderMonitoringReport(report, contextOf(1));
    const untested = textOf(page.slice(page.indexOf('id="untested"')));
    expect(untested).to.include('10.7 % of the predictions: their labels have not come or are not due.');
    expect(untested).to.include('Quality without labels. Version v1 has no scores of a hold-out.');
    expect(untested).to.include('Whether the same inputs still mean the same');
    expect(untested).to.include('The data by themselves. The suite of the model has no checks.');
  });

  it('is a page also of a window without predictions', async () => {
    const empty = reportOf({
      rows: 0,
      labelled: 0,
      coverage: 0,
      versions: [],
      verdict: 'insufficient_data',
      driftReport: null,
      worst: null,
      quality: {
        ...quality(null, null),
        latency: null,
        checks: [],
        failedChecks: [],
        notEstimated: 'There are no predictions in the window.',
      },
      reading: null,
      calls: [],
      recommendation: { retrain: false, reasons: ['No predictions in the window.'] },
      reasons: ['No predictions in the window.'],
    });
    const page = await renderMonitoringReport(empty, contextOf(1, { drift: null, distributions: new Map(), past: [] }));
    expect(textOf(page)).to.include('Retrain: no , because No predictions in the window.').and.to.include('Nothing was compared.');
    for (const [, id] of page.matchAll(/href="#(.*?)"/g)) expect(page, `target of the link ${id}`).to.include(` id="${id}"`);
  });

  it('escapes every text', async () => {
    const evil = `<script>alert("x")</script>'&\u0000`;
    const report = reportOf({
      model: evil,
      versions: [{ version: evil, rows: 1 }],
      worst: { column: evil, effect: 1 },
      reading: { reading: 'not_known', summary: evil, reasons: [evil], advice: evil },
      validation: { verdict: 'fail', failed: [evil], reportKey: null },
      recommendation: { retrain: true, reasons: [evil] },
    });
    const page = await renderMonitoringReport(
      report,
      contextOf(1, { checks: [{ name: evil, verdict: 'fail', severity: 'error', text: evil }] }),
    );
    expect(page).to.not.include('<script').and.to.not.include('\u0000');
    expect(page).to.include('&lt;script&gt;');
  });

  describe('its size', () => {
    const limits = Object.fromEntries((['rocAuc', 'f1', 'precision', 'recall', 'logLoss'] as const).map((name) => [name, { min: 0.1 }]));
    const past = Array.from({ length: 26 }, (_, week) => pastOf(week));
    const checks = Array.from({ length: 80 }, (_, i) => ({
      name: `range of measurement_of_something_${i}`,
      verdict: 'fail' as const,
      severity: 'error' as const,
      text: 'x'.repeat(400),
    }));
    const sized = (columns: number): Promise<string> => {
      const context = contextOf(columns, { past, checks });
      return renderMonitoringReport(reportOf({ window: weekOf(26) }), { ...context, monitor: { ...context.monitor, quality: limits } });
    };

    it('is at most 300 kB for 25 columns, 26 windows before and all metrics', async () => {
      const page = await sized(25);
      expect(bytes(page)).to.be.below(300_000);
      expect(page.match(/<svg/g)).to.have.length.above(25);
    });

    it('is at most 1 MB for 500 columns', async () => {
      expect(bytes(await sized(500))).to.be.below(1_000_000);
    });
  });

  it('is the same for the same report', async () => {
    expect(await renderMonitoringReport(reportOf(), contextOf(2))).to.equal(await renderMonitoringReport(reportOf(), contextOf(2)));
  });
});
