import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { RekindleError } from '../core/errors.js';
import { DatasetRef } from '../core/lifecycle/dataset.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { Signature } from '../core/lifecycle/signature.js';
import { GoldenRows, Importance, type VersionManifest } from '../core/lifecycle/version.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import { Profile } from '../core/profile/profile.js';
import { alive } from './alive.js';
import type { ActivityContext } from './context.js';
import { fetchTable, sha256OfFile } from './stored-tables.js';
import { fileName, hyperparametersOf, versionName } from './version-name.js';

export const TrainedVersion = z.object({
  version: z.string(),
  /** event time at which its training rows end */
  trainedTo: z.iso.datetime(),
  /** false when the very same version was there already */
  trained: z.boolean(),
});
export type TrainedVersion = z.infer<typeof TrainedVersion>;

/** @throws TRAINER_FAILED if a file of the model folder is not what the contract says */
const readPart = async <T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T> => {
  const text = await readFile(join(folder, name), 'utf8');
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : (cause as Error).message;
    throw new RekindleError('TRAINER_FAILED', `The trainer's ${name} cannot be read: ${why}.`, { file: name }, { cause });
  }
};

/** A part that a trainer may leave out. */
const readOptionalPart = async <T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T | undefined> =>
  existsSync(join(folder, name)) ? readPart(folder, name, schema) : undefined;

const describe = (features: Signature['features']): string => features.map(({ name, type }) => `${name}: ${type}`).join(', ');

/** @throws SIGNATURE_MISMATCH if the trained model is not the one that the spec declares */
const checkSignature = (signature: Signature, { data, problem }: ResolvedModel['spec']): void => {
  const declared = Object.entries(data.features).map(([name, type]) => ({ name, type }));
  const mismatch = (message: string): never => {
    throw new RekindleError('SIGNATURE_MISMATCH', `The trainer's signature.json: ${message}.`, { declared, trained: signature.features });
  };
  const byName = (features: Signature['features']): string => describe([...features].sort((a, b) => (a.name < b.name ? -1 : 1)));
  if (byName(signature.features) !== byName(declared))
    mismatch(`the model takes ${describe(signature.features)}; declared are ${describe(declared)}`);
  if (signature.target !== problem.target) mismatch(`the target is '${signature.target}'; declared is '${problem.target}'`);
  if (signature.positive !== problem.positive) mismatch(`the positive class is '${signature.positive}'; declared is '${problem.positive}'`);
  if (signature.classes.length !== 2 || !signature.classes.includes(problem.positive))
    mismatch(`the classes are ${signature.classes.join(', ')}; a binary model has two, '${problem.positive}' among them`);
};

const trainVersion = async (
  manifest: Omit<VersionManifest, 'modelSha256' | 'createdAt'>,
  { model: { spec }, training }: { model: ResolvedModel; training: DatasetRef },
  folder: string,
  ctx: ActivityContext,
): Promise<VersionManifest> => {
  const { seed } = spec.trainer;
  const job = fileName(ctx.key);
  const rows = await alive(ctx, () => fetchTable(ctx.objects, training.sha256, folder));
  const { modelFolder, logFile, seconds, reattached } = await ctx.trainer.run(
    { id: job, spec: spec.trainer, parameters: { ...manifest.hyperparameters, seed: String(seed) }, channels: { training: rows } },
    { log: ctx.log, signal: ctx.signal, heartbeat: (detail) => ctx.heartbeat(detail) },
  );
  ctx.log.info(`training job ${job} ended well`, { seconds, reattached });
  return alive(ctx, async () => {
    const signature = await readPart(modelFolder, 'signature.json', Signature);
    checkSignature(signature, spec);
    const model = join(modelFolder, 'model.onnx');
    const profile = await ctx.objects.get(keys.dataset(training.sha256).profile);
    const stored = await ctx.registry.addVersion(
      { ...manifest, modelSha256: await sha256OfFile(model), createdAt: new Date().toISOString() },
      {
        model,
        trainingLog: logFile,
        signature,
        golden: await readPart(modelFolder, 'golden.json', GoldenRows),
        importance: await readOptionalPart(modelFolder, 'importance.json', Importance),
        reference: Profile.parse(JSON.parse(Buffer.from(profile.body).toString('utf8'))),
      },
    );
    await ctx.trainer.discard(job);
    return stored;
  });
};

export const train = task({
  id: 'train',
  doc: 'trains a challenger, unless the very same version exists',
  queue: TASK_QUEUES.training,
  timeout: '24 hours', // the trainer's own limit ends the job much earlier; this one is for what no limit foresaw
  heartbeat: '20 seconds', // a killed worker is noticed soon; its job goes on meanwhile and is found by the next try
  retries: 5, // each one re-attaches, or starts a lost job anew
  input: z.object({ model: ResolvedModel, training: DatasetRef }),
  output: TrainedVersion,
  async run(given, ctx: ActivityContext) {
    const { model, training } = given;
    const { image, runner, seed } = model.spec.trainer;
    const codeHash = await ctx.trainer.codeHash(model.spec.trainer);
    const hyperparameters = hyperparametersOf(model);
    const version = versionName({ dataset: training.sha256, codeHash, hyperparameters, seed });
    if (await ctx.registry.findVersion(model.name, version)) {
      ctx.log.info(`version ${version} was trained before on the same rows by the same code`);
      return { version, trainedTo: training.to, trained: false };
    }
    const manifest = {
      model: model.name,
      version,
      asOf: model.asOf,
      trainedFrom: training.from,
      trainedTo: training.to,
      trainingRows: training.rows,
      dataset: training.sha256,
      trainer: { runner, image, codeHash },
      hyperparameters,
      seed,
      specHash: model.specHash,
      runId: ctx.run.id,
    };
    await ctx.scratch((folder) => trainVersion(manifest, given, folder, ctx));
    ctx.log.info(`trained version ${version} on ${training.rows} rows until ${training.to}`);
    return { version, trainedTo: training.to, trained: true };
  },
});
