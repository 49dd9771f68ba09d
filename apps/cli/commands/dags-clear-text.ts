/** What clearing would do, for people and for machines. */
import type { BulkPlan, ClearedRun, PlannedClear } from '../../../client/clear.js';
import type { Reason } from '../../../core/dag/clear.js';
import { nodeOf } from '../../../core/dag/wire.js';
import { table } from '../output.js';

export const clearDocument = ({ dag, runId, newRunId, hash, again, open, fresh, dropped, seed }: PlannedClear) => ({
  dag,
  clearedFrom: runId,
  runId: newRunId,
  hash,
  again,
  open,
  fresh,
  dropped,
  kept: Object.keys(seed.outcomes).length,
});

const REASONS: Readonly<Record<Reason, string>> = {
  selected: 'chosen',
  downstream: 'downstream of what is cleared',
  upstream: 'upstream of what was chosen',
  setup: 'setup or teardown of what is cleared',
  undone: 'what it did was undone when the run failed',
};

/** Instances of one node that are shown one by one. */
const EACH = 5;

/** `scores.score × 998` where there are many. */
const named = (instances: readonly string[]): string[] => {
  const byNode = new Map<string, string[]>();
  for (const instance of instances) byNode.set(nodeOf(instance), [...(byNode.get(nodeOf(instance)) ?? []), instance]);
  return [...byNode].flatMap(([node, all]) => (all.length > EACH ? [`${node} × ${all.length}`] : all));
};

export const clearText = ({ runId, newRunId, hash, again, open, fresh, dropped, seed }: PlannedClear): string => {
  const reasons = [...new Set(again.map(({ reason }) => reason))];
  const rows = reasons.flatMap((reason) =>
    named(again.filter((task) => task.reason === reason).map(({ instance }) => instance)).map((name) => [`  ${name}`, REASONS[reason]]),
  );
  const list = (what: string, instances: readonly string[]): string[] =>
    instances.length === 0 ? [] : [`${what}: ${named(instances).join(', ')}`];
  return [
    `${runId} → ${newRunId}  (version ${hash.slice(0, 12)})`,
    ...(rows.length === 0 ? ['Nothing that ran is run again.'] : [table(['  AGAIN', 'WHY'], rows)]),
    ...list('Never ran, so their rules decide', open),
    ...list('New in this version', fresh),
    ...list('Not in this version any more', dropped),
    `${Object.keys(seed.outcomes).length} results are kept.`,
  ].join('\n');
};

export const bulkText = ({ runs, passedOver }: BulkPlan): string =>
  [
    runs.length === 0
      ? 'No run is to be cleared.'
      : table(
          ['RUN', 'NEW RUN', 'AGAIN', 'KEPT'],
          runs.map(({ runId, newRunId, again, seed }) => [
            runId,
            newRunId,
            named(again.map(({ instance }) => instance)).join(', ') || '-',
            String(Object.keys(seed.outcomes).length),
          ]),
        ),
    ...passedOver.map(({ runId, why }) => `○ ${runId}: ${why}`),
  ].join('\n');

export const resultsText = (results: readonly ClearedRun[]): string => {
  const failed = results.filter(({ state }) => state === 'failed').length;
  return `${results.length} runs cleared, ${failed} failed${failed === 0 ? '' : ' again'}.`;
};
