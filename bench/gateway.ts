/**
 * The gateway, with validation, versions, prediction log and metrics on, beside the smallest server of the same model: one row
 * per request over loopback. Both run all the time and are asked in turns.
 */
import autocannon, { type Result } from 'autocannon';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openObjectStore } from '../platform/object-store/index.js';
import { fixture, serveModel } from '../test/support/served-model.js';
import { startOurs, startPeer } from './gateway/servers.js';
import type { BenchOptions, BenchResult, BenchRow } from './main.js';

const MODEL = 'prices';
const SECONDS = 4;

interface Load {
  readonly msPerRequest: number;
  readonly p50: number;
  readonly p99: number;
}

const row = { price: 0.4, demand: 0.5, weekday: 'Mon' };
const body = JSON.stringify({
  inputs: Object.entries(row).map(([name, value]) => ({
    name,
    shape: [1],
    datatype: typeof value === 'string' ? 'BYTES' : 'FP32',
    data: [value],
  })),
});

/** Every response's own time, in ms. @throws Error if a single request is not answered: a fast refusal is no answer */
const load = async (url: string, connections: number, seconds: number): Promise<Load> => {
  const latencies: number[] = [];
  const options = { url, method: 'POST', headers: { 'content-type': 'application/json' }, body, connections, duration: seconds } as const;
  const result = await new Promise<Result>((resolve, reject) => {
    autocannon(options, (error: Error | null, finished) => (error ? reject(error) : resolve(finished))).on(
      'response',
      (_client, _status, _bytes, ms) => latencies.push(ms),
    );
  });
  if (result.non2xx + result.errors > 0) throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`);
  latencies.sort((a, b) => a - b);
  const quantile = (q: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))]!;
  return { msPerRequest: 1000 / result.requests.average, p50: quantile(0.5), p99: quantile(0.99) };
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;

const rowOf = (name: string, pairs: readonly (readonly [Load, Load])[], measure: (load: Load) => number, bar: number): BenchRow => {
  const ratio = median(pairs.map(([ours, peer]) => measure(ours) / measure(peer)));
  const of = (side: 0 | 1): number => median(pairs.map((pair) => measure(pair[side])));
  return { case: name, ours: of(0), peer: of(1), ratio, bar, holds: ratio <= bar };
};

/** What the log, the checks and the metrics may cost of a server that does nothing but answer. */
const BAR = 1.2;

export const run = async ({ repetitions = 5, ...options }: BenchOptions): Promise<BenchResult> => {
  const project = mkdtempSync(join(tmpdir(), 'rekindle-bench-'));
  const objects = openObjectStore({ kind: 'folder', path: join(project, '.rekindle', 'objects') });
  await serveModel(objects, { model: MODEL, version: 'v1', fixture: 'trees' });
  const ours = await startOurs(project, MODEL);
  const peer = await startPeer(fixture('trees').path, MODEL);
  const pairs = new Map<number, [Load, Load][]>([1, 16].map((connections) => [connections, []]));
  try {
    for (const { url } of [ours, peer]) await load(url, 4, 2);
    for (let repetition = 1; repetition <= repetitions; repetition += 1) {
      for (const [connections, measured] of pairs) {
        const pair: [Load, Load] = [await load(ours.url, connections, SECONDS), await load(peer.url, connections, SECONDS)];
        measured.push(pair);
        const [a, b] = pair.map(({ msPerRequest }) => Math.round(1000 / msPerRequest));
        options.say(`${repetition}/${repetitions}, ${connections} connections: ours ${a} requests/s, peer ${b}`);
      }
    }
  } finally {
    await Promise.all([ours.stop(), peer.stop()]);
    rmSync(project, { recursive: true, force: true });
  }
  const one = pairs.get(1)!;
  const sixteen = pairs.get(16)!;
  return {
    name: 'gateway',
    rows: [
      rowOf('1 connection, p50 ms', one, ({ p50 }) => p50, BAR),
      rowOf('16 connections, ms per request', sixteen, ({ msPerRequest }) => msPerRequest, BAR),
      rowOf('16 connections, p99 ms', sixteen, ({ p99 }) => p99, BAR),
    ],
  };
};
