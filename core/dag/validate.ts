/** Is a spec one that can run? In time linear in its size, because a DAG may have ten thousand tasks. */
import { eventTimeMs } from '../event-time.js';
import { invalidDag } from './invalid.js';
import { checkSchedule, type Overlap } from './schedule.js';
import type { Body, DagSpec, NodeSpec } from './spec.js';
import { checkCycles } from './validate/cycles.js';
import { checkCallbacks, checkNode } from './validate/nodes.js';
import { checkRefs, type Place } from './validate/refs.js';
import { checkCount, checkDuration, checkPriority, refuse, type Site } from './validate/values.js';

const OVERLAPS: Readonly<Record<Overlap, true>> = {
  allow_all: true,
  skip: true,
  buffer_one: true,
  buffer_all: true,
  cancel_other: true,
  terminate_other: true,
};

interface Inner {
  readonly body: Body;
  readonly variables: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

const bodiesOf = (id: string, node: NodeSpec): readonly Inner[] => {
  switch (node.kind) {
    case 'branch':
      return Object.values(node.arms).map((body) => ({ body, variables: NONE }));
    case 'group':
      return [{ body: node.body, variables: new Set([`${id}.attempt`]) }];
    case 'map':
      return [{ body: node.body, variables: new Set([`${id}.item`, `${id}.index`]) }];
    case 'task':
    case 'sleep':
    case 'approve':
    case 'workflow':
      return [];
  }
};

const checkBody = (place: Place, taken: Set<string>): void => {
  const { dag, body } = place;
  const hasDownstream = checkCycles(dag, body);
  for (const [id, node] of Object.entries(body.nodes)) {
    if (taken.has(id)) throw invalidDag(dag, id, `two nodes are called '${id}'`);
    taken.add(id);
    const reader = { id, node, upstreams: new Set(node.after) };
    checkNode(place, reader, hasDownstream.has(id));
    for (const inner of bodiesOf(id, node)) checkBody({ dag, ...inner, owner: { reader, place } }, taken);
  }
  checkRefs(place, undefined, body.output);
};

const timeOf = (site: Site, name: string, text: string | undefined): number | undefined => {
  try {
    return text === undefined ? undefined : eventTimeMs(text);
  } catch (error) {
    return refuse(site, `${name}: ${(error as Error).message}`);
  }
};

const checkTimes = (site: Site, { schedule, startDate, endDate, jitter, overlap, deadline }: DagSpec): void => {
  const [start, end] = [timeOf(site, 'startDate', startDate), timeOf(site, 'endDate', endDate)];
  if (start !== undefined && end !== undefined && end < start) refuse(site, `endDate: ${endDate} is before startDate ${startDate}`);
  try {
    if (schedule) checkSchedule(schedule, { startDate, endDate });
  } catch (error) {
    refuse(site, `schedule: ${(error as Error).message.replace(/\.$/, '')}`);
  }
  checkDuration(site, 'jitter', jitter);
  if (overlap !== undefined && !Object.hasOwn(OVERLAPS, overlap))
    refuse(site, `overlap: '${overlap}' is none of ${Object.keys(OVERLAPS).join(', ')}`);
  checkDuration(site, 'deadline.after', deadline?.after);
  checkCallbacks(site, { failure: deadline?.callbacks ?? [] });
};

/** @throws DAG_INVALID naming the DAG and the task */
export const validate = (spec: DagSpec): void => {
  const { id: dag, tags, maxActiveRuns, maxActiveTasks, priority, callbacks } = spec;
  const site = { dag, id: undefined };
  checkTimes(site, spec);
  checkCount(site, 'maxActiveRuns', maxActiveRuns, 'runs');
  checkCount(site, 'maxActiveTasks', maxActiveTasks, 'tasks');
  checkPriority(site, priority);
  if (tags?.some((tag) => typeof tag !== 'string' || tag.trim() === '')) refuse(site, 'tags: a tag is empty');
  checkCallbacks(site, callbacks);
  checkBody({ dag, body: spec, variables: new Set(['params', 'run']) }, new Set());
};
