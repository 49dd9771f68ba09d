/** Assets for people. */
import type { AssetOverview, AssetsStatus, Emitted } from '../../../client/assets.js';
import type { AssetEvent } from '../../../core/dag/run-input.js';
import { table } from '../output.js';

const orDash = (texts: readonly string[]): string => texts.join(', ') || '-';

export const listTable = (assets: readonly AssetOverview[]): string =>
  assets.length === 0
    ? 'No published DAG produces an asset or waits for one.'
    : table(
        ['ASSET', 'PRODUCED BY', 'CONSUMED BY', 'LAST EVENT', 'OF'],
        assets.map(({ asset, producers, consumers, lastEvent }) => [
          asset,
          orDash(producers.map(({ dag, task }) => `${dag}.${task}`)),
          orDash(consumers),
          lastEvent?.at ?? '-',
          lastEvent?.partition ?? '-',
        ]),
      );

/** One line for each partition that waits, or one line for all. */
const waitingLines = (dag: string, status: AssetsStatus | null): string[] => {
  if (!status) return [`  ${dag}: not known; has it been synced?`];
  const paused = status.paused ? ` (paused since ${status.paused.at}: ${status.paused.reason})` : '';
  if (status.waiting.length === 0) return [`  ${dag}: nothing has come yet${paused}`];
  return status.waiting.map(({ partition, have, waitsFor }) => {
    const came = Object.entries(have).map(([asset, n]) => `${n} × ${asset}`);
    const place = partition === undefined ? dag : `${dag} ${partition}`;
    const missing = waitsFor === '' ? 'complete' : `waits for ${waitsFor}`;
    return `  ${place}: ${missing}${came.length > 0 ? `; has ${came.join(', ')}` : ''}${paused}`;
  });
};

export const showText = (
  { asset, producers, consumers }: AssetOverview,
  waiting: readonly { readonly dag: string; readonly pending: AssetsStatus | null }[],
  events: readonly AssetEvent[],
): string =>
  [
    asset,
    `  produced by  ${orDash(producers.map(({ dag, task }) => `${dag}.${task}`))}`,
    `  consumed by  ${orDash(consumers)}`,
    ...(waiting.length === 0 ? [] : ['', 'Waiting', ...waiting.flatMap(({ dag, pending }) => waitingLines(dag, pending))]),
    '',
    events.length === 0
      ? 'It never had an event.'
      : table(
          ['AT', 'PARTITION', 'SOURCE', 'EXTRA'],
          events.map(({ at, partition, source, extra }) => [
            at,
            partition ?? '-',
            source,
            extra === undefined ? '-' : JSON.stringify(extra),
          ]),
        ),
  ].join('\n');

export const emittedText = ({ event, consumers }: Emitted): string =>
  consumers.length === 0 ? `${event.asset} is new; no DAG waits for it.` : `${event.asset} is new; told: ${consumers.join(', ')}.`;
