import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { DriftReport } from '../../core/drift/report.js';
import { Budget } from './budget.js';
import { charts, type Draw } from './chart.js';
import { columnDetails, columnRow } from './columns.js';
import type { ReportContext } from './context.js';
import { html, trusted, type Html } from './html.js';
import { qualityPicture } from './quality-picture.js';
import { findingsSection, methodSection, untestedSection, verdictSection, type Part } from './sections.js';
import { plural, VERDICTS } from './text.js';

export type { ReportContext } from './context.js';

const STYLE = trusted(readFileSync(new URL('./report.css', import.meta.url), 'utf8'));

const KB = 1000;

/** More details than this nobody reads, and each takes a picture. */
const MOST_DETAILS = 40;

/** What the parts may take: about 270 kB together for 25 columns, never more than 960 kB. */
const budgets = (columns: number) => ({
  details: new Budget(Math.min(450 * KB, 40 * KB + 7 * KB * columns)),
  rows: new Budget(350 * KB),
  findings: new Budget(Math.min(80 * KB, 10 * KB + KB * columns)),
  untested: new Budget(20 * KB),
  quality: new Budget(60 * KB),
});

const columnId = (rank: number): string => `c${rank}`;

/** Drawing takes a while: between two pictures the event loop gets its turn. */
const worstColumns = async ({ columns }: DriftReport, { distributions }: ReportContext, budget: Budget, draw: Draw): Promise<Html[]> => {
  const details: Html[] = [];
  for (const [i, column] of columns.slice(0, MOST_DETAILS).entries()) {
    const section = columnDetails(column, columnId(i + 1), distributions?.get(column.name), draw);
    if (!budget.fits(section)) break;
    details.push(section);
    await setImmediate();
  }
  return details;
};

const rankingSection = ({ columns }: DriftReport, detailed: number, budget: Budget): Html => {
  const rows = budget.take(columns.map((column, i) => columnRow(column, i + 1, i < detailed ? columnId(i + 1) : null)));
  const hidden = columns.length - rows.length;
  return html`<section id="columns">
    <h2>Columns, worst first</h2>
    <table class="columns">
      <thead>
        <tr>
          <th scope="col">#</th>
          <th scope="col">column</th>
          <th scope="col">verdict</th>
          <th scope="col">effect</th>
          <th scope="col">missing</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
    ${hidden > 0 ? html`<p>${plural(hidden, 'column')} more, in the JSON of this report.</p>` : null}
  </section> `;
};

const detailsSection = (details: readonly Html[], columns: number): Html | null =>
  details.length === 0
    ? null
    : html`<section id="details">
        <h2>${details.length < columns ? `The worst ${details.length} in detail` : 'In detail'}</h2>
        <div class="details">${details}</div>
      </section> `;

const qualitySection = (pictures: readonly Html[]): Html | null =>
  pictures.length === 0
    ? null
    : html`<section id="quality">
        <h2>Quality over time</h2>
        <div class="details">${pictures}</div>
      </section> `;

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
  return String(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
          <meta name="color-scheme" content="light dark" />
          <title>${title}</title>
          <style>
            ${STYLE}
          </style>
        </head>
        <body>
          <main>
            ${verdictSection(report, context, parts)}${rankingSection(report, details.length, budget.rows)}
            ${detailsSection(details, report.columns.length)}${qualitySection(quality)}${findingsSection(report, budget.findings)}
            ${untestedSection(report, context, budget.untested)}${methodSection(report, context)}
          </main>
        </body>
      </html> `,
  );
};
