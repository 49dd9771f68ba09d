import { join } from 'node:path';
import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { RekindleError } from '../core/errors.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { frameOfRows } from '../core/lifecycle/rows.js';
import type { GoldenRows } from '../core/lifecycle/version.js';
import { TASK_QUEUES } from '../core/names.js';
import type { LoadedModel } from '../platform/serving/serving.js';
import { alive, HEARTBEAT } from './alive.js';
import type { ActivityContext } from './context.js';
import { TrainedVersion } from './train.js';

/** Largest difference between the trainer's answer and the serving runtime's: float32 sums come to about 1e-7. */
const PARITY = 1e-5;

export const StageReport = z.object({
  version: z.string(),
  loadMs: z.number(),
  parity: z.object({ rows: z.number().int(), largestDifference: z.number() }),
  /** of one row alone, in the serving runtime */
  latencyP99Ms: z.number(),
});
export type StageReport = z.infer<typeof StageReport>;

/** @throws PARITY_FAILED naming the worst row */
const checkParity = async (version: string, loaded: LoadedModel, { rows, probabilities }: GoldenRows): Promise<StageReport['parity']> => {
  if (rows.length === 0 || rows.length !== probabilities.length)
    throw new RekindleError(
      'PARITY_FAILED',
      `Version ${version} has ${rows.length} golden rows and ${probabilities.length} answers to them: nothing can be compared.`,
      { version },
    );
  const answers = await loaded.predict(frameOfRows(loaded.signature.features, rows));
  const differences = probabilities.map((expected, row) => Math.abs(answers[row]! - expected));
  const worst = differences.reduce((at, difference, row) => (difference <= differences[at]! ? at : row), 0);
  const largestDifference = differences[worst]!;
  if (largestDifference <= PARITY) return { rows: rows.length, largestDifference };
  throw new RekindleError(
    'PARITY_FAILED',
    `Version ${version}, golden row ${worst}: the trainer says ${probabilities[worst]}, the serving runtime ${answers[worst]}.`,
    { version, row: worst, values: rows[worst], expected: probabilities[worst], answer: answers[worst], allowed: PARITY },
  );
};

const WARM_UP = 20;
const ROUNDS = 5;
const PREDICTIONS = 200;

/**
 * The 99th percentile of a few hundred single predictions. The best of some rounds: what else the machine does can only add to it.
 */
const measureLatency = async (loaded: LoadedModel, { rows }: GoldenRows): Promise<number> => {
  const singles = rows.map((row) => frameOfRows(loaded.signature.features, [row]));
  const single = async (index: number): Promise<number> => {
    const started = performance.now();
    await loaded.predict(singles[index % singles.length]!);
    return performance.now() - started;
  };
  for (let index = 0; index < WARM_UP; index += 1) await single(index);
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const times: number[] = [];
    for (let index = 0; index < PREDICTIONS; index += 1) times.push(await single(index));
    times.sort((a, b) => a - b);
    best = Math.min(best, times[Math.ceil(0.99 * times.length) - 1]!);
  }
  return best;
};

export const stage = task({
  id: 'stage',
  doc: "loads the challenger in the serving runtime and checks it against the trainer's own answers",
  queue: TASK_QUEUES.data,
  timeout: '10 minutes', // a download and a thousand predictions
  heartbeat: HEARTBEAT,
  retries: 3,
  input: z.object({ model: ResolvedModel, challenger: TrainedVersion }),
  output: StageReport,
  async run({ model: { name }, challenger: { version } }, ctx: ActivityContext) {
    return ctx.scratch((folder) =>
      alive(ctx, async () => {
        const path = join(folder, 'model.onnx');
        const [signature, golden] = await Promise.all([
          ctx.registry.signature(name, version),
          ctx.registry.golden(name, version),
          ctx.registry.downloadModel(name, version, path),
        ]);
        const started = performance.now();
        const loaded = await ctx.serving.load(path, signature);
        const loadMs = performance.now() - started;
        try {
          const parity = await checkParity(version, loaded, golden);
          const latencyP99Ms = await measureLatency(loaded, golden);
          ctx.log.info(`version ${version} answers as its trainer does`, { ...parity, latencyP99Ms });
          return { version, loadMs, parity, latencyP99Ms };
        } finally {
          await loaded.release();
        }
      }),
    );
  },
});
