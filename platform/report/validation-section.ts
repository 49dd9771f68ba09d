/** The checks of the data, failed ones first. */
import type { DataChecks } from '../../core/lifecycle/monitoring.js';
import type { CheckResult } from '../../core/validation/report.js';
import { html, type Html } from './html.js';
import { clipped, nameText, plural } from './text.js';

export type CheckOfData = Pick<CheckResult, 'name' | 'verdict' | 'severity' | 'text'>;

const MOST_CHECKS = 60;

const RANK = { fail: 0, not_run: 1, pass: 2 } as const;
const WORDS = { fail: 'failed', not_run: 'not run', pass: 'holds' } as const;
const CLASSES = { fail: 'drift', not_run: 'insufficient_data', pass: 'no_drift' } as const;

const summary = ({ verdict, failed, reason }: DataChecks): string => {
  switch (verdict) {
    case 'pass':
      return 'Every check of the data holds.';
    case 'fail':
      return `${plural(failed.length, 'check')} of the data failed. Look at the source, and repair it if it is broken: retraining would learn the fault.`;
    case 'warn':
      return failed.length > 0
        ? `${plural(failed.length, 'check')} of the data failed that only warn.`
        : 'Some checks had nothing to look at.';
    case 'not_run':
      return `No check of the data was run${reason === undefined ? '.' : `: ${reason}`}`;
  }
};

const row = ({ name, verdict, severity, text }: CheckOfData): Html =>
  html`<tr>
    <th scope="row"><bdi>${nameText(name)}</bdi></th>
    <td>
      <span class="badge ${verdict === 'fail' && severity === 'warning' ? 'insufficient_data' : CLASSES[verdict]}">${WORDS[verdict]}</span>
    </td>
    <td>${clipped(text, 300)}</td>
  </tr> `;

/** @param checks of the stored report; empty when there is none to read */
export const validationSection = (outcome: DataChecks, checks: readonly CheckOfData[]): Html => {
  const ranked = [...checks].sort((a, b) => RANK[a.verdict] - RANK[b.verdict]);
  const hidden = ranked.length - MOST_CHECKS;
  const named = checks.length === 0 && outcome.failed.length > 0 ? outcome.failed.slice(0, MOST_CHECKS) : [];
  return html`<section id="validation">
    <h2>Checks of the data</h2>
    <p>${summary(outcome)}</p>
    ${
      named.length === 0
        ? null
        : html`<ul>
            ${named.map((name) => html`<li><bdi>${nameText(name)}</bdi></li>`)}
          </ul>`
    }
    ${
      ranked.length === 0
        ? null
        : html`<table>
            <thead>
              <tr>
                <th scope="col">check</th>
                <th scope="col">verdict</th>
                <th scope="col">found</th>
              </tr>
            </thead>
            <tbody>
              ${ranked.slice(0, MOST_CHECKS).map(row)}
            </tbody>
          </table>`
    }
    ${hidden > 0 ? html`<p>${plural(hidden, 'check')} more, in the JSON of the validation.</p>` : null}
  </section> `;
};
