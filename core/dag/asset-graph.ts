/** Who makes and who waits for which asset, read from the specs of all DAGs. */
import { assetsOf, type AssetCondition } from './asset.js';
import { bodiesIn } from './mapping.js';
import type { Body, DagSpec } from './spec.js';

export interface Producer {
  readonly dag: string;
  /** node id */
  readonly task: string;
}

/** Node ids and names of what they produce, in the order of the DAG. */
export const produced = (body: Body): readonly (readonly [task: string, asset: string])[] =>
  Object.entries(body.nodes).flatMap(([id, node]) => [
    ...((node.kind === 'task' && node.produces) || []).map((name) => [id, name] as const),
    ...bodiesIn(node).flatMap(produced),
  ]);

export const producersOf = (specs: readonly DagSpec[], asset: string): Producer[] =>
  specs.flatMap((spec) =>
    produced(spec)
      .filter(([, name]) => name === asset)
      .map(([task]) => ({ dag: spec.id, task })),
  );

/** Names of the assets that a DAG waits for, each once. */
export const consumed = ({ schedule }: DagSpec): string[] =>
  schedule?.kind === 'assets' ? [...new Set(assetsOf(schedule.when).map(({ asset }) => asset))] : [];

export const consumersOf = (specs: readonly DagSpec[], asset: string): DagSpec[] => specs.filter((spec) => consumed(spec).includes(asset));

/** Every asset that some DAG produces or waits for, in order. */
export const assetNames = (specs: readonly DagSpec[]): string[] =>
  [...new Set(specs.flatMap((spec) => [...produced(spec).map(([, name]) => name), ...consumed(spec)]))].sort();

/**
 * DAGs that can start each other for ever: each produces what the next one waits for. Meant or not: a task that is skipped ends it.
 *
 * @returns ids in the order in which they start each other, the last one the first; no DAG is in two loops
 */
export const assetLoops = (specs: readonly DagSpec[]): string[][] => {
  const started = new Map(
    specs.map((spec) => [spec.id, [...new Set(produced(spec).flatMap(([, name]) => consumersOf(specs, name).map(({ id }) => id)))]]),
  );
  const wayBack = (from: string): string[] | undefined => {
    const cameFrom = new Map<string, string>();
    const open = [from];
    for (let at = open.shift(); at !== undefined; at = open.shift())
      for (const next of started.get(at) ?? []) {
        if (next === from) {
          const way = [at];
          while (way[0] !== from) way.unshift(cameFrom.get(way[0]!)!);
          return way;
        }
        if (cameFrom.has(next)) continue;
        cameFrom.set(next, at);
        open.push(next);
      }
    return undefined;
  };
  const loops: string[][] = [];
  for (const { id } of specs) {
    const way = loops.some((loop) => loop.includes(id)) ? undefined : wayBack(id);
    if (way) loops.push(way);
  }
  return loops;
};

const quoted = (text: string): string => `"${text.replaceAll('"', '#quot;')}"`;

/** The lineage of DAGs and assets as a Mermaid flowchart. Assets are round, DAGs square, conditions of conditions rhombs. */
export const assetGraph = (specs: readonly DagSpec[]): string => {
  const names = assetNames(specs);
  const involved = specs.filter((spec) => produced(spec).length > 0 || consumed(spec).length > 0);
  const dagNode = (id: string): string => `d${involved.findIndex((spec) => spec.id === id)}`;
  const assetNode = (name: string): string => `a${names.indexOf(name)}`;
  const lines = [
    'flowchart LR',
    ...names.map((name) => `  ${assetNode(name)}([${quoted(name)}])`),
    ...involved.map(({ id }) => `  ${dagNode(id)}[${quoted(id)}]`),
  ];
  let rhombs = 0;
  const join = (when: AssetCondition, into: string): void => {
    if ('asset' in when) {
      const { asset, partition } = when;
      lines.push(`  ${assetNode(asset)} -->${partition === undefined ? '' : `|${quoted(`by ${partition}`)}|`} ${into}`);
      return;
    }
    const [parts, word] = 'all' in when ? [when.all, 'all of'] : [when.any, 'any of'];
    if (parts.length === 1) return join(parts[0]!, into);
    const rhomb = `c${rhombs++}`;
    lines.push(`  ${rhomb}{${quoted(word)}} --> ${into}`);
    for (const part of parts) join(part, rhomb);
  };
  for (const spec of involved) {
    for (const [task, name] of produced(spec)) lines.push(`  ${dagNode(spec.id)} -->|${quoted(task)}| ${assetNode(name)}`);
    if (spec.schedule?.kind === 'assets') join(spec.schedule.when, dagNode(spec.id));
  }
  return `${lines.join('\n')}\n`;
};
