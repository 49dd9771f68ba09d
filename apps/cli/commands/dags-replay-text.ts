/** What would have gone differently, for people. */
import { nodeOf } from '../../../core/dag/wire.js';
import type { Difference, ReplayResult } from '../../../core/dag/replay.js';
import { elapsed, table } from '../output.js';

/** Instances of one node that are shown one by one. */
const EACH = 5;

const rowsOf = (differences: readonly Difference[]): string[][] => {
  const alike = new Map<string, Difference[]>();
  for (const difference of differences) {
    const key = [difference.kind, nodeOf(difference.instance)].join(' ');
    alike.set(key, [...(alike.get(key) ?? []), difference]);
  }
  return [...alike.values()].flatMap((all) =>
    all.length > EACH
      ? [[`  ${all[0]!.kind}`, `${nodeOf(all[0]!.instance)} × ${all.length}`, `${all[0]!.text}, …`]]
      : all.map(({ kind, instance, text }) => [`  ${kind}`, instance, text]),
  );
};

const times = ({ tookMs: { was, would } }: ReplayResult): string =>
  was === would ? '' : `By the recorded durations it took ${elapsed(was)} and would have taken ${elapsed(would)}.`;

const runText = (result: ReplayResult): string => {
  const { runId, was, differences, doubtful } = result;
  if (differences.length === 0) return `✔ ${runId}: would have gone the same way.`;
  return [
    `✖ ${runId}: ${differences.length === 1 ? '1 difference' : `${differences.length} differences`}`,
    table(['  WHAT', 'WHERE', 'HOW'], rowsOf(differences)),
    ...(doubtful.length > 0 ? [`  Their results rest on that, so they may differ too: ${doubtful.join(', ')}.`] : []),
    ...(was === null ? ['  The version that it ran is not published: only how its tasks ended was compared.'] : []),
    ...[times(result)].filter(Boolean).map((line) => `  ${line}`),
  ].join('\n');
};

export const replayText = (results: readonly ReplayResult[]): string => {
  if (results.length === 0) return 'There is no run to replay.';
  const differing = results.filter(({ differences }) => differences.length > 0).length;
  const summary = results.length === 1 ? [] : [`${differing} of ${results.length} runs would have gone differently.`];
  return [...results.map(runText), ...summary].join('\n');
};
