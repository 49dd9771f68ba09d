/** A column's two distributions, over each other. */
import type { EChartsOption } from 'echarts';
import { axisStyle, INK, type Draw } from './chart.js';
import type { CategoryCounts, Distribution, Histogram, SideSummary } from './distributions.js';
import { BARS, figure, numbersTable } from './figure.js';
import { legible, type Html } from './html.js';
import { clipped, nameText, numberText, partText, plural } from './text.js';

const WIDTH = 340;

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** Per cent of all values of a side, three digits; null for a side without any, which is not drawn at all. */
const percentages = (counts: readonly number[], of: number): number[] | null =>
  of === 0 ? null : counts.map((count) => Number(((100 * count) / of).toPrecision(3)));

type Shares = readonly [reference: number[] | null, current: number[] | null];

/** Left to itself the library draws an axis to 120 %. */
const percentAxis = (shares: Shares) => ({
  type: 'value' as const,
  min: 0,
  splitNumber: 3,
  ...(Math.max(...shares.flatMap((side) => side ?? [])) > 75 ? { max: 100, interval: 25 } : {}),
  ...axisStyle,
  axisLine: { show: false },
  axisLabel: { ...axisStyle.axisLabel, formatter: '{value} %' },
});

const histogramOption = ({ edges }: Histogram, shares: Shares): EChartsOption => {
  const [reference, current] = shares;
  const steps = (shares: readonly number[]) => edges.map((edge, i) => [edge, shares[i] ?? shares.at(-1)!]);
  const line = { type: 'line' as const, step: 'end' as const, symbol: 'none', clip: false };
  const filled = { lineStyle: { color: INK.reference, width: 1 }, areaStyle: { color: INK.reference, opacity: 1 } };
  return {
    grid: { left: 8, right: 12, top: 10, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'value',
      min: edges[0]!,
      max: edges.at(-1)!,
      splitNumber: 4,
      ...axisStyle,
      splitLine: { show: false },
      axisLabel: { ...axisStyle.axisLabel, formatter: numberText, showMinLabel: false, showMaxLabel: false },
    },
    yAxis: percentAxis(shares),
    series: [
      ...(reference === null ? [] : [{ ...line, data: steps(reference), ...filled }]),
      ...(current === null ? [] : [{ ...line, data: steps(current), lineStyle: { color: INK.current, width: 2 } }]),
    ],
  };
};

/** Room for a character in the widest of usual fonts, in pixels: which one will be used is not known here. */
const roomOf = (character: string): number => (character >= '\u1100' ? 13 : /[\p{Lu}mw%&@]/u.test(character) ? 10.5 : 7.5);

const LABEL_WIDTH = 125;

/** As much of a label as there is room for, and the room it takes. */
const fitted = (label: string): { text: string; width: number } => {
  const characters = [...clipped(legible(nameText(label)).replace(/\s+/g, ' '), 30)];
  let width = 0;
  const end = characters.findIndex((character) => (width += roomOf(character)) > LABEL_WIDTH);
  return end < 0 ? { text: characters.join(''), width } : { text: `${characters.slice(0, end - 1).join('')}…`, width: LABEL_WIDTH };
};

const barsOption = ({ labels }: CategoryCounts, shares: Shares): EChartsOption => {
  const [reference, current] = shares;
  const names = labels.map(fitted);
  const bar = { type: 'bar' as const, barWidth: 8, barGap: '0%', clip: false };
  return {
    grid: { left: 14 + Math.max(...names.map(({ width }) => width)), right: 24, top: 4, bottom: 24, outerBoundsMode: 'none' },
    xAxis: percentAxis(shares),
    yAxis: {
      type: 'category',
      inverse: true,
      data: names.map(({ text }) => text),
      ...axisStyle,
      axisLabel: { ...axisStyle.axisLabel, interval: 0, hideOverlap: false },
    },
    series: [
      { ...bar, data: reference ?? [], itemStyle: { color: INK.reference } },
      { ...bar, data: current ?? [], itemStyle: { color: INK.current } },
    ],
  };
};

const binNames = (edges: readonly number[]): string[] => edges.slice(1).map((edge, i) => `${numberText(edges[i]!)} to ${numberText(edge)}`);

/** How far the two sides are apart where they are furthest apart. */
const largestDifference = (
  names: readonly string[],
  reference: readonly number[],
  current: readonly number[],
  [n, m]: readonly [number, number],
) => {
  if (n === 0 || m === 0) return `${n === m ? 'Neither side' : n === 0 ? 'The reference' : 'The current side'} has no value.`;
  const apart = names.map((_, i) => Math.abs(reference[i]! / n - current[i]! / m));
  const at = apart.indexOf(Math.max(...apart));
  if (apart[at]! < 0.0005) return 'The two are the same everywhere.';
  return `They differ most at ${names[at]}: ${partText(reference[at]!, n)} of the reference, ${partText(current[at]!, m)} of the current values.`;
};

const sideText = (side: string, summary: SideSummary | null): string =>
  summary === null
    ? `${side}: no value.`
    : `${side}: median ${numberText(summary.median)}, from ${numberText(summary.min)} to ${numberText(summary.max)}.`;

const beyondText = (drawn: readonly [number, number], all: readonly [number, number]): string => {
  const [reference, current] = [all[0] - drawn[0], all[1] - drawn[1]];
  if (reference <= 0 && current <= 0) return '';
  return ` Beyond what is drawn lie ${partText(reference, all[0])} of the reference and ${partText(current, all[1])} of the current values.`;
};

const ofHistogram = (name: string, id: string, picture: Histogram, draw: Draw): Html => {
  const { edges, reference, current, summary } = picture;
  const all: [number, number] = [summary.reference?.present ?? 0, summary.current?.present ?? 0];
  const names = binNames(edges);
  const sentence = [
    sideText('Reference', summary.reference),
    sideText('Current', summary.current),
    largestDifference(names, reference, current, all) + beyondText([total(reference), total(current)], all),
  ].join(' ');
  return figure({
    id,
    title: `Distribution of ${nameText(name)}, reference and current`,
    sentence,
    picture: draw(histogramOption(picture, [percentages(reference, all[0]), percentages(current, all[1])]), WIDTH, 170),
    table: numbersTable('from, to below', names, [reference, current], all),
  });
};

const ofCategories = (name: string, id: string, picture: CategoryCounts, draw: Draw): Html => {
  const { labels, reference, current, others } = picture;
  const all: [number, number] = [total(reference), total(current)];
  const names = labels.map((label) => nameText(label));
  const sentence = `${largestDifference(names, reference, current, all)}${others > 0 ? ` The ${plural(others, 'rarest category is', 'rarest categories are')} drawn as one.` : ''}`;
  return figure(
    {
      id,
      title: `Distribution of ${nameText(name)}, reference and current`,
      sentence,
      picture: draw(barsOption(picture, [percentages(reference, all[0]), percentages(current, all[1])]), WIDTH, 30 + 24 * labels.length),
      table: numbersTable('value', names, [reference, current], all),
    },
    BARS,
  );
};

/** Picture, sentence and table. @param id unique in the document */
export const distributionPicture = (name: string, id: string, picture: Distribution, draw: Draw): Html =>
  picture.type === 'number' ? ofHistogram(name, id, picture, draw) : ofCategories(name, id, picture, draw);
