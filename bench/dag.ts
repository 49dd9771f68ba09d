/** The interpreter beside hand-written workflow code: same server, same worker, same bundle, taking turns. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import pino from 'pino';
import { ulid } from 'ulid';
import { resolveRun } from '../core/dag/index.js';
import { manualRunId, TASK_QUEUES } from '../core/names.js';
import { openObjectStore } from '../platform/object-store/index.js';
import { DYNAMIC_CONFIG } from '../platform/temporal/settings.js';
import { findTemporal } from '../scripts/setup/tools.mjs';
import { taskActivity } from '../workers/run-task.js';
import type { OrchestrationActivities } from '../workflows/activities.js';
import { chain, CHAIN, fan, FAN, noop } from './dag/dags.js';
import type { BenchOptions, BenchResult, BenchRow } from './main.js';

const BAR = 1.1;
const WARM_UP = 3;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const dynamicConfig = Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]);

const CASES = [
  { name: `chain of ${CHAIN}`, ours: chain, peer: 'chainByHand', size: CHAIN },
  { name: `fan-out 1→${FAN}→1`, ours: fan, peer: 'fanByHand', size: FAN },
] as const;

const onServer = async (label: string, extraArgs: string[], options: BenchOptions): Promise<BenchRow[]> => {
  const cli = await findTemporal();
  if (cli === undefined) throw new Error('no Temporal CLI: run `node scripts/setup.mjs --for dev`');
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: cli },
      ip: '127.0.0.1',
      log: { format: 'pretty', level: 'error' },
      extraArgs: [...dynamicConfig, ...extraArgs],
    },
  });
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-bench-'));
  try {
    const objects = openObjectStore({ kind: 'folder', path: join(folder, 'objects') });
    const dags = new Map([chain, fan].map((dag) => [dag.id, dag]));
    const orchestration: OrchestrationActivities = {
      resolveDag: (id, params) => resolveRun(dags.get(id)!, params),
      recordRun: async (state) => void (await objects.put(`runs/${state.runId}.json`, JSON.stringify(state))),
    };
    const refuse = (): never => {
      throw new Error('a no-op asks for nothing');
    };
    const tasks = {
      noop: taskActivity(noop, {
        objects,
        models: { trigger: refuse, acquire: refuse },
        platform: undefined,
        logger: pino({ level: 'silent' }),
        connection: refuse,
      }),
      plainNoop: () => Promise.resolve(null),
    };
    const { nativeConnection: connection, namespace, client } = environment;
    const workers = await Promise.all([
      Worker.create({
        connection,
        ...(namespace === undefined ? {} : { namespace }),
        taskQueue: TASK_QUEUES.orchestration,
        workflowsPath: fileURLToPath(new URL('./dag/workflows.ts', import.meta.url)),
        activities: orchestration,
      }),
      Worker.create({
        connection,
        ...(namespace === undefined ? {} : { namespace }),
        taskQueue: TASK_QUEUES.data,
        activities: tasks,
        maxConcurrentActivityTaskExecutions: 200,
      }),
    ]);
    const time = async (workflowType: string, args: unknown[]): Promise<number> => {
      const start = performance.now();
      await client.workflow.execute(workflowType, {
        taskQueue: TASK_QUEUES.orchestration,
        workflowId: manualRunId(workflowType, ulid()),
        args,
      });
      return performance.now() - start;
    };
    const measure = async (): Promise<BenchRow[]> => {
      const rows: BenchRow[] = [];
      for (const { name, ours, peer, size } of CASES) {
        const pairs: [ours: number, peer: number][] = [];
        const repetitions = options.repetitions ?? 15;
        for (let i = -WARM_UP; i < repetitions; i++) {
          // who goes first alternates: the second one finds a warmer machine
          const measured: [number, number] = [0, 0];
          const turns = i % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
          for (const who of turns) measured[who] = who === 0 ? await time(ours.id, [{}]) : await time(peer, [size]);
          if (i >= 0) pairs.push(measured);
        }
        const ratio = median(pairs.map(([our, their]) => our / their));
        const row = {
          case: `${name}, ${label}`,
          ours: median(pairs.map(([our]) => our)),
          peer: median(pairs.map(([, their]) => their)),
          ratio,
          bar: BAR,
          holds: ratio <= BAR,
        };
        options.say(`${row.case}: ${row.ours.toFixed(0)} ms against ${row.peer.toFixed(0)} ms (${(row.ours / size).toFixed(1)} ms a task)`);
        rows.push(row);
      }
      return rows;
    };
    return await workers[0].runUntil(workers[1].runUntil(measure()));
  } finally {
    await environment.teardown();
    await rm(folder, { recursive: true, force: true });
  }
};

export const run = async (options: BenchOptions): Promise<BenchResult> => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-bench-db-'));
  try {
    return {
      name: 'dag',
      rows: [
        ...(await onServer('server in memory', [], options)),
        ...(await onServer('server with its file', ['--db-filename', join(folder, 'temporal.db')], options)),
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
