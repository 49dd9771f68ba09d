/** Serving by onnxruntime-node: one session per loaded model, one thread, concurrent calls share an inference. */
import { existsSync } from 'node:fs';
import type * as Runtime from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { RekindleError } from '../../core/errors.js';
import type { Frame } from '../../core/frame.js';
import type { Signature } from '../../core/lifecycle/signature.js';
import { checkModel } from './check-model.js';
import { checkFrame, feedsOf, type Slice } from './feeds.js';
import type { LoadedModel, Serving } from './serving.js';

/** Rows of one call of the runtime: it blocks the event loop, 4,096 rows of boosted trees for about 2 ms. */
const MAX_ROWS = 4096;

/**
 * One thread: the models are small and the process has other work. A gateway per core scales better than a pool per gateway,
 * and sums are then always made in the same order, so the same row gets the same answer alone and in a batch.
 */
const SESSION: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };

const importRuntime = async (): Promise<typeof Runtime> => {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new RekindleError('TOOL_MISSING', 'The package onnxruntime-node is not installed or not built for this machine.', {}, { cause });
  }
};

const firstLine = (cause: unknown): string =>
  String(cause instanceof Error ? cause.message : cause)
    .split('\n', 1)[0]!
    .slice(0, 300);

const createSession = async (runtime: typeof Runtime, path: string): Promise<InferenceSession> => {
  if (!existsSync(path)) throw new RekindleError('MODEL_UNLOADABLE', `There is no file ${path}.`, { path });
  try {
    return await runtime.InferenceSession.create(path, SESSION);
  } catch (cause) {
    throw new RekindleError('MODEL_UNLOADABLE', `${path}: ${firstLine(cause)}.`, { path }, { cause });
  }
};

/** `scores` fills up as its bites of rows come back; it is whole when the last one does. */
interface Job {
  readonly frame: Frame;
  readonly scores: Float64Array;
  /** rows already handed to the runtime */
  taken: number;
  readonly resolve: (scores: Float64Array) => void;
  readonly reject: (cause: unknown) => void;
}

/** Takes up to MAX_ROWS rows from the front of the queue; a large job is taken in several bites. */
const takeBatch = (queue: Job[]): (Slice & { readonly job: Job })[] => {
  const batch: (Slice & { readonly job: Job })[] = [];
  for (let room = MAX_ROWS; room > 0 && queue.length > 0;) {
    const job = queue[0]!;
    const rows = Math.min(room, job.frame.rows - job.taken);
    batch.push({ job, frame: job.frame, from: job.taken, rows });
    job.taken += rows;
    room -= rows;
    if (job.taken === job.frame.rows) queue.shift();
  }
  return batch;
};

class OnnxModel implements LoadedModel {
  readonly signature: Signature;
  private readonly runtime: typeof Runtime;
  private readonly session: InferenceSession;
  /** column of `probabilities` that holds the positive class */
  private readonly positive: number;
  private readonly queue: Job[] = [];
  private running: Promise<void> | undefined;
  private released = false;

  constructor(runtime: typeof Runtime, session: InferenceSession, signature: Signature) {
    this.runtime = runtime;
    this.session = session;
    this.signature = signature;
    this.positive = signature.classes.indexOf(signature.positive);
  }

  async predict(frame: Frame): Promise<Float64Array> {
    if (this.released) throw new RekindleError('MODEL_NOT_READY', 'This version has been released.');
    checkFrame(this.signature.features, frame);
    if (frame.rows === 0) return new Float64Array(0);
    return new Promise((resolve, reject) => {
      this.queue.push({ frame, scores: new Float64Array(frame.rows), taken: 0, resolve, reject });
      this.running ??= this.drain();
    });
  }

  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    await this.running;
    await this.session.release();
  }

  /** Calls that arrive while the runtime works wait together and share the next inference. */
  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = takeBatch(this.queue);
      try {
        await this.infer(batch);
        for (const { job } of batch) if (job.taken === job.frame.rows) job.resolve(job.scores);
      } catch (cause) {
        for (const { job } of batch) job.reject(cause);
        if (this.queue[0] && this.queue[0].taken > 0) this.queue.shift();
      }
    }
    this.running = undefined;
  }

  private async infer(batch: readonly (Slice & { readonly job: Job })[]): Promise<void> {
    const feeds = feedsOf(this.runtime, this.signature.features, batch);
    const { probabilities } = (await this.session.run(feeds, ['probabilities'])) as { probabilities: Tensor };
    const values = probabilities.data as Float32Array;
    const classes = this.signature.classes.length;
    let at = this.positive;
    for (const { job, from, rows } of batch) {
      for (let row = from; row < from + rows; row += 1, at += classes) job.scores[row] = values[at]!;
    }
  }
}

export const createServing = (): Serving => ({
  load: async (path, signature) => {
    const runtime = await importRuntime();
    const session = await createSession(runtime, path);
    try {
      checkModel(session, signature, path);
    } catch (mismatch) {
      await session.release();
      throw mismatch;
    }
    return new OnnxModel(runtime, session, signature);
  },
});
