/** A picture in Graphviz's language. */
import { COLOURS } from './colours.js';
import { aboutShape, allShapes, liveText, type Picture, type Shape, type ShapeKind } from './picture.js';

const quoted = (text: string): string => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\s+/g, ' ')}"`;

const OUTLINES: Readonly<Record<ShapeKind, string>> = {
  task: 'box',
  sensor: 'ellipse',
  sleep: 'ellipse',
  approval: 'hexagon',
  run: 'component',
  branch: 'box',
  group: 'box',
  map: 'box',
};

const linesOf = (shape: Shape): string => {
  const about = [aboutShape(shape).join(', '), liveText(shape)].filter((line) => line !== '');
  return [shape.label, ...about].map((line) => quoted(line).slice(1, -1)).join('\\n');
};

const coloursOf = ({ live }: Shape): string =>
  live ? `, style="filled,rounded", fillcolor="${COLOURS[live.state].light}", color="${COLOURS[live.state].line}"` : '';

/** Edges of Graphviz end at nodes: those of a cluster end at a point inside it and are cut at its border. */
export const dot = (picture: Picture): string => {
  const isCluster = new Map(allShapes(picture.shapes).map(({ id, parts }) => [id, parts.length > 0]));
  const end = (id: string): string => quoted(isCluster.get(id) ? `${id} (all)` : id);
  const edge = (from: string, to: string): string => {
    const cut = [
      ...(isCluster.get(from) ? [`ltail=${quoted(`cluster ${from}`)}`] : []),
      ...(isCluster.get(to) ? [`lhead=${quoted(`cluster ${to}`)}`] : []),
    ];
    return `${end(from)} -> ${end(to)}${cut.length > 0 ? ` [${cut.join(', ')}]` : ''};`;
  };
  const drawShape = (shape: Shape, indent: string): string[] => {
    const tooltip = shape.doc === undefined ? '' : `, tooltip=${quoted(shape.doc)}`;
    if (shape.parts.length === 0)
      return [`${indent}${quoted(shape.id)} [label="${linesOf(shape)}", shape=${OUTLINES[shape.kind]}${coloursOf(shape)}${tooltip}];`];
    const inside = shape.parts.flatMap(({ name, shapes }) =>
      name === ''
        ? drawAll(shapes, `${indent}  `)
        : [
            `${indent}  subgraph ${quoted(`cluster ${shape.id}.${name}`)} {`,
            `${indent}    label=${quoted(name)}; style="dashed,rounded"; color="#8a8f98"; bgcolor="transparent";`,
            ...(shapes.length === 0 ? [`${indent}    ${quoted(`${shape.id}.${name} (nothing)`)} [label="nothing", shape=plain];`] : []),
            ...drawAll(shapes, `${indent}    `),
            `${indent}  }`,
          ],
    );
    const { live } = shape;
    const fill = live ? `bgcolor="${COLOURS[live.state].light}"; color="${COLOURS[live.state].line}";` : 'color="#57606a";';
    return [
      `${indent}subgraph ${quoted(`cluster ${shape.id}`)} {`,
      `${indent}  label="${linesOf(shape)}"; style=rounded; ${fill}`,
      `${indent}  ${end(shape.id)} [shape=point, style=invis];`,
      ...inside,
      `${indent}}`,
    ];
  };
  const drawAll = (shapes: readonly Shape[], indent: string): string[] => [
    ...shapes.flatMap((shape) => drawShape(shape, indent)),
    ...shapes.flatMap(({ id, after }) => after.map((upstream) => `${indent}${edge(upstream, id)}`)),
  ];
  const { title, doc } = picture;
  return [
    `digraph ${quoted(title)} {`,
    `  label=${quoted(doc === undefined ? title : `${title}: ${doc}`)}; labelloc=t; compound=true; fontname="Helvetica";`,
    '  node [fontname="Helvetica", style=rounded]; edge [color="#57606a"];',
    ...drawAll(picture.shapes, '  '),
    '}',
  ].join('\n');
};
