/** Some items of a large map as a run of their own. */
import type { MapSlice } from './actions.js';
import type { PlannerOptions } from './planner.js';
import type { ItemEnd, Variables } from './scope.js';
import type { DagSpec } from './spec.js';
import type { Planner } from './planner.js';

/** A name that no node can have. */
const ITEMS = '$items';

/** The one node is the map; its items and what they read from around it come as variables. */
export const sliceRun = (
  dag: string,
  { node, spec, items, from, key, prefix, variables, maxConcurrency }: MapSlice,
): { readonly spec: DagSpec; readonly variables: Variables; readonly options: PlannerOptions } => ({
  spec: { id: dag, version: 1, nodes: { [node]: { ...spec, after: [], rule: 'all_success', over: { $ref: [ITEMS] }, maxConcurrency } } },
  variables: { ...variables, [ITEMS]: items },
  options: { key, prefix, from },
});

/** How each item ended, once the run is over. What had not begun is skipped. */
export const sliceEnds = ({ root }: Planner): ItemEnd[] => (root.maps.get(0)?.ends ?? []).map((end) => end ?? { state: 'skipped' });
