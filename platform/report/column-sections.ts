/** The columns of a drift report as parts of a page: all of them in a table, the worst in detail. */
import { setImmediate } from 'node:timers/promises';
import type { DriftReport } from '../../core/drift/report.js';
import type { Budget } from './budget.js';
import type { Draw } from './chart.js';
import { columnDetails, columnRow } from './columns.js';
import type { ReportContext } from './context.js';
import { html, type Html } from './html.js';
import { plural } from './text.js';

/** More details than this nobody reads, and each takes a picture. */
const MOST_DETAILS = 40;

const columnId = (rank: number): string => `c${rank}`;

/** Drawing takes a while: between two pictures the event loop gets its turn. */
export const worstColumns = async (
  { columns }: DriftReport,
  { distributions }: ReportContext,
  budget: Budget,
  draw: Draw,
): Promise<Html[]> => {
  const details: Html[] = [];
  for (const [i, column] of columns.slice(0, MOST_DETAILS).entries()) {
    const section = columnDetails(column, columnId(i + 1), distributions?.get(column.name), draw);
    if (!budget.fits(section)) break;
    details.push(section);
    await setImmediate();
  }
  return details;
};

export const rankingSection = ({ columns }: DriftReport, detailed: number, budget: Budget): Html => {
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

export const detailsSection = (details: readonly Html[], columns: number): Html | null =>
  details.length === 0
    ? null
    : html`<section id="details">
        <h2>${details.length < columns ? `The worst ${details.length} in detail` : 'In detail'}</h2>
        <div class="details">${details}</div>
      </section> `;
