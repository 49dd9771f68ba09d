import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { dot } from '../../../apps/cli/graph/dot.js';
import { drawLanes } from '../../../apps/cli/graph/lanes.js';
import { arrange, type Box } from '../../../apps/cli/graph/layout.js';
import { withState } from '../../../apps/cli/graph/live.js';
import { mermaid } from '../../../apps/cli/graph/mermaid.js';
import { allShapes, pictureOf, type Shape } from '../../../apps/cli/graph/picture.js';
import { svg } from '../../../apps/cli/graph/svg.js';
import { dag, task } from '../../../core/dag/index.js';
import type { DagRunState, TaskState } from '../../../core/dag/run-state.js';

const any = <const Id extends string>(id: Id) =>
  task({ id, input: z.any(), doc: `"does" <${id}>`, run: () => ({ list: [1, 2], go: true as boolean }) });

const EVERYTHING = dag({ id: 'everything', doc: 'all & "sundry"' }, (d) => {
  const made = d.run(any('extract'), {}, { setup: true });
  const asked = d.sense(any('look'), {}, { every: '1 minute', after: [made] });
  const sure = d.approve('sure', { title: 'Sure?' }, { after: [asked] });
  d.branch(made.go, { true: () => void d.run(any('ship'), { made }), false: () => undefined }, { id: 'decide', after: [sure] });
  d.map(made.list, (item) => d.group('etl', () => d.run(any('load'), { item }), { retries: 2 }), { id: 'parts' });
  d.sleep('1 hour', { id: 'nap', after: [sure] });
  d.run(any('drop'), {}, { teardown: [made] });
});

/** Every edge of a spec, by label: what a picture must show. */
const edgesOf = (shapes: readonly Shape[]): string[] => allShapes(shapes).flatMap(({ id, after }) => after.map((from) => `${from} ${id}`));

const runOf = (tasks: Record<string, TaskState>, composites: DagRunState['composites'] = {}): DagRunState => ({
  dag: 'everything',
  runId: 'everything-1',
  state: 'running',
  run: {
    id: 'everything-1',
    dag: 'everything',
    logicalDate: '2026-01-01T00:00:00.000Z',
    dataInterval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-01T00:00:00.000Z' },
    startedAt: '2026-01-01T00:00:00.000Z',
    kind: 'manual',
    isLatest: true,
  },
  params: {},
  tasks: Object.fromEntries(Object.entries(tasks).map(([instance, state]) => [instance, { task: instance, state, tries: 1 }])),
  composites,
  edges: [],
});

describe('The picture of a DAG', () => {
  const picture = pictureOf(EVERYTHING.spec);

  it('has every node, upstream first, with what is special about it', () => {
    const ids = allShapes(picture.shapes).map(({ id }) => id);
    expect(ids).to.have.members([
      'extract',
      'look',
      'sure',
      'decide',
      'decide.true.ship',
      'parts',
      'parts.etl',
      'parts.etl.load',
      'nap',
      'drop',
    ]);
    for (const { id, after } of picture.shapes) for (const from of after) expect(ids.indexOf(from)).to.be.below(ids.indexOf(id));
    const kinds = Object.fromEntries(allShapes(picture.shapes).map(({ id, kind, marks }) => [id, [kind, ...marks]]));
    expect(kinds).to.deep.include({
      extract: ['task', 'setup'],
      look: ['sensor', 'every 1 minute'],
      sure: ['approval'],
      'parts.etl': ['group', '2 retries'],
      drop: ['task', 'teardown of extract'],
    });
  });

  it('takes the state of a run: of many instances what needs a look, of a group its newest try', () => {
    const run = runOf(
      {
        extract: 'success',
        'parts[0].etl.load': 'failed',
        'parts[0].etl#2/load': 'success',
        'parts[1].etl.load': 'running',
        nap: 'deferred',
      },
      {
        parts: { kind: 'map', state: 'running', items: { total: 3, success: 1, failed: 0, skipped: 0 } },
        'parts[0].etl': { kind: 'group', state: 'success' },
        'parts[1].etl': { kind: 'group', state: 'running' },
      },
    );
    const live = Object.fromEntries(allShapes(withState(picture, run).shapes).map((shape) => [shape.id, shape.live]));
    expect(live['extract']).to.deep.equal({ state: 'success' });
    expect(live['parts.etl.load']).to.deep.equal({ state: 'running', text: '1 of 2' });
    expect(live['parts']).to.deep.equal({ state: 'running', text: '3 items, 1 done, 2 to go' });
    expect(live['nap']).to.deep.equal({ state: 'deferred' });
    expect(live['sure']).to.equal(undefined);
  });

  it('in Mermaid has a line for each node and edge, and every subgraph ends', () => {
    const lines = mermaid(picture)
      .split('\n')
      .map((line) => line.trim());
    expect(lines.slice(0, 4)).to.deep.equal(['---', 'title: "everything"', '---', 'flowchart TB']);
    expect(lines.filter((line) => line.includes('-->'))).to.have.length(edgesOf(picture.shapes).length);
    expect(lines.filter((line) => line.startsWith('subgraph '))).to.have.length(5); // decide and its arms, parts, etl
    expect(lines.filter((line) => line === 'end')).to.have.length(5);
    expect(lines).to.include('accDescr: all #38; #34;sundry#34;');
    expect(mermaid(withState(picture, runOf({ extract: 'failed' })))).to.match(
      /\["extract<br\/><small>setup, failed<\/small>"\]:::failed[^]*classDef failed /,
    );
  });

  it('in Graphviz draws edges to the borders of what has a body', () => {
    const text = dot(picture);
    expect(text.match(/->/g)).to.have.length(edgesOf(picture.shapes).length);
    expect(text).to.contain('"sure" -> "decide (all)" [lhead="cluster decide"];');
    expect(text.match(/{/g)!.length).to.equal(text.match(/}/g)!.length);
    expect(text).to.contain('tooltip="\\"does\\" <extract>"');
  });

  it('in SVG is well-formed, has a title and a description, and knows dark screens', () => {
    const text = svg(withState(picture, runOf({ extract: 'failed' })));
    const open: string[] = [];
    for (const [, close, name, empty] of text.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (close) expect(open.pop()).to.equal(name);
      else if (!empty) open.push(name!);
    }
    expect(open).to.deep.equal([]);
    expect(text).to.match(
      /aria-labelledby="t d"[^]*<title id="t">everything: everything-1<\/title>[^]*<desc id="d">all &#38; &#34;sundry&#34;/,
    );
    expect(text).to.contain('@media(prefers-color-scheme:dark)');
    expect(text).to.contain('>setup<').and.to.contain('>failed<'); // not by colour alone
    expect(text.match(/<path class="edge"/g)).to.have.length(edgesOf(picture.shapes).length);
    expect(text).not.to.contain('NaN');
  });
});

