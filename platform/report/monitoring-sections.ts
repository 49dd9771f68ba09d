/** The parts of a monitoring report that a report of drift alone has not. */
import type { MonitoringReport, PastWindow, QualityCheck } from '../../core/lifecycle/monitoring.js';
import type { EstimatedMetric } from '../../core/lifecycle/window-estimate.js';
import { badge } from './columns.js';
import { html, type Content, type Html } from './html.js';
import { METRIC_NAMES } from './quality-series.js';
import type { Part } from './sections.js';
import { clipped, countText, nameText, percentText, plural } from './text.js';

const MOST_REASONS = 12;
const MOST_VERSIONS = 5;

/** `1997-05-06`, with the time where it is not midnight. */
export const dayText = (time: string): string =>
  clipped(
    time
      .replace(/T00:00(:00(\.0+)?)?Z$/, '')
      .replace(/(:00)?(\.0+)?Z$/, ' UTC')
      .replace('T', ' '),
    30,
  );

export const windowText = ({ model, window }: Pick<MonitoringReport, 'model' | 'window'>): string =>
  `${nameText(model)}, ${dayText(window.from)} to ${dayText(window.to)}`;

const list = (items: readonly string[]): Html | null =>
  items.length === 0
    ? null
    : html`<ul>
        ${items.slice(0, MOST_REASONS).map((item) => html`<li>${clipped(item, 400)}</li>`)}
      </ul>`;

const fact = (term: string, content: Content): Html =>
  html`<div>
    <dt>${term}</dt>
    <dd>${content}</dd>
  </div>`;

const versionsText = (versions: MonitoringReport['versions']): string =>
  versions.length === 0
    ? 'none'
    : versions
        .slice(0, MOST_VERSIONS)
        .map(({ version, rows }) => (versions.length === 1 ? clipped(version, 40) : `${clipped(version, 40)} (${plural(rows, 'row')})`))
        .join(', ');

const repair = ({ validation }: MonitoringReport): Html | null =>
  validation.verdict === 'fail'
    ? html`<p>
        Checks of the data: <strong>${countText(validation.failed.length)} failed.</strong> Look at the source, and repair it if it is
        broken: retraining would learn the fault.
      </p>`
    : null;

/** Verdict and recommendation: the first thing on the page. */
export const monitoringHead = (report: MonitoringReport, parts: readonly Part[]): Html => {
  const { asOf, rows, labelled, coverage, versions, verdict, recommendation, reading } = report;
  const { retrain, reasons } = recommendation;
  return html`<header class="verdict-${verdict}">
    <h1>${windowText(report)}: ${badge(verdict)}</h1>
    <p class="lead">Retrain: <strong>${retrain ? 'yes' : 'no'}</strong>${reasons.length > 0 ? ', because' : '.'}</p>
    ${list(reasons)} ${repair(report)} ${reading === null ? null : html`<p>${reading.summary}</p>`}
    <dl>
      ${fact('Predictions', plural(rows, 'row'))}${fact('Labels', `${countText(labelled)}, ${percentText(coverage)} of the rows`)}
      ${fact(versions.length > 1 ? 'Versions' : 'Version', versionsText(versions))}${fact('As of', dayText(asOf))}
    </dl>
    <nav aria-label="parts of the report">${parts.map(({ id, title }) => html`<a href="#${id}">${title}</a> `)}</nav>
  </header> `;
};

const digits = (value: number | null): string => (value === null ? 'unknown' : value.toFixed(3));
const rangeText = (interval: readonly [number, number] | null): string =>
  interval === null ? '' : `${digits(interval[0])} to ${digits(interval[1])}`;

const cell = (value: string, range: string): Html => html`<td>${value}${range === '' ? null : html`<small>${range}</small>`}</td>`;

const SHOWN = ['rocAuc', 'f1', 'precision', 'recall', 'accuracy', 'logLoss'] as const;
const CHECKS: Readonly<Record<QualityCheck['verdict'], string>> = { pass: 'holds', fail: 'missed', inconclusive: 'not known' };

