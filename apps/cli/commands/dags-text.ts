/** DAGs for people. */
import type { PublishedVersion } from '../../../client/dag-versions.js';
import type { PublishedDag } from '../../../client/publish.js';
import type { DagSpec } from '../../../core/dag/spec.js';
import { plain, type Paint } from '../graph/colours.js';
import { drawLanes } from '../graph/lanes.js';
import { mermaid } from '../graph/mermaid.js';
import { aboutShape, allShapes, liveText, pictureOf, type Picture, type Shape } from '../graph/picture.js';
import { table } from '../output.js';
import { paramsOf, paramsTable } from '../params-text.js';
import { MARKS } from '../run-text.js';
import { nextFirings, scheduleText } from '../schedule-text.js';

/** The first paragraph, on one line. */
export const firstLine = (doc: string | undefined): string =>
  (doc ?? '')
    .split(/\n\s*\n/)[0]!
    .replace(/\s+/g, ' ')
    .trim();

export const listTable = (dags: readonly PublishedDag[]): string =>
  dags.length === 0
    ? 'No DAG is published; `rekindle sync` publishes those of a project.'
    : table(
        ['DAG', 'SCHEDULE', 'FILE', 'ABOUT'],
        dags.map(({ id, spec, current }) => [id, scheduleText(spec.schedule), current.file, firstLine(spec.doc)]),
      );

const about = (shape: Shape): string => {
  const words = [...aboutShape(shape), liveText(shape)].filter(Boolean);
  return words.length === 0 ? '' : `  (${words.join(', ')})`;
};

const treeLines = (shapes: readonly Shape[], indent: string): string[] =>
  shapes.flatMap((shape) => {
    const prefix = shape.id.slice(0, shape.id.length - shape.label.length);
    const after = shape.after.map((id) => id.slice(prefix.length)).join(', ');
    const doc = firstLine(shape.doc);
    const inner = shape.parts.flatMap(({ name, shapes: inside }) => [
      ...(name === '' ? [] : [`${indent}  ${name}:`]),
      ...treeLines(inside, `${indent}${name === '' ? '  ' : '    '}`),
    ]);
    return [`${indent}${shape.label}${about(shape)}${after === '' ? '' : `  ← ${after}`}${doc === '' ? '' : `  — ${doc}`}`, ...inner];
  });

/** Tasks with what they wait for; what is in a branch, a group or a map is indented. */
export const treeText = ({ shapes }: Picture): string => treeLines(shapes, '  ').join('\n');

export const graphText = (picture: Picture, paint: Paint = plain): string =>
  drawLanes(
    picture.shapes,
    ({ live }) => paint(live ? MARKS[live.state] : '●', live?.state),
    (shape) => `${shape.label}${about(shape)}`,
  ).join('\n');

const limitsOf = (spec: DagSpec): string[] => {
  const { maxActiveRuns, maxActiveTasks, catchup, overlap, jitter, startDate, endDate, failFast, priority, deadline } = spec;
  return [
    maxActiveRuns === undefined ? '' : `${maxActiveRuns} ${maxActiveRuns === 1 ? 'run' : 'runs'} at a time`,
    maxActiveTasks === undefined ? '' : `${maxActiveTasks} tasks at a time`,
    catchup ? 'catches up' : '',
    overlap === undefined ? '' : `overlap: ${overlap}`,
    jitter === undefined ? '' : `up to ${jitter} late on purpose`,
    startDate === undefined ? '' : `from ${startDate}`,
    endDate === undefined ? '' : `until ${endDate}`,
    failFast ? 'ends at the first failure' : '',
    priority === undefined ? '' : `priority ${priority}`,
    deadline ? `deadline ${deadline.after} after the ${deadline.from === 'logical_date' ? 'logical date' : 'start'}` : '',
  ].filter((limit) => limit !== '');
};

const FIRINGS = 3;

const facts = ({ spec, current }: PublishedDag, now: string): (readonly [string, string])[] => {
  const next = nextFirings(spec, now, FIRINGS);
  const limits = limitsOf(spec);
  return [
    ['schedule', scheduleText(spec.schedule)],
    ...(next.length > 0 ? [['next', next.join(', ')] as const] : []),
    ...(limits.length > 0 ? [['rules', limits.join(', ')] as const] : []),
    ...(spec.tags && spec.tags.length > 0 ? [['tags', spec.tags.join(', ')] as const] : []),
    ['file', `${current.file} of ${current.project}`],
    ['version', `${current.hash.slice(0, 12)}, generation ${current.generation}, published ${current.at}`],
  ];
};

const indented = (text: string): string => text.replace(/^/gm, '  ');

/** @param now ISO 8601 @param body the tasks, as a tree or as a graph */
export const dagText = (dag: PublishedDag, now: string, body: string): string => {
  const { id, spec } = dag;
  const params = paramsOf(spec.params);
  const [first, ...rest] = (spec.doc ?? '').split('\n');
  return [
    `${id}  ${first}`.trimEnd(),
    ...(rest.length > 0 ? [indented(rest.join('\n'))] : []),
    ...facts(dag, now).map(([name, value]) => `${name.padEnd(9)} ${value}`),
    ...(params.length > 0 ? ['params', indented(paramsTable(params))] : []),
    'tasks',
    body,
  ].join('\n');
};

const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ') || ' ';
const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** Documentation of a DAG, made of what is written beside its code. */
export const docsMarkdown = (dag: PublishedDag, now: string): string => {
  const { id, spec } = dag;
  const picture = pictureOf(spec);
  const params = paramsOf(spec.params);
  const tasks = allShapes(picture.shapes).map((shape) => [`\`${shape.id}\``, aboutShape(shape).join(', '), shape.doc ?? '']);
  return [
    `# ${id}`,
    ...(spec.doc === undefined ? [] : [spec.doc]),
    markdownTable(['', ''], facts(dag, now).filter(([name]) => name !== 'next').map(([name, value]) => [name, value])), // prettier-ignore
    `\`\`\`mermaid\n${mermaid(picture)}\n\`\`\``,
    ...(params.length === 0
      ? []
      : [
          '## Params',
          markdownTable(
            ['param', 'type', 'default', 'about'],
            params.map((param) => [
              `\`${param.name}\``,
              param.type,
              param.required ? 'required' : param.default === undefined ? '' : JSON.stringify(param.default),
              param.about,
            ]),
          ),
        ]),
    '## Tasks',
    markdownTable(['task', 'kind', 'about'], tasks),
  ].join('\n\n');
};

export const versionsTable = (versions: readonly PublishedVersion[]): string =>
  table(
    ['VERSION', 'SINCE', 'PUBLISHED BY', 'FILE', 'RUNS'],
    versions.map(({ hash, current, since, published: [last], runs }) => [
      `${hash.slice(0, 12)}${current ? ' (current)' : ''}`,
      since,
      last?.project ?? '-',
      last?.file ?? '-',
      runs.length === 0 ? '-' : `${runs.length}: ${runs.slice(0, 3).map(({ runId }) => runId).join(', ')}${runs.length > 3 ? ' …' : ''}`, // prettier-ignore
    ]),
  );
