/** A picture is never alone: it has a name, a sentence that says what it shows, and a table with its numbers. */
import type { Picture } from './chart.js';
import { html, type Html } from './html.js';
import { clipped, countText, partText } from './text.js';

interface Figure {
  /** unique in the document */
  readonly id: string;
  readonly title: string;
  readonly sentence: string;
  readonly picture: Picture;
  readonly table: Html;
}

const legendOf = (reference: string, current: string, mark: string): Html =>
  html`<span class="key"><span class="swatch reference"></span> ${reference}</span>
    <span class="key"><span class="swatch ${mark}"></span> ${current}</span>`;

const OVERLAID = legendOf('reference (filled)', 'current (line)', 'current');
export const BARS = legendOf('reference (upper bar)', 'current (lower bar)', 'lower');

/** @param legend what the marks of the picture mean */
export const figure = ({ id, title, sentence, picture: { width, height, markup }, table }: Figure, legend: Html = OVERLAID): Html =>
  html`<figure>
    <svg
      xmlns="http://www.w3.org/2000/svg"
      role="img"
      viewBox="0 0 ${width} ${height}"
      width="${width}"
      height="${height}"
      aria-labelledby="${id}-t"
      aria-describedby="${id}-d"
    >
      <title id="${id}-t">${title}</title>
      ${markup}
    </svg>
    <figcaption>
      <p class="legend" aria-hidden="true">${legend}</p>
      <p id="${id}-d">${sentence}</p>
      <details>
        <summary>Numbers of the picture</summary>
        ${table}
      </details>
    </figcaption>
  </figure>`;

/** @param rows what each row counts @param sides counts of reference and current @param totals of all values of either */
export const numbersTable = (
  head: string,
  rows: readonly string[],
  sides: readonly [readonly number[], readonly number[]],
  totals: readonly [number, number],
): Html =>
  html`<table>
    <thead>
      <tr>
        <th scope="col">${head}</th>
        <th scope="col">reference</th>
        <th scope="col">current</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row, i) =>
          html`<tr>
            <th scope="row">${clipped(row, 60)}</th>
            ${sides.map((side, k) => html`<td>${countText(side[i]!)} <small>${partText(side[i]!, totals[k]!)}</small></td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