const checkCell = (metric: string, checks: readonly QualityCheck[]): Html => {
  const found = checks.find((check) => check.metric === metric);
  return html`<td>
    ${found === undefined ? 'none' : CHECKS[found.verdict]}${found === undefined ? null : html`<small>${clipped(found.reason, 120)}</small>`}
  </td>`;
};

const realizedCell = (metric: (typeof SHOWN)[number], metrics: MonitoringReport['quality']['metrics']): Html =>
  metrics === null ? cell('no label', '') : cell(digits(metrics[metric]), metric === 'rocAuc' ? rangeText(metrics.rocAucInterval) : '');

const estimatedCells = (estimate: EstimatedMetric | undefined): Html =>
  estimate === undefined
    ? html`${cell('none', '')}${cell('none', '')}`
    : html`${cell(digits(estimate.value), rangeText(estimate.interval))}${cell(rangeText(estimate.usual) || 'unknown', '')}`;

const latencyRow = ({ latency, checks }: MonitoringReport['quality']): Html | null =>
  latency === null
    ? null
    : html`<tr>
        <th scope="row">${METRIC_NAMES.latencyP99Ms}</th>
        ${cell(latency.p99Ms.toFixed(1), `mean ${latency.meanMs.toFixed(1)}`)}${estimatedCells(undefined)}${checkCell('latencyP99Ms', checks)}
      </tr>`;

/** This window: what labels have shown, what was to be expected without them, and what is demanded. */
export const windowQuality = ({ quality, reading }: MonitoringReport): Html => {
  const { metrics, estimated, checks } = quality;
  const rows = SHOWN.filter((metric) => metrics?.[metric] != null || metric === 'rocAuc' || (metric !== 'logLoss' && estimated !== null));
  return html`<section id="window">
    <h2>Quality in this window</h2>
    ${reading === null ? null : html`<p><strong>${reading.summary}</strong> ${reading.reasons.join(' ')} ${reading.advice}</p>`}
    <table class="metrics">
      <thead>
        <tr>
          <th scope="col">metric</th>
          <th scope="col">measured</th>
          <th scope="col">estimated</th>
          <th scope="col">usual</th>
          <th scope="col">limit</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (metric) =>
            html`<tr>
              <th scope="row">${METRIC_NAMES[metric]}</th>
              ${realizedCell(metric, metrics)}${estimatedCells(metric === 'logLoss' ? undefined : estimated?.metrics[metric])}${checkCell(metric, checks)}
            </tr>`,
        )}${latencyRow(quality)}
      </tbody>
    </table>
    ${
      estimated === null
        ? null
        : html`<p>
            Estimated: by how sure version <bdi>${clipped(estimated.version, 40)}</bdi> was of its ${plural(estimated.rows, 'answer')}, in
            the light of ${plural(estimated.referenceRows, 'row')} of its hold-out. Usual: where the metric would lie in so many rows if
            nothing had changed.
          </p>`
    }
  </section> `;
};

const past = ({ window, verdict, worst, quality, calls }: PastWindow): Html =>
  html`<tr>
    <th scope="row">${dayText(window.to)}</th>
    <td>${badge(verdict)}</td>
    <td>${worst === null ? '' : html`<bdi>${nameText(worst.column)}</bdi> ${worst.effect.toFixed(2)}`}</td>
    <td>${digits(quality.metrics?.rocAuc ?? null)}</td>
    <td>${digits(quality.estimated?.metrics.rocAuc.value ?? null)}</td>
    <td>${calls.length === 0 ? '' : calls.map(({ source }) => source).join(', ')}</td>
  </tr> `;

/** @param windows in time order, this one last */
export const windowsTable = (windows: readonly PastWindow[]): Html =>
  html`<details open>
    <summary>The last ${plural(windows.length, 'window')}</summary>
    <table class="windows">
      <thead>
        <tr>
          <th scope="col">window to</th>
          <th scope="col">data</th>
          <th scope="col">largest shift</th>
          <th scope="col">ROC AUC</th>
          <th scope="col">estimated</th>
          <th scope="col">called for</th>
        </tr>
      </thead>
      <tbody>
        ${[...windows].reverse().map(past)}
      </tbody>
    </table>
  </details>`;
