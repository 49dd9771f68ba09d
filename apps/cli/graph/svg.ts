/** A picture as a drawing that stands alone: no scripts, light and dark, readable by a screen reader. */
import { TASK_STATES } from '../../../core/dag/run-state.js';
import { COLOURS } from './colours.js';
import { arrange, type Layout, type Point } from './layout.js';
import { aboutShape, allShapes, liveText, type Part, type Picture, type Shape } from './picture.js';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Sizes in px of a monospaced font, so that the width of a text is known without drawing it. */
const CHAR = 7.3;
const SMALL_CHAR = 6.1;
const PAD = 12;
const LINE = 18;
const GAPS = { x: 22, y: 34 };
const LONGEST = 42;

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** A shape with its size and what is inside it, before it has a place. */
interface Measured {
  readonly shape: Shape;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly string[];
  readonly parts: readonly MeasuredPart[];
}
interface MeasuredPart {
  readonly name: string;
  readonly inside: Inside;
  readonly width: number;
  readonly height: number;
}
interface Inside {
  readonly layout: Layout;
  readonly shapes: ReadonlyMap<string, Measured>;
}

const textWidth = (label: string, lines: readonly string[]): number =>
  Math.max(label.length * CHAR, ...lines.map((line) => line.length * SMALL_CHAR));

const measurePart = ({ name, shapes }: Part): MeasuredPart => {
  const inside = insideOf(shapes);
  const head = name === '' ? 0 : LINE;
  return {
    name,
    inside,
    width: Math.max(inside.layout.width, name.length * SMALL_CHAR) + (name === '' ? 0 : 2 * PAD),
    height: inside.layout.height + head + (name === '' ? 0 : PAD),
  };
};

const measure = (shape: Shape): Measured => {
  const lines = [aboutShape(shape).join(', '), liveText(shape)].filter((line) => line !== '').map(shortened);
  const head = LINE * (lines.length + 1) + PAD;
  const text = textWidth(shortened(shape.label), lines) + 2 * PAD;
  if (shape.parts.length === 0) return { shape, width: text, height: head, lines, parts: [] };
  const parts = shape.parts.map(measurePart);
  const width = parts.reduce((sum, part) => sum + part.width, 0) + PAD * (parts.length + 1);
  return { shape, width: Math.max(width, text), height: head + Math.max(...parts.map((part) => part.height)) + PAD, lines, parts };
};

const insideOf = (shapes: readonly Shape[]): Inside => {
  const measured = new Map(shapes.map((shape) => [shape.id, measure(shape)]));
  const boxes = shapes.map(({ id }) => ({ id, width: measured.get(id)!.width, height: measured.get(id)!.height }));
  const edges = shapes.flatMap(({ id, after }) => after.map((from) => [from, id] as const));
  return { layout: arrange(boxes, edges, GAPS), shapes: measured };
};

const n = (value: number): string => String(Math.round(value * 10) / 10);

/** Down, and bent between two points that are not below each other. */
const path = (points: readonly Point[], at: Point): string =>
  points
    .map(({ x, y }, i) => {
      const [px, py] = [x + at.x, y + at.y];
      if (i === 0) return `M${n(px)} ${n(py)}`;
      const before = points[i - 1]!;
      if (before.x === x) return `V${n(py)}`;
      const middle = (before.y + y) / 2 + at.y;
      return `C${n(before.x + at.x)} ${n(middle)} ${n(px)} ${n(middle)} ${n(px)} ${n(py)}`;
    })
    .join('');

const stateText = (shape: Shape): string => [`${shape.label}: ${liveText(shape) || shape.kind}`, shape.doc].filter(Boolean).join(', ');

