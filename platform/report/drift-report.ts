import type { DriftReport } from '../../core/drift/report.js';
import { Budget } from './budget.js';
import { charts } from './chart.js';
import { detailsSection, rankingSection, worstColumns } from './column-sections.js';
import type { ReportContext } from './context.js';
import { html, type Html } from './html.js';
import { page } from './page.js';
import { qualityPicture, qualitySection } from './quality-picture.js';
import { findingsSection, methodSection, untestedSection, verdictSection, type Part } from './sections.js';
import { VERDICTS } from './text.js';

export type { ReportContext } from './context.js';

const KB = 1000;

/** What the parts may take: about 270 kB together for 25 columns, never more than 960 kB. */
const budgets = (columns: number) => ({
  details: new Budget(Math.min(450 * KB, 40 * KB + 7 * KB * columns)),
  rows: new Budget(350 * KB),
  findings: new Budget(Math.min(80 * KB, 10 * KB + KB * columns)),
  untested: new Budget(20 * KB),
  quality: new Budget(60 * KB),
});

const ALONE = 'How good the predictions are: this report is about the data alone.';

const partsOf = (details: readonly Html[], quality: readonly Html[]): Part[] => [
  { id: 'columns', title: 'Columns' },
  ...(details.length > 0 ? [{ id: 'details', title: 'In detail' }] : []),
  ...(quality.length > 0 ? [{ id: 'quality', title: 'Quality' }] : []),
  { id: 'findings', title: 'Findings' },
  { id: 'untested', title: 'Not tested' },
  { id: 'method', title: 'Method' },
];

/**
 * The drift report as one HTML document: no scripts, nothing loaded from elsewhere, of bounded size (300 kB for 25 columns, 1 MB for
 * 500 and for any more). The same report and context give the same bytes.
 */
export const renderDriftReport = async (report: DriftReport, context: ReportContext = {}): Promise<string> => {
  const draw = charts();
  const budget = budgets(report.columns.length);
  const details = await worstColumns(report, context, budget.details, draw);
  const quality = budget.quality.take((context.quality ?? []).map((series, i) => qualityPicture(series, `q${i + 1}`, draw)));
  const parts = partsOf(details, quality);
  const title = `${context.title ?? 'Drift report'}: ${VERDICTS[report.verdict]}`;
  return page(
    title,
    html`${verdictSection(report, context, parts)}${rankingSection(report, details.length, budget.rows)}
    ${detailsSection(details, report.columns.length)}${qualitySection(quality)}${findingsSection(report, budget.findings)}
    ${untestedSection(report.columns, quality.length > 0 ? [] : [ALONE], budget.untested)}${methodSection(report, context)}`,
  );
};
