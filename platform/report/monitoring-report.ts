import type { DriftReport } from '../../core/drift/report.js';
import type { MonitoringReport, PastWindow } from '../../core/lifecycle/monitoring.js';
import type { ModelSpec } from '../../core/lifecycle/model-spec.js';
import { Budget } from './budget.js';
import { charts, type Draw } from './chart.js';
import { detailsSection, rankingSection, worstColumns } from './column-sections.js';
import type { Distribution } from './distributions.js';
import { html, type Html } from './html.js';
import { monitoringHead, windowQuality, windowsTable, windowText } from './monitoring-sections.js';
import { page } from './page.js';
import { qualityPicture } from './quality-picture.js';
import { qualitySeries } from './quality-series.js';
import { findingsSection, methodSection, untestedSection, type Part } from './sections.js';
import { clipped, percentText, VERDICTS } from './text.js';
import { validationSection, type CheckOfData } from './validation-section.js';

export interface MonitoringContext {
  readonly monitor: Pick<ModelSpec['monitor'], 'drift' | 'quality'>;
  /** the drift report of this window; null when there was nothing to compare */
  readonly drift: DriftReport | null;
  /** by column, from `distributionsOf` */
  readonly distributions: ReadonlyMap<string, Distribution>;
  /** windows before this one, in time order */
  readonly past: readonly PastWindow[];
  /** of the validation report of this window */
  readonly checks: readonly CheckOfData[];
}

const KB = 1000;

/** What the parts may take: less than 300 kB together for 25 columns, less than 1 MB for any number. */
const budgets = (columns: number) => ({
  details: new Budget(Math.min(400 * KB, 25 * KB + 6.5 * KB * columns)),
  rows: new Budget(320 * KB),
  findings: new Budget(Math.min(70 * KB, 10 * KB + 0.8 * KB * columns)),
  untested: new Budget(20 * KB),
  quality: new Budget(50 * KB),
});

/** Earlier windows in the page. */
const MOST_PAST = 26;

const untested = ({ quality, coverage, rows, validation, reading }: MonitoringReport, { drift }: MonitoringContext): string[] => [
  ...(drift === null ? ['The columns: there was nothing to compare.'] : []),
  ...(rows > 0 && coverage < 1 ? [`${percentText(1 - coverage)} of the predictions: their labels have not come or are not due.`] : []),
  ...(quality.notEstimated === null ? [] : [`Quality without labels. ${quality.notEstimated}`]),
  ...(rows > 0 && reading === null
    ? ['Whether the same inputs still mean the same: without an estimate nothing says what was to be expected.']
    : []),
  ...(validation.verdict === 'not_run' ? [`The data by themselves. ${validation.reason ?? 'No suite of checks was run.'}`] : []),
];

const nothingCompared = ({ reasons }: MonitoringReport): Html =>
  html`<section id="columns">
    <h2>Columns, worst first</h2>
    <p>Nothing was compared. ${clipped(reasons[0] ?? '', 400)}</p>
  </section> `;

const qualitySection = (report: MonitoringReport, { monitor, past }: MonitoringContext, budget: Budget, draw: Draw): Html => {
  const windows = [...past.slice(-MOST_PAST), report];
  const pictures = budget.take(qualitySeries(windows, monitor.quality).map((series, i) => qualityPicture(series, `q${i + 1}`, draw)));
  return html`<section id="quality">
    <h2>Quality over time</h2>
    <div class="details">${pictures}</div>
    ${windowsTable(windows)}
  </section> `;
};

const PARTS: readonly Part[] = [
  { id: 'quality', title: 'Quality' },
  { id: 'window', title: 'This window' },
  { id: 'columns', title: 'Columns' },
  { id: 'validation', title: 'Checks' },
  { id: 'findings', title: 'Findings' },
  { id: 'untested', title: 'Not tested' },
  { id: 'method', title: 'Method' },
];

/**
 * What monitoring has found of a window, as one HTML document: no scripts, nothing loaded from elsewhere, of bounded size (300 kB for 25
 * columns, 1 MB for any number). The same report and context give the same bytes.
 */
export const renderMonitoringReport = async (report: MonitoringReport, context: MonitoringContext): Promise<string> => {
  const { drift, distributions, monitor, checks } = context;
  const draw = charts();
  const columns = drift?.columns ?? [];
  const budget = budgets(columns.length);
  const details = drift === null ? [] : await worstColumns(drift, { distributions }, budget.details, draw);
  const parts = drift === null ? PARTS.filter(({ id }) => id !== 'findings' && id !== 'method') : PARTS;
  return page(
    `${windowText(report)}: ${VERDICTS[report.verdict]}`,
    html`${monitoringHead(report, parts)}${qualitySection(report, context, budget.quality, draw)}${windowQuality(report)}
    ${drift === null ? nothingCompared(report) : rankingSection(drift, details.length, budget.rows)}
    ${detailsSection(details, columns.length)}${validationSection(report.validation, checks)}
    ${drift === null ? null : findingsSection(drift, budget.findings)}
    ${untestedSection(columns, untested(report, context), budget.untested)}
    ${drift === null ? null : methodSection(drift, { settings: monitor.drift })}`,
  );
};
