/** Static SVG by ECharts. The library is loaded when the first picture is drawn: it costs a tenth of a second, and most commands draw none. */
import { createRequire } from 'node:module';
import type * as ECharts from 'echarts';
import { trusted, type Html } from './html.js';

/** The library's one-file build: its parts, loaded one by one, take five times as long. */
const load = (): typeof ECharts => createRequire(import.meta.url)('echarts/dist/echarts.min.js') as typeof ECharts;

/** Stand-ins for colours: the style sheet has the real ones, one set for light and one for dark. */
export const INK = {
  grid: '#000001',
  axis: '#000002',
  text: '#000003',
  reference: '#000004',
  current: '#000005',
  band: '#000006',
  paper: '#000007',
} as const;

const CLASSES = new Map<string, string>(Object.entries(INK).map(([name, colour]) => [colour, name]));

/** Of the library's markup what only a script, a pointer or a cut-out would need; clip paths also carry a number that never repeats. */
const SUPERFLUOUS = [
  /<style\s*>.*?<\/style>/s,
  /<defs\s*>.*?<\/defs>/s,
  /^.*?<rect[^>]*fill="none"><\/rect>/s,
  /<\/svg>\s*$/,
  /<path[^>]* stroke-opacity="0"[^>]*><\/path>/g,
  / (?:class="zr|clip-path=|pointer-events=|style="font-size:|stroke-line(?:cap|join)=|ecmeta_\w+=)[^ >]*?"(?=[ >])/g,
  /\n/g,
];

const clean = (svg: string): string =>
  SUPERFLUOUS.reduce((left, what) => left.replace(what, ''), svg)
    .replace(/ (fill|stroke)="(#00000\d)"/g, (_, kind: string, colour: string) => ` class="${kind}-${CLASSES.get(colour)}"`)
    .replace(/ class="([^"]*)"([^>]*) class="([^"]*)"/g, ' class="$1 $3"$2');

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** without the outer element */
  readonly markup: Html;
}

export type Draw = (option: ECharts.EChartsOption, width: number, height: number) => Picture;

const TEXT = { fontSize: 12, fontFamily: 'sans-serif', color: INK.text };

export const axisStyle = {
  axisLine: { show: true, lineStyle: { color: INK.axis } },
  axisTick: { show: false },
  axisLabel: { ...TEXT, hideOverlap: true },
  splitLine: { lineStyle: { color: INK.grid } },
};

/** Draws with the library, which is loaded by the first picture. */
export const charts = (): Draw => {
  let library: typeof ECharts | undefined;
  return (option, width, height) => {
    library ??= load();
    const chart = library.init(null, null, { renderer: 'svg', ssr: true, width, height });
    chart.setOption({ animation: false, textStyle: TEXT, ...option });
    const markup = trusted(clean(chart.renderToSVGString()));
    chart.dispose();
    return { width, height, markup };
  };
};
