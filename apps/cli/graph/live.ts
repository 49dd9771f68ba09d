/** Colours a picture by how a run goes: many task instances of a mapped node become one shape with counts. */
import { nodeOf } from '../../../core/dag/wire.js';
import type { DagRunState, TaskInstanceState, TaskState } from '../../../core/dag/run-state.js';
import { lasted } from '../output.js';
import type { Live, Picture, Shape } from './picture.js';

/** Of instances in different states the first of these is shown: what needs a look, then what goes on, then what is done. */
const LOUDEST: readonly TaskState[] = [
  'failed',
  'upstream_failed',
  'up_for_retry',
  'running',
  'deferred',
  'scheduled',
  'success',
  'skipped',
  'removed',
];

/** Of a group that was run again only the newest try counts. */
const isOutdated = (instance: string, tries: ReadonlyMap<string, number>): boolean => {
  for (const [prefix, newest] of tries) {
    if (!instance.startsWith(prefix)) continue;
    const again = /^#(\d+)\//.exec(instance.slice(prefix.length));
    const attempt = again ? Number(again[1]) : instance[prefix.length] === '.' ? 1 : newest;
    if (attempt < newest) return true;
  }
  return false;
};

const newestTries = (instances: readonly string[]): Map<string, number> => {
  const tries = new Map<string, number>();
  for (const instance of instances)
    for (const match of instance.matchAll(/#(\d+)\//g)) {
      const prefix = instance.slice(0, match.index);
      tries.set(prefix, Math.max(tries.get(prefix) ?? 1, Number(match[1])));
    }
  return tries;
};

const loudest = (states: readonly TaskState[]): TaskState => LOUDEST.find((state) => states.includes(state)) ?? 'scheduled';

const liveOfTasks = (tasks: readonly TaskInstanceState[]): Live | undefined => {
  const [only] = tasks;
  if (!only) return undefined;
  const state = loudest(tasks.map((task) => task.state));
  if (tasks.length === 1) {
    const tries = only.tries > 1 ? `${only.tries} tries` : '';
    const text = [lasted(only), tries].filter(Boolean).join(', ');
    return { state, ...(text === '' ? {} : { text }) };
  }
  const alike = tasks.filter((task) => task.state === state).length;
  return { state, text: alike === tasks.length ? `${tasks.length}` : `${alike} of ${tasks.length}` };
};

/** `40 items, 3 failed` */
export const itemsText = ({
  total,
  success,
  failed,
  skipped,
}: {
  total: number;
  success: number;
  failed: number;
  skipped: number;
}): string => {
  const open = total - success - failed - skipped;
  const counts = [
    [success, 'done'],
    [failed, 'failed'],
    [skipped, 'skipped'],
    [open, 'to go'],
  ] as const;
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [`${total} ${total === 1 ? 'item' : 'items'}`, ...told].join(', ');
};

export const withState = (picture: Picture, { runId, tasks, composites }: DagRunState): Picture => {
  const instances = Object.keys(tasks);
  const tries = newestTries([...instances, ...Object.keys(composites)]);
  const byNode = new Map<string, TaskInstanceState[]>();
  for (const instance of instances) {
    if (isOutdated(instance, tries)) continue;
    const node = nodeOf(instance);
    byNode.set(node, [...(byNode.get(node) ?? []), tasks[instance]!]);
  }
  const compositesOf = new Map<string, DagRunState['composites'][string][]>();
  for (const [instance, composite] of Object.entries(composites)) {
    if (isOutdated(instance, tries)) continue;
    const node = nodeOf(instance);
    compositesOf.set(node, [...(compositesOf.get(node) ?? []), composite]);
  }

  const liveOf = (id: string): Live | undefined => {
    const found = compositesOf.get(id);
    if (!found) return liveOfTasks(byNode.get(id) ?? []);
    const state = loudest(found.map((composite) => composite.state));
    const [only] = found;
    const items = only?.items && found.length === 1 ? itemsText(only.items) : undefined;
    return { state, ...(items === undefined ? {} : { text: items }) };
  };
  const colour = (shape: Shape): Shape => {
    const live = liveOf(shape.id);
    const parts = shape.parts.map((part) => ({ ...part, shapes: part.shapes.map(colour) }));
    return { ...shape, parts, ...(live ? { live } : {}) };
  };
  return { ...picture, title: `${picture.title}: ${runId}`, shapes: picture.shapes.map(colour) };
};
