/** `rekindle assets …`: who makes what, who waits for it, and how to say from outside that it is new. */
import { InvalidArgumentError, type Command } from 'commander';
import * as assets from '../../../client/assets.js';
import { assetGraph, assetLoops } from '../../../core/dag/asset-graph.js';
import { eventTimeMs } from '../../../core/event-time.js';
import type { Json } from '../../../core/json.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { emittedText, listTable, showText } from './assets-text.js';

const json = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

const time = (text: string): string => {
  try {
    eventTimeMs(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

const count = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number over 0.');
  return number;
};

const list = async (session: Session): Promise<void> => {
  const found = await assets.listAssets(session.objects());
  session.print(found, () => listTable(found));
};

/** What is stored does not depend on Temporal: without it, only what the consumers wait for is missing. */
const pendingOf = async (session: Session, dag: string): Promise<assets.AssetsStatus | null> => {
  try {
    return (await assets.pendingAssets(await session.client(), dag)) ?? null;
  } catch (error) {
    session.say(`DAG '${dag}' cannot be asked what it waits for: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
};

const show = async (session: Session, name: string, { events: limit }: { readonly events: number }): Promise<void> => {
  const overview = await assets.showAsset(session.objects(), name);
  const events = await assets.assetEvents(session.objects(), name, limit);
  const waiting: { dag: string; pending: assets.AssetsStatus | null }[] = [];
  for (const dag of overview.consumers) waiting.push({ dag, pending: await pendingOf(session, dag) });
  session.print({ ...overview, waiting, events }, () => showText(overview, waiting, events));
};

interface EmitOptions {
  readonly partition?: string;
  readonly extra?: Json;
  readonly source?: string;
  readonly id?: string;
}

const emit = async (session: Session, name: string, { partition, extra, source, id }: EmitOptions): Promise<void> => {
  const done = await assets.emitAsset(await session.client(), session.objects(), {
    asset: name,
    ...(partition === undefined ? {} : { partition }),
    ...(extra === undefined ? {} : { extra }),
    ...(source === undefined ? {} : { source }),
    ...(id === undefined ? {} : { id }),
  });
  session.print(done, () => emittedText(done));
};

const graph = async (session: Session): Promise<void> => {
  const specs = await assets.createSpecReader(session.objects())();
  const mermaid = assetGraph(specs);
  const loops = assetLoops(specs);
  for (const [first, ...others] of loops) session.say(`DAG '${first}' can start itself, by way of ${[...others, first].join(', ')}.`);
  session.print({ mermaid, loops }, mermaid.trimEnd());
};

const pause = async (session: Session, dag: string, { reason }: { readonly reason?: string }): Promise<void> => {
  await assets.pauseAssets(await session.client(), dag, reason);
  session.print({ dag, paused: true }, `Events for ${dag} are collected; none starts a run until \`rekindle assets unpause ${dag}\`.`);
};

const unpause = async (session: Session, dag: string): Promise<void> => {
  await assets.unpauseAssets(await session.client(), dag);
  session.print({ dag, paused: false }, `${dag} runs again when its assets are there.`);
};

const reset = async (session: Session, dag: string, { partition }: { readonly partition?: string }): Promise<void> => {
  await assets.resetAssets(await session.client(), dag, partition);
  session.print({ dag, reset: true }, `What waited for ${dag} is forgotten.`);
};

/** Adds the group `assets` to the program. */
export const registerAssets = (program: Command): void => {
  const group = program.command('assets').description('who makes which data and who waits for it');
  const command = (name: string, description: string): Command => withCommonOptions(group.command(name).description(description));

  command('list', 'every asset with its producers, its consumers and its last event').action(action(list));
  command('show <name>', 'one asset: its events, and what each consumer still waits for')
    .option('--events <n>', 'how many of the newest events', count, 20)
    .action(action(show));
  command('emit <name>', 'tell that an asset is new, as a task that produces it would')
    .option('--partition <time>', 'the part of it that is new (ISO 8601)', time)
    .option('--extra <json>', 'goes with the event', json)
    .option('--source <name>', 'who says so')
    .option('--id <id>', 'the same id counts once')
    .action(action(emit));
  command('graph', 'who makes what and who waits for it, as a Mermaid flowchart').action(action(graph));
  command('pause <dag>', 'collect events of a DAG without starting runs')
    .option('--reason <text>', 'kept with the pause')
    .action(action(pause));
  command('unpause <dag>', 'start what is complete, and go on').action(action(unpause));
  command('reset <dag>', 'forget the events that wait for a DAG')
    .option('--partition <time>', 'of one partition only', time)
    .action(action(reset));
};
