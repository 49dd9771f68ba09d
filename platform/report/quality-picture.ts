/** A metric over time, with its intervals. */
import type { EChartsOption } from 'echarts';
import { axisStyle, INK, type Draw } from './chart.js';
import type { QualityPoint, QualitySeries } from './context.js';
import { figure } from './figure.js';
import { html, type Html } from './html.js';
import { clipped, countText, nameText, plural } from './text.js';

/** More windows than this would not be told apart; the newest are drawn. */
const MOST_WINDOWS = 120;

const metricText = (value: number | null): string => (value === null ? 'unknown' : value.toFixed(3));
const day = (at: string): string => clipped(at.replace(/T00:00(:00(\.0+)?)?Z$/, ''), 20);

/** A window may have both: what was estimated, and what labels have shown since. */
interface Window {
  readonly at: string;
  readonly measured: QualityPoint | undefined;
  readonly estimated: QualityPoint | undefined;
}

const known = (point: QualityPoint | undefined): QualityPoint | undefined => (point?.value == null ? undefined : point);

/** What labels have shown, else what was estimated. */
const best = ({ measured, estimated }: Window): QualityPoint | undefined => known(measured) ?? known(estimated);

const windowsOf = (points: readonly QualityPoint[]): Window[] =>
  [...new Set(points.map(({ at }) => at))].map((at) => {
    const of = (estimated: boolean) => points.find((point) => point.at === at && point.estimated === estimated);
    return { at, measured: of(false), estimated: of(true) };
  });

const option = ({ minimum }: QualitySeries, windows: readonly Window[]): EChartsOption => {
  const line = { type: 'line' as const, clip: false, connectNulls: false };
  const band = { ...line, stack: 'band', symbol: 'none', lineStyle: { opacity: 0 } };
  const low = (window: Window): number | null => (width(window) === null ? null : best(window)!.low);
  const width = (window: Window): number | null => {
    const { low = null, high = null } = best(window) ?? {};
    return low === null || high === null ? null : high - low;
  };
  return {
    grid: { left: 8, right: 16, top: 10, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      data: windows.map(({ at }) => day(at)),
      ...axisStyle,
      axisLabel: {
        ...axisStyle.axisLabel,
        interval: Math.max(0, Math.ceil(windows.length / 3) - 1),
      },
    },
    yAxis: { type: 'value', scale: true, splitNumber: 3, ...axisStyle, axisLine: { show: false } },
    series: [
      { ...band, data: windows.map(low) },
      { ...band, data: windows.map(width), areaStyle: { color: INK.band, opacity: 1 } },
      ...(minimum === null
        ? []
        : [{ ...line, symbol: 'none', data: windows.map(() => minimum), lineStyle: { color: INK.axis, width: 1, type: [6, 4] } }]),
      {
        ...line,
        data: windows.map(({ estimated }) => estimated?.value ?? null),
        symbol: 'circle',
        symbolSize: 5,
        itemStyle: { color: INK.paper, borderColor: INK.reference, borderWidth: 1.5 },
        lineStyle: { color: INK.reference, width: 2 },
      },
      {
        ...line,
        data: windows.map(({ measured }) => measured?.value ?? null),
        symbol: 'circle',
        symbolSize: 5,
        itemStyle: { color: INK.current },
        lineStyle: { color: INK.current, width: 2 },
      },
    ],
  };
};

const sentenceOf = ({ metric, minimum }: QualitySeries, windows: readonly Window[]): string => {
  const points = windows.map(best).filter((point) => point !== undefined);
  const last = points.at(-1);
  if (!last) return `${nameText(metric)} is known for none of ${plural(windows.length, 'window')}.`;
  const values = points.map(({ value }) => value!);
  const interval = last.low === null || last.high === null ? '' : ` (${metricText(last.low)} to ${metricText(last.high)})`;
  const below = minimum === null ? 0 : values.filter((value) => value < minimum).length;
  return [
    `${nameText(metric)} was between ${metricText(Math.min(...values))} and ${metricText(Math.max(...values))} in ${plural(points.length, 'window')};`,
    `the last, to ${day(last.at)}, has ${metricText(last.value)}${interval}, ${last.estimated ? 'estimated without labels' : 'measured with labels'}.`,
    ...(minimum === null ? [] : [`${plural(below, 'window')} lay below the minimum of ${metricText(minimum)}.`]),
  ].join(' ');
};

const table = (points: readonly QualityPoint[]): Html =>
  html`<table>
    <thead>
      <tr>
        <th scope="col">window to</th>
        <th scope="col">value</th>
        <th scope="col">interval</th>
        <th scope="col">rows</th>
      </tr>
    </thead>
    <tbody>
      ${points.map(
        ({ at, value, low, high, rows, estimated }) =>
          html`<tr>
            <th scope="row">${day(at)}</th>
            <td>${metricText(value)}${estimated ? ' (estimated)' : ''}</td>
            <td>${low === null || high === null ? '' : `${metricText(low)} to ${metricText(high)}`}</td>
            <td>${countText(rows)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;

const LEGEND = html`<span class="key"><span class="swatch current"></span> measured</span>
  <span class="key"><span class="swatch hollow"></span> estimated</span>
  <span class="key"><span class="swatch band"></span> interval</span>`;

/** Picture, sentence and table. @param id unique in the document */
export const qualityPicture = (series: QualitySeries, id: string, draw: Draw): Html => {
  const windows = windowsOf(series.points).slice(-MOST_WINDOWS);
  return figure(
    {
      id,
      title: `${nameText(series.metric)} over time`,
      sentence: sentenceOf(series, windows),
      picture: draw(option(series, windows), 340, 180),
      table: table(windows.flatMap(({ measured, estimated }) => [measured, estimated].filter((point) => point !== undefined))),
    },
    LEGEND,
  );
};

/** @param pictures from {@link qualityPicture} */
export const qualitySection = (pictures: readonly Html[]): Html | null =>
  pictures.length === 0
    ? null
    : html`<section id="quality">
        <h2>Quality over time</h2>
        <div class="details">${pictures}</div>
      </section> `;