const drawShape = ({ shape, width, height, lines, parts }: Measured, { x, y }: Point): string[] => {
  const { kind, live, label } = shape;
  const outline = ['outline', kind, ...(parts.length > 0 ? ['body'] : []), ...(live ? [live.state] : [])].join(' ');
  const round = kind === 'sensor' || kind === 'sleep' ? Math.min(height, width) / 2 : 6;
  const text = (line: string, i: number): string =>
    `<text class="${i === 0 ? 'name' : 'about'}" x="${n(x + (parts.length > 0 ? PAD : width / 2))}" y="${n(y + PAD / 2 + LINE * (i + 0.75))}">${escaped(line)}</text>`;
  let left = x + PAD;
  const head = LINE * (lines.length + 1) + PAD;
  const inside = parts.flatMap((part) => {
    const at = { x: left, y: y + head };
    left += part.width + PAD;
    if (part.name === '') return drawInside(part.inside, at);
    const arm = `<rect class="arm" x="${n(at.x)}" y="${n(at.y)}" width="${n(part.width)}" height="${n(part.height)}" rx="4"/>`;
    const name = `<text class="about arm-name" x="${n(at.x + PAD / 2)}" y="${n(at.y + LINE * 0.75)}">${escaped(part.name)}</text>`;
    return [arm, name, ...drawInside(part.inside, { x: at.x + PAD, y: at.y + LINE })];
  });
  return [
    `<g class="${parts.length > 0 ? 'around' : 'node'}"><title>${escaped(stateText(shape))}</title>`,
    `<rect class="${outline}" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(round)}"/>`,
    ...[shortened(label), ...lines].map(text),
    ...inside,
    '</g>',
  ];
};

const drawInside = ({ layout, shapes }: Inside, at: Point): string[] => [
  ...layout.lines.map(({ points }) => `<path class="edge" d="${path(points, at)}"/>`),
  ...[...layout.boxes].flatMap(([id, { x, y }]) => drawShape(shapes.get(id)!, { x: x + at.x, y: y + at.y })),
];

const rules = (mode: 'light' | 'dark', states: readonly (typeof TASK_STATES)[number][]): string =>
  states.map((state) => `.outline.${state}{fill:${COLOURS[state][mode]};stroke:${COLOURS[state].line}}`).join('');

const STYLE = (states: readonly (typeof TASK_STATES)[number][]): string =>
  [
    'text{font-family:ui-monospace,Menlo,Consolas,monospace;fill:#1c2128}',
    '.name{font-size:12px;font-weight:600}.about{font-size:10px;fill:#4a5159}',
    '.node>text{text-anchor:middle}.paper{fill:#fff}.outline{fill:#f6f8fa;stroke:#57606a}.outline.body{fill:#fff}.approval{stroke-width:2}',
    '.arm{fill:none;stroke:#8a8f98;stroke-dasharray:4 3}',
    '.edge{fill:none;stroke:#57606a;marker-end:url(#arrow)}.arrow{fill:#57606a}',
    rules('light', states),
    '@media(prefers-color-scheme:dark){',
    'text{fill:#e6edf3}.about{fill:#adb7c2}.paper,.body{fill:#0d1117}.outline{fill:#1c2128;stroke:#8b949e}.outline.body{fill:#0d1117}',
    '.edge{stroke:#8b949e}.arrow{fill:#8b949e}',
    rules('dark', states),
    '}',
  ].join('');

const describe = (picture: Picture): string => {
  const shapes = allShapes(picture.shapes);
  const edges = shapes.reduce((sum, { after }) => sum + after.length, 0);
  const first = shapes.slice(0, 50).map(stateText).join('; ');
  return [picture.doc, `${shapes.length} nodes and ${edges} edges.`, first].filter(Boolean).join(' ');
};

export const svg = (picture: Picture): string => {
  const inside = insideOf(picture.shapes);
  const margin = 16;
  const titleHeight = 28;
  const width = Math.max(inside.layout.width, picture.title.length * CHAR) + 2 * margin;
  const height = inside.layout.height + titleHeight + 2 * margin;
  const states = TASK_STATES.filter((state) => allShapes(picture.shapes).some(({ live }) => live?.state === state));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t d" width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}">`,
    `<title id="t">${escaped(picture.title)}</title>`,
    `<desc id="d">${escaped(describe(picture))}</desc>`,
    `<style>${STYLE(states)}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="arrow" d="M0 0L8 4L0 8z"/></marker></defs>',
    `<rect class="paper" width="100%" height="100%"/>`,
    `<text class="name" x="${margin}" y="${margin + 10}">${escaped(picture.title)}</text>`,
    ...drawInside(inside, { x: margin, y: margin + titleHeight }),
    '</svg>',
  ].join('\n');
};
