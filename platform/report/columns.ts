/** The columns: a table of all of them, and what there is to say about one. */
import { EFFECT_NAMES, effectText } from '../../core/drift/text.js';
import type { ColumnReport, DriftVerdict, Finding } from '../../core/drift/report.js';
import type { Draw } from './chart.js';
import { distributionPicture } from './distribution-picture.js';
import type { Distribution } from './distributions.js';
import { html, type Html } from './html.js';
import { clipped, countText, nameText, numberText, percentText, pValueText, VERDICTS } from './text.js';

const MOST_FINDINGS = 10;
const MOST_TESTS = 20;

export const badge = (verdict: DriftVerdict): Html => html`<span class="badge ${verdict}">${VERDICTS[verdict]}</span>`;

export const effectName = (name: string): string => EFFECT_NAMES[name] ?? clipped(name, 40);

const place = ({ file, line }: Finding): string =>
  file === undefined ? '' : `${clipped(file, 120)}${line === undefined ? '' : `:${line}`}: `;

export const findingText = (finding: Finding): string => `${place(finding)}${clipped(finding.text, 400)}`;

/** p-value of the test that decides, adjusted where that was done. */
const decidingP = ({ tests }: ColumnReport): string => {
  const p = tests[0]?.adjustedPValue ?? tests[0]?.pValue ?? null;
  return p === null ? 'no test' : pValueText(p);
};

/** How large the effect is beside its threshold, which is in the middle. */
const gauge = ({ value, threshold }: NonNullable<ColumnReport['effect']>): Html => {
  const filled = threshold === 0 ? Number(value > 0) : Math.min(1, Math.max(0, value / threshold / 2));
  return html`<span class="gauge" aria-hidden="true"><span style="width:${Math.round(100 * filled)}%"></span></span>`;
};

const missingText = ({ missing }: ColumnReport): string =>
  missing.reference === missing.current
    ? percentText(missing.current)
    : `${percentText(missing.reference)} → ${percentText(missing.current)}`;

/** What made a column drift although its effect did not. */
const otherCause = ({ verdict, effect, findings }: ColumnReport): Html | null =>
  verdict === 'drift' && findings[0] && (effect === null || effect.value < effect.threshold)
    ? html`<small>${clipped(findings[0].text, 120)}</small>`
    : null;

/** @param id of the column's details, when it has some */
export const columnRow = (column: ColumnReport, rank: number, id: string | null): Html => {
  const name = html`<bdi>${nameText(column.name)}</bdi>`;
  const { effect } = column;
  return html`<tr>
    <td>${rank}</td>
    <th scope="row">${id === null ? name : html`<a href="#${id}">${name}</a>`}<small>${column.type}</small></th>
    <td>${badge(column.verdict)}</td>
    <td>
      ${
        effect === null
          ? html`<small>not measured</small>`
          : html`${effectName(effect.name)} ${effectText(effect.value)}${gauge(effect)}<small
                >matters from ${effectText(effect.threshold)}, ${decidingP(column)}</small
              >`
      }${otherCause(column)}
    </td>
    <td>${missingText(column)}</td>
  </tr> `;
};

const effectSentence = (column: ColumnReport): string => {
  const { effect, minimumDetectable } = column;
  const size =
    effect === null
      ? 'No effect could be measured.'
      : `${effectName(effect.name)} is ${effectText(effect.value)}, and from ${effectText(effect.threshold)} on it matters (${decidingP(column)}).`;
  const visible =
    minimumDetectable === null
      ? ''
      : minimumDetectable > 1
        ? ' With so few rows no shift would be seen for certain.'
        : ` A shift is seen for certain from ${effectText(minimumDetectable)} on.`;
  return size + visible;
};

const pCell = (p: number | null): string =>
  p === null ? '' : p === 0 ? '< 1e−300' : p < 0.001 ? p.toExponential(1).replace('-', '−') : p.toFixed(3);

const TESTS: Readonly<Record<string, string>> = {
  ks: 'Kolmogorov–Smirnov',
  chi_square: 'chi-square',
  psi: 'population stability index',
  missing_rate: 'missing values, two proportions',
};

const testsTable = (tests: ColumnReport['tests']): Html | null =>
  tests.length === 0
    ? null
    : html`<details class="tests">
        <summary>Tests and measures</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">name</th>
              <th scope="col">statistic</th>
              <th scope="col">p</th>
              <th scope="col">adjusted p</th>
            </tr>
          </thead>
          <tbody>
            ${tests.slice(0, MOST_TESTS).map(
              ({ name, statistic, pValue, adjustedPValue }) =>
                html`<tr>
                  <th scope="row">${TESTS[name] ?? effectName(name)}</th>
                  <td>${numberText(statistic)}</td>
                  <td>${pCell(pValue)}</td>
                  <td>${pCell(adjustedPValue)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </details>`;

/** @param distribution undefined when there is nothing to draw */
export const columnDetails = (column: ColumnReport, id: string, distribution: Distribution | undefined, draw: Draw): Html => {
  const { findings } = column;
  const hidden = findings.length - MOST_FINDINGS;
  return html`<section class="column" id="${id}">
    <h3><bdi>${nameText(column.name)}</bdi> ${badge(column.verdict)}</h3>
    <p>
      ${effectSentence(column)} Missing values: ${percentText(column.missing.reference)} in the reference,
      ${percentText(column.missing.current)} in the current data.
    </p>
    ${
      findings.length === 0
        ? null
        : html`<ul>
            ${findings.slice(0, MOST_FINDINGS).map((finding) => html`<li>${findingText(finding)}</li>`)}${hidden > 0 ? html`<li>${countText(hidden)} more.</li>` : null}
          </ul>`
    }
    ${distribution === undefined ? null : distributionPicture(column.name, `${id}-p`, distribution, draw)} ${testsTable(column.tests)}
  </section> `;
};
