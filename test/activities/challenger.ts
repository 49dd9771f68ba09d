/** A challenger for the tests of train, stage, compare and deploy: the fixture models as if a trainer had left them. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeTable } from '../../activities/stored-tables.js';
import type { DatasetRef } from '../../core/lifecycle/dataset.js';
import { defineModel, parquet, processTrainer, type ModelSpec, type ModelSpecInput } from '../../core/lifecycle/model-spec.js';
import type { ResolvedModel } from '../../core/lifecycle/resolved-model.js';
import { keys } from '../../core/names.js';
import type { Trainer, TrainingJob } from '../../platform/trainers/trainer.js';
import { tempFolder } from '../support/fixtures.js';
import { fixture, type FixtureName } from '../support/served-model.js';
import type { TestWorker } from '../support/activities.js';

/** The model that the fixtures were made for. */
export const specOf = (over: Partial<ModelSpecInput> = {}): ModelSpec =>
  defineModel({
    name: 'market',
    problem: { kind: 'binary', target: 'direction', positive: 'UP' },
    data: {
      source: parquet('unused.parquet'),
      time: 'time',
      features: { price: 'number', demand: 'number', weekday: 'category' },
      window: { training: '4 weeks', holdout: '1 week' },
    },
    trainer: processTrainer('fixture', { depth: 3 }, { seed: 7 }),
    monitor: { every: '1 week' },
    ...over,
  }).spec;

export const resolved = (over: Partial<ResolvedModel> = {}): ResolvedModel => ({
  name: 'market',
  spec: specOf(),
  specHash: 'hash of the spec',
  asOf: '1997-05-27T00:00:00.000Z',
  until: '1997-05-26T00:00:00.000Z',
  champion: null,
  ...over,
});

/**
 * 600 rows whose truth is the one that the `logistic` fixture was fitted to, so it must win over `trees` there.
 *
 * @param content other bytes make another data set
 */
export const holdoutOf = async ({ ctx, objects }: TestWorker): Promise<DatasetRef> => {
  const path = join(tempFolder(), 'holdout.parquet');
  const uniform = (salt: number): string => `(hash(i * 7919 + ${salt}) % 1000003) / 1000003.0`;
  await ctx.tables.query(
    `COPY (
       SELECT price, demand, weekday, time,
              CASE WHEN 3 * (demand - price) + (CASE weekday WHEN 'Sun' THEN -1 ELSE 0.4 END) + 3.4 * (noise - 0.5) > 0 THEN 'UP' ELSE 'DOWN' END AS direction
       FROM (SELECT ${uniform(1)} AS price, ${uniform(2)} AS demand, ${uniform(3)} AS noise,
                    ['Mon', 'Tue', 'Sun'][1 + (hash(i) % 3)::INT] AS weekday, TIMESTAMP '1997-05-19' + i * INTERVAL '15 minutes' AS time
             FROM range(600) AS numbers(i))
       ORDER BY time
     ) TO '${path}' (FORMAT parquet)`,
  );
  return datasetOf(await storeTable(objects, path), 600);
};

export const datasetOf = (sha256: string, rows: number): DatasetRef => ({
  sha256,
  rows,
  from: '1997-04-21T00:00:00.000Z',
  to: '1997-05-19T00:00:00.000Z',
  columns: [],
});

/** Training rows that nobody reads, with the profile that load stores beside them. */
export const trainingOf = async ({ objects }: TestWorker, content = 'rows'): Promise<DatasetRef> => {
  const path = join(tempFolder(), 'data.parquet');
  writeFileSync(path, content);
  const sha256 = await storeTable(objects, path);
  const profile = { schema: 'rekindle/profile/1', rows: 4, from: null, to: null, columns: {}, chunkEffects: {} };
  await objects.put(keys.dataset(sha256).profile, JSON.stringify(profile));
  return datasetOf(sha256, 4);
};

export interface RecordingTrainer extends Trainer {
  readonly jobs: TrainingJob[];
  readonly discarded: string[];
}

/** Leaves a fixture's files, or what `edit` makes of them. */
export const fixtureTrainer = (
  name: FixtureName = 'logistic',
  edit: (files: Record<string, unknown>) => void = () => {},
): RecordingTrainer => {
  const jobs: TrainingJob[] = [];
  const discarded: string[] = [];
  return {
    jobs,
    discarded,
    codeHash: async ({ image }) => `code of ${image}`,
    run: async (job) => {
      jobs.push(job);
      const { path, signature, golden } = fixture(name);
      const modelFolder = join(tempFolder(), 'model');
      mkdirSync(modelFolder);
      copyFileSync(path, join(modelFolder, 'model.onnx'));
      const files: Record<string, unknown> = structuredClone({ 'signature.json': signature, 'golden.json': golden });
      edit(files);
      for (const [file, content] of Object.entries(files)) writeFileSync(join(modelFolder, file), JSON.stringify(content));
      const logFile = join(modelFolder, 'log');
      writeFileSync(logFile, 'fitted\n');
      return { modelFolder, logFile, seconds: 1, reattached: false };
    },
    discard: async (id) => void discarded.push(id),
  };
};
