/** The parts of the page around the columns. */
import { effectText } from '../../core/drift/text.js';
import type { ColumnReport, DriftReport, DriftVerdict } from '../../core/drift/report.js';
import type { Budget } from './budget.js';
import { badge, effectName, findingText } from './columns.js';
import type { ReportContext } from './context.js';
import { html, type Html } from './html.js';
import { clipped, countText, nameText, percentText, plural } from './text.js';

const MOST_REASONS = 12;

const having = (columns: readonly ColumnReport[], verdict: DriftVerdict): number =>
  columns.filter((column) => column.verdict === verdict).length;

const countsText = (columns: readonly ColumnReport[]): string =>
  `${having(columns, 'drift')} of ${plural(columns.length, 'column')} drifted, ${having(columns, 'no_drift')} did not, ${having(columns, 'insufficient_data')} could not be told.`;

export interface Part {
  readonly id: string;
  readonly title: string;
}

/** Verdict and recommendation: the first thing on the page. */
export const verdictSection = (
  { verdict, recommendation, reference, current, columns }: DriftReport,
  context: ReportContext,
  parts: readonly Part[],
): Html => {
  const { retrain, reasons } = recommendation;
  const names = context.names;
  return html`<header class="verdict-${verdict}">
    <h1>${clipped(context.title ?? 'Drift report', 120)}: ${badge(verdict)}</h1>
    <p class="lead">Retrain: <strong>${retrain ? 'yes' : 'no'}</strong>${reasons.length > 0 ? ', because' : '.'}</p>
    <ul>
      ${reasons.slice(0, MOST_REASONS).map((reason) => html`<li>${clipped(reason, 400)}</li>`)}
    </ul>
    <p>${countsText(columns)}</p>
    <dl>
      <div>
        <dt>Reference</dt>
        <dd>${names ? html`<bdi>${clipped(names.reference, 160)}</bdi>, ` : null}${plural(reference.rows, 'row')}</dd>
      </div>
      <div>
        <dt>Current</dt>
        <dd>${names ? html`<bdi>${clipped(names.current, 160)}</bdi>, ` : null}${plural(current.rows, 'row')}</dd>
      </div>
      ${
        context.madeAt === undefined
          ? null
          : html`<div>
              <dt>Made</dt>
              <dd><time datetime="${context.madeAt}">${clipped(context.madeAt, 40)}</time></dd>
            </div>`
      }
    </dl>
    <nav aria-label="parts of the report">${parts.map(({ id, title }) => html`<a href="#${id}">${title}</a> `)}</nav>
  </header> `;
};

export const findingsSection = ({ findings, columns }: DriftReport, budget: Budget): Html => {
  const items = [
    ...findings.map((finding) => html`<li>${findingText(finding)}</li> `),
    ...columns.flatMap(({ name, findings: own }) =>
      own.map((finding) => html`<li><bdi class="name">${nameText(name)}</bdi>: ${findingText(finding)}</li> `),
    ),
  ];
  const kept = budget.take(items);
  const hidden = items.length - kept.length;
  return html`<section id="findings">
    <h2>Findings</h2>
    ${
      items.length === 0
        ? html`<p>None.</p>`
        : html`<ul>
            ${kept}${hidden > 0 ? html`<li>${plural(hidden, 'finding')} more, in the JSON of this report.</li>` : null}
          </ul>`
    }
  </section> `;
};

/** Why nobody can say whether the column drifted. */
const untestedReason = ({ effect, minimumDetectable, findings }: ColumnReport): string => {
  if (findings[0] && effect === null) return clipped(findings[0].text, 400);
  if (effect === null || minimumDetectable === null) return 'There was nothing to compare.';
  return minimumDetectable > 1
    ? 'With so few rows no shift would be seen for certain.'
    : `With so many rows a shift is seen for certain only from ${effectText(minimumDetectable)} on, and ${effectText(effect.threshold)} would matter.`;
};

const MOST_NAMED = 10;

const namesText = (names: readonly string[]): Html => {
  const more = names.length - MOST_NAMED;
  return html`${names.slice(0, MOST_NAMED).map((name, i) => html`${i > 0 ? ', ' : ''}<bdi class="name">${nameText(name)}</bdi>`)}${more > 0 ? ` and ${countText(more)} more` : ''}`;
};

/** What the verdict does not rest on. @param more beside the columns that could not be judged */
export const untestedSection = (columns: readonly ColumnReport[], more: readonly string[], budget: Budget): Html => {
  const byReason = new Map<string, string[]>();
  for (const column of columns.filter(({ verdict }) => verdict === 'insufficient_data')) {
    const reason = untestedReason(column);
    byReason.set(reason, [...(byReason.get(reason) ?? []), column.name]);
  }
  const groups = [...byReason].map(([reason, names]) => html`<li>${namesText(names)}: ${reason}</li> `);
  const kept = budget.take(groups);
  const hidden = groups.length - kept.length;
  return html`<section id="untested">
    <h2>Not tested, and why</h2>
    <ul>
      ${kept}${hidden > 0 ? html`<li>Columns for ${plural(hidden, 'other reason')}: see the JSON of this report.</li>` : null}
      ${more.map((what) => html`<li>${clipped(what, 400)}</li>`)}
      <li>Whether columns go together as before: each is compared by itself.</li>
    </ul>
  </section> `;
};

const EFFECTS: Readonly<Record<string, string>> = {
  ks_d: 'KS D, for numbers: the largest distance between the shares of values up to any point, 0 (the same) to 1 (nothing in common).',
  cramers_v: "Cramér's V, for categories: how much a row's category tells about the side it comes from, 0 (nothing) to 1 (everything).",
};

const calibrated = ({ findings }: ColumnReport): boolean => findings.some(({ code }) => code === 'threshold_calibrated');

export const methodSection = ({ columns }: DriftReport, { settings }: ReportContext): Html => {
  const names = [...new Set(columns.flatMap(({ effect }) => (effect ? [effect.name] : [])))].slice(0, 10);
  return html`<section id="method">
    <h2>How it was judged</h2>
    <ul>
      <li>
        A column has drifted when its effect is large enough to matter and also too large for chance. One effect per column decides; the
        other measures are there to be read.
      </li>
      ${names.map((name) => html`<li>${EFFECTS[name] ?? `${effectName(name)} decides for some columns.`}</li>`)}
      ${settings ? html`<li>An effect matters from ${effectText(settings.minShift)} on. If nothing had changed, at most ${percentText(settings.falseAlarmRate)} of comparisons would raise any alarm.</li>` : null}
      ${columns.some(calibrated) ? html`<li>Where the reference itself moves from one part to the next, the threshold is what it moves by.</li>` : null}
      <li>p-values are adjusted for the number of columns that were tested.</li>
      <li>“Not enough data”: with so many rows a shift that matters could have been overlooked.</li>
      <li>Columns are in the order of how far they are beyond what matters. Shares in pictures are of the values that are not missing.</li>
    </ul>
  </section> `;
};
