/** Checks of one node, by its kind. Its bodies are checked by whoever walks over them. */
import { durationMs } from '../../duration.js';
import { eventTimeMs } from '../../event-time.js';
import type { Json } from '../../json.js';
import { producedNames } from '../asset.js';
import { TRIGGER_RULES } from '../rules.js';
import type { Callbacks, TaskCall, TaskNode } from '../spec.js';
import { checkRefs, isSetup, type Place, type Reader } from './refs.js';
import { checkCount, checkDuration, checkOptions, refuse, type Site } from './values.js';

/** A shorter wait is a load on the server without being any faster than it. */
const SHORTEST_POLL_MS = 1_000;
const BRANCHINGS: readonly unknown[] = ['branch', 'short_circuit', 'short_circuit_direct'];

/** Shared results are looked up and kept by our own workers. */
const checkCall = (site: Site, call: TaskCall | undefined): void => {
  if (!call) return;
  if (call.foreign && call.options?.cache)
    refuse(
      site,
      `cache: '${call.type}' is an activity of another worker, where nobody looks results up; call it from a task of yours that has the cache, or leave it out`,
    );
  checkOptions(site, call.options);
};

export const checkCallbacks = (site: Site, { success = [], failure = [], retry = [] }: Callbacks = {}): void => {
  for (const call of [...success, ...failure, ...retry]) checkCall(site, call);
};

const checkTeardown = (site: Site, { nodes }: Place['body'], { node, upstreams }: Reader, setups: readonly string[]): void => {
  if (isSetup(node)) refuse(site, 'a task is a setup or a teardown, not both');
  for (const setup of setups) {
    if (!Object.hasOwn(nodes, setup)) refuse(site, `it tears down '${setup}', which is no node of the same body`);
    if (!isSetup(nodes[setup])) refuse(site, `it tears down '${setup}', which is no setup; mark that task: { setup: true }`);
    if (!upstreams.has(setup)) refuse(site, `it tears down '${setup}' without being downstream of it`);
  }
};

const checkTask = (site: Site, place: Place, reader: Reader, node: TaskNode, hasDownstream: boolean): void => {
  const { options, undo, poll, teardown, branching, produces, callbacks } = node;
  checkCall(site, node);
  checkCall(site, undo);
  checkCallbacks(site, callbacks);
  if (poll) {
    checkDuration(site, 'every', poll.every, SHORTEST_POLL_MS);
    checkDuration(site, 'within', poll.within);
    if (options?.local) refuse(site, 'local: a sensor waits on the server, so it cannot be local');
  }
  if (teardown) checkTeardown(site, place.body, reader, teardown.setups);
  if (branching !== undefined) {
    if (!BRANCHINGS.includes(branching)) refuse(site, `branching: '${branching}' is none of ${BRANCHINGS.join(', ')}`);
    // a short circuit at the end of a DAG decides nothing, in Airflow too, and does no harm
    if (branching === 'branch' && !hasDownstream) refuse(site, 'branching: nothing is downstream of it, so there is nothing to choose');
  }
  try {
    producedNames(produces ?? []);
  } catch (error) {
    refuse(site, `produces: ${(error as Error).message.replace(/\.$/, '')}`);
  }
  checkRefs(place, reader, node.input);
  checkRefs(place, reader, undo?.input);
};

/** What it goes over, where that is known now. */
const checkList = (site: Site, over: Json): void => {
  if (typeof over !== 'object' || over === null) refuse(site, `it goes over a list or an object, and ${JSON.stringify(over)} is neither`);
};

/** How long it sleeps, where that is known now. */
const checkSleep = (site: Site, how: Json): void => {
  if (typeof how === 'number') {
    if (how < 0) refuse(site, `${how} ms is no time to sleep`);
    return;
  }
  if (typeof how === 'object' && how !== null && !Array.isArray(how)) return;
  if (typeof how === 'string') {
    for (const read of [durationMs, eventTimeMs])
      try {
        return void read(how);
      } catch {
        // perhaps it is the other
      }
  }
  refuse(site, `${JSON.stringify(how)} is neither a duration like '10 minutes' nor milliseconds nor a time (ISO 8601)`);
};

/** @param hasDownstream whether anything waits for it */
export const checkNode = (place: Place, reader: Reader, hasDownstream: boolean): void => {
  const { id, node } = reader;
  const site = { dag: place.dag, id };
  if (node.rule !== undefined && !TRIGGER_RULES.includes(node.rule)) refuse(site, `'${String(node.rule)}' is no trigger rule`);
  switch (node.kind) {
    case 'task':
      return checkTask(site, place, reader, node, hasDownstream);
    case 'branch':
      if (Object.keys(node.arms).length === 0) refuse(site, 'a branch needs an arm');
      return checkRefs(place, reader, node.on);
    case 'group':
      return checkCount(site, 'retries', node.retries, 'retries', 0);
    case 'map':
      checkList(site, node.over);
      checkCount(site, 'maxConcurrency', node.maxConcurrency, 'items');
      checkCount(site, 'shard', node.shard, 'items');
      return checkRefs(place, reader, node.over);
    case 'sleep':
      checkSleep(site, node.how);
      return checkRefs(place, reader, node.how);
    case 'approve':
      checkDuration(site, 'within', node.within);
      return checkRefs(place, reader, node.request);
    case 'workflow':
      if (node.type === '') refuse(site, 'the workflow has no type');
      if (!node.dag && !node.queue) refuse(site, `say the queue of the workers that have workflow '${node.type}': { queue: '…' }`);
      checkDuration(site, 'timeout', node.timeout);
      checkCall(site, node.undo);
      checkRefs(place, reader, node.input);
      return checkRefs(place, reader, node.undo?.input);
    default:
      return refuse(site, `'${String((node as { kind?: unknown }).kind)}' is no kind of node that this version knows`);
  }
};