/** Boxes and edges of random graphs without cycles; edges go from lower to higher numbers. */
const graphs = fc.integer({ min: 2, max: 40 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    edges: fc.uniqueArray(
      fc.tuple(fc.nat(count - 1), fc.nat(count - 1)).filter(([from, to]) => from < to),
      { maxLength: 80, selector: ([from, to]) => `${from} ${to}` },
    ),
  }),
);

describe('The layout of a graph', () => {
  it('puts upstream above downstream, no box on another, and ends every line at its boxes', () => {
    fc.assert(
      fc.property(graphs, fc.infiniteStream(fc.integer({ min: 10, max: 200 })), ({ count, edges }, sizes) => {
        const boxes: Box[] = Array.from({ length: count }, (_, i) => ({
          id: `b${i}`,
          width: sizes.next().value!,
          height: sizes.next().value!,
        }));
        const layout = arrange(boxes, edges.map(([from, to]) => [`b${from}`, `b${to}`]), { x: 20, y: 30 }); // prettier-ignore
        const at = (id: string) => ({ ...layout.boxes.get(id)!, ...boxes.find((box) => box.id === id)! });
        for (const [i, { id }] of boxes.entries()) {
          const a = at(id);
          expect(a.x).to.be.at.least(-1e-6);
          expect(a.x + a.width).to.be.at.most(layout.width + 1e-6);
          expect(a.y + a.height).to.be.at.most(layout.height + 1e-6);
          for (const { id: other } of boxes.slice(i + 1)) {
            const b = at(other);
            const apart =
              a.x + a.width <= b.x + 1e-6 || b.x + b.width <= a.x + 1e-6 || a.y + a.height <= b.y + 1e-6 || b.y + b.height <= a.y + 1e-6;
            expect(apart, `${id} and ${other}`).to.equal(true);
          }
        }
        expect(layout.lines).to.have.length(edges.length);
        for (const { from, to, points } of layout.lines) {
          const [a, b] = [at(from), at(to)];
          expect(a.y + a.height).to.be.below(b.y);
          expect(points[0]).to.deep.equal({ x: a.x + a.width / 2, y: a.y + a.height });
          expect(points.at(-1)!.y).to.equal(b.y);
          for (const [i, point] of points.entries()) if (i > 0) expect(point.y).to.be.at.least(points[i - 1]!.y);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('draws a chain straight', () => {
    const boxes = ['a', 'b', 'c'].map((id, i) => ({ id, width: 40 + 30 * i, height: 20 }));
    const { lines } = arrange(boxes, [['a', 'b'], ['b', 'c']], { x: 10, y: 10 }); // prettier-ignore
    for (const { points } of lines) expect(points[0]!.x).to.be.closeTo(points.at(-1)!.x, 1e-6);
  });

  it('places two thousand boxes in a few seconds', function () {
    this.timeout(20_000);
    const boxes = Array.from({ length: 2000 }, (_, i) => ({ id: `b${i}`, width: 80, height: 30 }));
    const edges = boxes.slice(1).flatMap(({ id }, i) => [[`b${(i * 7919) % (i + 1)}`, id], [`b${(i * 104729) % (i + 1)}`, id]] as [string, string][]); // prettier-ignore
    expect(arrange(boxes, edges, { x: 20, y: 30 }).boxes.size).to.equal(2000);
  });
});

/** Reads a drawing of lanes back: which dots are joined to which dots below. */
const readLanes = (lines: readonly string[]): Set<string> => {
  const cell = (row: number, column: number): string => lines[row]?.[column] ?? ' ';
  const DOWN = '│├┤┼╭╮┬●';
  const UP = '│├┤┼╰╯┴●';
  const dots = lines
    .map((line, row) => ({ row, column: line.indexOf('●'), label: line.replace(/^[^●]*● [│ ]*/, '') }))
    .filter(({ column }) => column !== -1);
  const nameAt = new Map(dots.map(({ row, column, label }) => [`${row} ${column}`, label]));
  const found = new Set<string>();
  for (const { row, column, label } of dots) {
    const open: [number, number, 'down' | 'left' | 'right'][] = [[row, column, 'down']];
    const seen = new Set<string>();
    for (let next = open.pop(); next; next = open.pop()) {
      const [r, c, way] = next;
      if (seen.has(next.join(' '))) continue;
      seen.add(next.join(' '));
      if (way === 'down') {
        if (!DOWN.includes(cell(r, c)) || !UP.includes(cell(r + 1, c))) continue;
        const below = nameAt.get(`${r + 1} ${c}`);
        if (below !== undefined) {
          found.add(`${label} ${below}`);
          continue;
        }
        open.push([r + 1, c, 'down']);
        if ('├┼╰┴'.includes(cell(r + 1, c))) open.push([r + 1, c, 'right']);
        if ('┤┼╯┴'.includes(cell(r + 1, c))) open.push([r + 1, c, 'left']);
        continue;
      }
      const step = way === 'right' ? 1 : -1;
      let to = c + step;
      // a lane that is only passed is drawn through
      while (cell(r, to) === '─' || (cell(r, to) === '│' && cell(r, to + step) === '─')) to += step;
      if ('├┤┼╮╭┬'.includes(cell(r, to))) open.push([r, to, 'down']);
      if ('┼┴┬'.includes(cell(r, to))) open.push([r, to, way]);
      if (way === 'right' ? '├'.includes(cell(r, to)) : '┤'.includes(cell(r, to))) open.push([r, to, way]);
    }
  }
  return found;
};

describe('A graph in a terminal', () => {
  const shapesOf = (count: number, edges: readonly (readonly [number, number])[]): Shape[] =>
    Array.from({ length: count }, (_, i) => ({
      id: `t${i}`,
      label: `t${i}`,
      kind: 'task',
      marks: [],
      after: edges.filter(([, to]) => to === i).map(([from]) => `t${from}`),
      parts: [],
    }));
  const drawn = (shapes: readonly Shape[]): string[] => drawLanes(shapes, () => '●', ({ label }) => label); // prettier-ignore

  it('joins every task to what follows from it', () => {
    fc.assert(
      fc.property(graphs, ({ count, edges }) => {
        const lines = drawn(shapesOf(count, edges));
        const found = readLanes(lines);
        for (const [from, to] of edges) expect(found.has(`t${from} t${to}`), `${from} → ${to}\n${lines.join('\n')}`).to.equal(true);
      }),
      { numRuns: 200 },
    );
  });

  it('joins nothing else where every task has one downstream, nor what only happens to be drawn below', () => {
    // then a lane belongs to one task, and what is read back must be exactly what was drawn
    expect([...readLanes(drawn(shapesOf(5, [[0, 4]])))]).to.deep.equal(['t0 t4']);
    const edges = [[0, 3], [1, 4], [2, 5], [3, 6], [4, 6], [5, 7], [6, 7]] as const; // prettier-ignore
    const found = readLanes(drawn(shapesOf(8, edges)));
    expect([...found].sort()).to.deep.equal(edges.map(([from, to]) => `t${from} t${to}`).sort());
  });

  it('stays narrow: a fan of a hundred tasks needs three lanes', () => {
    const edges = Array.from({ length: 100 }, (_, i) => [[0, i + 1], [i + 1, 101]] as const).flat(); // prettier-ignore
    const lines = drawn(shapesOf(102, edges));
    for (const line of lines) expect(line.replace(/t\d+$/, '').trimEnd().length).to.be.at.most(5);
  });

  it('draws what is inside beside the lanes that go on', () => {
    const picture = pictureOf(EVERYTHING.spec);
    const lines = drawn(picture.shapes);
    expect(lines.filter((line) => line.includes('●'))).to.have.length(allShapes(picture.shapes).length);
    expect(lines.some((line) => /┊ true:$/.test(line))).to.equal(true);
    expect(
      lines.some((line) => /┊ {3}● ship$/.test(line)),
      lines.join('\n'),
    ).to.equal(true);
    expect(lines.some((line) => /┊ +┊ ● load$/.test(line))).to.equal(true);
  });
});
