/** DAGs for people. */
import type { PublishedDag } from '../../../client/publish.js';
import { conditionText } from '../../../core/dag/asset.js';
import { bodiesIn } from '../../../core/dag/mapping.js';
import type { Schedule } from '../../../core/dag/schedule.js';
import type { Body, NodeSpec } from '../../../core/dag/spec.js';
import { table } from '../output.js';

const scheduleText = (schedule: Schedule | undefined): string => {
  if (!schedule) return '-';
  if (schedule.kind === 'assets') return conditionText(schedule.when) + (schedule.or ? ` or ${scheduleText(schedule.or)}` : '');
  if (schedule.kind === 'at') return schedule.times.length === 1 ? `at ${schedule.times[0]}` : `at ${schedule.times.length} times`;
  if (schedule.kind === 'crons') return `${schedule.expressions.join(' | ')} ${schedule.timezone}`;
  return schedule.kind === 'cron' ? `${schedule.expression} ${schedule.timezone}` : `every ${schedule.every}`;
};

export const listTable = (dags: readonly PublishedDag[]): string =>
  dags.length === 0
    ? 'No DAG is published; `rekindle sync` publishes those of a project.'
    : table(
        ['DAG', 'SCHEDULE', 'FILE', 'ABOUT'],
        dags.map(({ id, spec, current }) => [id, scheduleText(spec.schedule), current.file, spec.doc ?? '']),
      );

const bodiesOf = (node: NodeSpec): [string, Body][] => {
  if (node.kind === 'branch') return Object.entries(node.arms);
  return bodiesIn(node).map((body) => ['', body]);
};

const bodyLines = (body: Body, indent: string): string[] =>
  Object.entries(body.nodes).flatMap(([id, node]) => {
    const after = node.after.length > 0 ? `  ← ${node.after.join(', ')}` : '';
    const kind = node.kind === 'task' ? '' : `  (${node.kind})`;
    const rule = node.rule === undefined ? '' : `  [${node.rule}]`;
    const inner = bodiesOf(node).flatMap(([arm, inside]) => [
      ...(arm === '' ? [] : [`${indent}  ${arm}:`]),
      ...bodyLines(inside, `${indent}    `),
    ]);
    return [`${indent}${id}${kind}${rule}${after}`, ...inner];
  });

/** Tasks with what they wait for, bodies of branches and groups indented. */
export const dagText = ({ id, spec, current }: PublishedDag): string =>
  [
    `${id}  ${spec.doc ?? ''}`.trimEnd(),
    `schedule  ${scheduleText(spec.schedule)}`,
    `file      ${current.file} of ${current.project}, version ${current.hash.slice(0, 12)}, generation ${current.generation}`,
    ...bodyLines(spec, '  '),
  ].join('\n');
