/**
 * A graph in a terminal, as `git log --graph` draws history: a line for each task, upstream first, and a lane for what is still
 * waited for. However wide the graph, it stays as narrow as what is open at a time.
 *
 * A lane belongs to a set of tasks that still wait. Tasks with the same downstreams share one, so a fan of a hundred tasks needs two.
 */
import type { Shape } from './picture.js';

interface Lane {
  /** what still waits for it */
  readonly waiting: Set<string>;
}

/** What of a cell is drawn. */
interface Cell {
  up?: boolean;
  down?: boolean;
  left?: boolean;
  right?: boolean;
}

const GLYPHS: Readonly<Record<string, string>> = {
  '': ' ',
  ud: '│',
  lr: '─',
  ur: '╰',
  ul: '╯',
  dr: '╭',
  dl: '╮',
  udr: '├',
  udl: '┤',
  ulr: '┴',
  dlr: '┬',
  udlr: '┼',
  u: '│',
  d: '│',
  l: '─',
  r: '─',
};

const glyph = ({ up, down, left, right }: Cell): string =>
  GLYPHS[`${up ? 'u' : ''}${down ? 'd' : ''}${left ? 'l' : ''}${right ? 'r' : ''}`]!;

type Lanes = (Lane | undefined)[];

/** Two columns a lane: the lane itself, and what joins it to the next. */
const rowOf = (cells: readonly Cell[]): string =>
  cells
    .map((cell, i) => {
      const next = cells[i + 1];
      return glyph(cell) + (cell.right && next?.left ? '─' : ' ');
    })
    .join('')
    .trimEnd();

const straight = (lanes: Lanes): Cell[] => lanes.map((lane) => (lane ? { up: true, down: true } : {}));

/**
 * A row that joins lanes to one column. Lanes that it only passes are drawn through: nothing joins them.
 *
 * @param joins columns that are joined to `to`
 * @param before lanes above the row @param after lanes below it
 */
const joinRow = (to: number, joins: readonly number[], before: Lanes, after: Lanes): string => {
  const width = Math.max(before.length, after.length);
  const all = [to, ...joins];
  const [first, last] = [Math.min(...all), Math.max(...all)];
  const cells: Cell[] = [];
  for (let i = 0; i < width; i++) {
    const cell: Cell = {};
    if (before[i]) cell.up = true;
    if (after[i]) cell.down = true;
    const passed = !all.includes(i) && cell.up === true;
    if (i >= first && i <= last && !passed) {
      if (i > first) cell.left = true;
      if (i < last) cell.right = true;
    }
    cells.push(cell);
  }
  // where a lane is passed the line goes on on both sides of it
  return cells
    .map((cell, i) => {
      const between = i >= first && i < last ? '─' : ' ';
      return glyph(cell) + between;
    })
    .join('')
    .trimEnd();
};

/** @param taken a column that looks as if it went on */
const firstFree = (lanes: Lanes, taken: number | undefined): number => {
  let free = 0;
  while (lanes[free] !== undefined || free === taken) free++;
  return free;
};

const trimmed = (lanes: Lanes): Lanes => {
  const last = lanes.findLastIndex((lane) => lane !== undefined);
  return lanes.slice(0, last + 1);
};

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => a.size === b.size && [...a].every((one) => b.has(one));

const ids = (shapes: readonly Shape[]): Map<string, string[]> => {
  const downstream = new Map<string, string[]>(shapes.map(({ id }) => [id, []]));
  for (const { id, after } of shapes) for (const upstream of after) downstream.get(upstream)?.push(id);
  return downstream;
};

/**
 * @param shapes upstream first
 * @param dot what stands in the lane for a shape, one character wide (colours aside)
 * @param label what is written beside it
 */
export const drawLanes = (shapes: readonly Shape[], dot: (shape: Shape) => string, label: (shape: Shape) => string): string[] => {
  const downstream = ids(shapes);
  const lines: string[] = [];
  let lanes: Lanes = [];
  /** column of a task that nothing waits for, drawn in the line before: what begins right below it would seem to follow from it */
  let ended: number | undefined;

  for (const shape of shapes) {
    const inputs = lanes.flatMap((lane, i) => (lane?.waiting.has(shape.id) ? [i] : []));
    for (const i of inputs) lanes[i]!.waiting.delete(shape.id);
    const done = inputs.filter((i) => lanes[i]!.waiting.size === 0);
    const column = done[0] ?? firstFree(lanes, inputs.length === 0 ? ended : undefined);
    const others = inputs.filter((i) => i !== column);
    const before = lanes;
    lanes = Array.from({ length: Math.max(lanes.length, column + 1) }, (_, i) => lanes[i]);
    for (const i of done) lanes[i] = undefined;
    const own: Lane = { waiting: new Set(downstream.get(shape.id)) };
    lanes[column] = own;
    if (others.length > 0) lines.push(joinRow(column, others, before, lanes));

    const cells = straight(lanes);
    const row = cells.map((cell, i) => (i === column ? dot(shape) : glyph(cell)) + ' ').join('');
    lines.push(`${row}${label(shape)}`);
    const prefix = (): string => rowOf(straight(own.waiting.size > 0 ? lanes : lanes.map((lane) => (lane === own ? undefined : lane))));
    for (const line of drawParts(shape, dot, label)) {
      const left = prefix().padEnd(lanes.length * 2);
      lines.push(`${left}${line}`.trimEnd());
    }

    ended = own.waiting.size === 0 && shape.parts.length === 0 ? column : undefined;
    if (own.waiting.size === 0) lanes[column] = undefined;
    else {
      const twin = lanes.findIndex((lane, i) => i !== column && lane !== undefined && sameSet(lane.waiting, own.waiting));
      if (twin !== -1) {
        const [to, from] = [Math.min(twin, column), Math.max(twin, column)];
        const above = lanes;
        lanes = [...lanes];
        lanes[to] = lanes[twin];
        lanes[from] = undefined;
        lines.push(joinRow(to, [from], above, lanes));
      }
    }
    lanes = trimmed(lanes);
  }
  return lines;
};

const drawParts = (shape: Shape, dot: (shape: Shape) => string, label: (shape: Shape) => string): string[] =>
  shape.parts.flatMap(({ name, shapes }) => [
    ...(name === '' ? [] : [`┊ ${name}:`]),
    ...(shapes.length === 0 ? ['┊   (nothing)'] : drawLanes(shapes, dot, label).map((line) => `┊ ${name === '' ? '' : '  '}${line}`)),
  ]);
