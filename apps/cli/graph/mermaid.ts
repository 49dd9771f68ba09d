/** A picture as a Mermaid flowchart: GitHub, GitLab and many wikis draw it. */
import { TASK_STATES } from '../../../core/dag/run-state.js';
import { COLOURS } from './colours.js';
import { aboutShape, allShapes, liveText, type Part, type Picture, type Shape, type ShapeKind } from './picture.js';

/** What means something to Mermaid becomes an entity; line ends would end the label. */
const escaped = (text: string): string => text.replace(/[#"<>&`\\|[\]{}]/g, (char) => `#${char.charCodeAt(0)};`).replace(/\s+/g, ' ');

/** Opening and closing bracket of a node's outline. */
const OUTLINES: Readonly<Record<ShapeKind, readonly [string, string]>> = {
  task: ['[', ']'],
  sensor: ['([', '])'],
  sleep: ['([', '])'],
  approval: ['{{', '}}'],
  run: ['[[', ']]'],
  branch: ['[', ']'],
  group: ['[', ']'],
  map: ['[', ']'],
};

const aboutOf = (shape: Shape): string => escaped([...aboutShape(shape), liveText(shape)].filter(Boolean).join(', '));

const labelOf = (shape: Shape): string => {
  const about = aboutOf(shape);
  return about === '' ? escaped(shape.label) : `${escaped(shape.label)}<br/><small>${about}</small>`;
};

const titleOf = (shape: Shape): string => [escaped(shape.label), aboutOf(shape)].filter(Boolean).join(': ');

/**
 * Nodes are called n1, n2 …, as their own ids may be words of Mermaid's.
 */
export const mermaid = (picture: Picture): string => {
  const names = new Map(allShapes(picture.shapes).map(({ id }, i) => [id, `n${i + 1}`]));
  const nameOf = (id: string): string => names.get(id)!;
  const classOf = ({ live }: Shape): string => (live ? `:::${live.state}` : '');

  const drawPart = (owner: string, { name, shapes }: Part, i: number, indent: string): string[] => {
    const inside = shapes.length === 0 ? [`${indent}  ${owner}x${i}["nothing"]`] : drawAll(shapes, name === '' ? indent : `${indent}  `);
    if (name === '') return inside;
    return [`${indent}subgraph ${owner}a${i}["${escaped(name)}"]`, ...inside, `${indent}end`];
  };
  const drawShape = (shape: Shape, indent: string): string[] => {
    const name = nameOf(shape.id);
    const [open, close] = OUTLINES[shape.kind];
    if (shape.parts.length === 0) return [`${indent}${name}${open}"${labelOf(shape)}"${close}${classOf(shape)}`];
    return [
      `${indent}subgraph ${name}["${titleOf(shape)}"]`,
      ...shape.parts.flatMap((part, i) => drawPart(name, part, i, `${indent}  `)),
      `${indent}end`,
      ...(shape.live ? [`${indent}class ${name} ${shape.live.state}`] : []),
    ];
  };
  const drawAll = (shapes: readonly Shape[], indent: string): string[] => [
    ...shapes.flatMap((shape) => drawShape(shape, indent)),
    ...shapes.flatMap(({ id, after }) => after.map((upstream) => `${indent}${nameOf(upstream)} --> ${nameOf(id)}`)),
  ];

  const used = new Set(allShapes(picture.shapes).map(({ live }) => live?.state));
  const classes = TASK_STATES.filter((state) => used.has(state)).map(
    (state) => `  classDef ${state} fill:${COLOURS[state].light},stroke:${COLOURS[state].line},color:#1c2128`,
  );
  const { title, doc } = picture;
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'flowchart TB',
    `  accTitle: ${escaped(title)}`,
    ...(doc === undefined ? [] : [`  accDescr: ${escaped(doc)}`]),
    ...drawAll(picture.shapes, '  '),
    ...classes,
  ].join('\n');
};
