/** From checked rows to an answer that is in the journal: what every prediction route does. */
import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { Column } from '../../core/frame.js';
import type { PredictionLog } from './journal/prediction-log.js';
import type { ModelSlot } from './models/model-slot.js';
import type { ServedVersion } from './models/served-version.js';
import type { RowsRequest } from './requests/v2.js';

export interface Answer {
  /** ULID of the request; its rows are named by `predictionRowId` */
  readonly id: string;
  readonly version: ServedVersion;
  /** probability of the positive class */
  readonly scores: Float64Array;
  readonly labels: readonly string[];
}

export interface Arrival {
  /** wall clock, ms since the epoch */
  readonly at: number;
  /** `performance.now()` when the request began */
  readonly started: number;
}

export interface AnsweringDeps {
  readonly environment: string;
  readonly predictionLog: Pick<PredictionLog, 'append'>;
  readonly onAnswered: (slot: ModelSlot, version: ServedVersion, rows: number, latencyMs: number) => void;
}

export type Answering = (slot: ModelSlot, version: ServedVersion, request: RowsRequest, arrival: Arrival) => Promise<Answer>;

/** What a prediction needs to be the positive class; the quality measures cut at the same score. */
const THRESHOLD = 0.5;

/** JSON knows no NaN; a missing number is null in the log as it was in the request. */
const numbersJson = (values: ArrayLike<number>): string => {
  let json = '[';
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    json += `${i === 0 ? '' : ','}${Number.isFinite(value) ? value : 'null'}`;
  }
  return `${json}]`;
};

const columnJson = (column: Column): string =>
  column.type === 'number'
    ? numbersJson(column.values)
    : JSON.stringify(Array.from(column.codes, (code) => column.categories[code] ?? null));

const quoted = new WeakMap<ServedVersion, string>();

/** The part of a `PredictionRecord` that is the same for every request of a version. */
const recordHead = (environment: string, served: ServedVersion): string => {
  const known = quoted.get(served);
  if (known) return known;
  const { model, version, signature } = served;
  const head = JSON.stringify({ kind: 'prediction', model, environment, version, features: signature.features }).slice(0, -1);
  quoted.set(served, head);
  return head;
};

/** ulid asks for a random number per character; asking the system each time costs more than the rest of an answer. */
const pooledRandom = (): (() => number) => {
  const pool = new Uint8Array(4096);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    return pool[used++]! / 256;
  };
};

export const createAnswering = ({ environment, predictionLog, onAnswered }: AnsweringDeps): Answering => {
  const nextId = monotonicFactory(pooledRandom());
  return async (slot, version, { frame, times }, arrival) => {
    const scores = await version.loaded.predict(frame);
    const { positive, features } = version.signature;
    const labels = Array.from(scores, (score) => (score >= THRESHOLD ? positive : version.negative));
    const id = nextId(arrival.at);
    const latencyMs = Math.round((performance.now() - arrival.started) * 1000) / 1000;
    const columns = features.map(({ name }) => columnJson(frame.columns[name]!)).join(',');
    await predictionLog.append(
      `${recordHead(environment, version)},"id":"${id}","times":${JSON.stringify(times)},"received":${arrival.at},"latencyMs":${latencyMs}` +
        `,"scores":${numbersJson(scores)},"labels":${JSON.stringify(labels)},"columns":[${columns}]}`,
    );
    onAnswered(slot, version, frame.rows, performance.now() - arrival.started);
    return { id, version, scores, labels };
  };
};
