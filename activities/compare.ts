import { join } from 'node:path';
import { z } from 'zod';
import { task } from '../core/dag/task.js';
import type { CategoryColumn, Frame } from '../core/frame.js';
import { compareModels, type ModelComparison } from '../core/lifecycle/compare-models.js';
import { DatasetRef, datasetColumns } from '../core/lifecycle/dataset.js';
import { Comparison, type GateResult } from '../core/lifecycle/gates.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import type { Signature } from '../core/lifecycle/signature.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import { alive } from './alive.js';
import type { ActivityContext } from './context.js';
import { storeReferenceScores } from './reference-scores.js';
import { StageReport } from './stage.js';
import { fetchTable } from './stored-tables.js';
import { TrainedVersion } from './train.js';
import { fileName, fingerprint } from './version-name.js';

const labelsOf = (frame: Frame, { target, positive }: ResolvedModel['spec']['problem']): Uint8Array => {
  const { codes, categories } = frame.columns[target] as CategoryColumn;
  const positiveCode = categories.indexOf(positive);
  return Uint8Array.from(codes, (code) => Number(code === positiveCode));
};

/** Answers of one version in the serving runtime. */
const score = async (model: string, version: string, frame: Frame, folder: string, ctx: ActivityContext): Promise<Float64Array> => {
  const path = join(folder, `${version}.onnx`);
  await ctx.registry.downloadModel(model, version, path);
  const loaded = await ctx.serving.load(path, await ctx.registry.signature(model, version));
  try {
    return await loaded.predict(frame);
  } finally {
    await loaded.release();
  }
};

/** A condition that no number can outweigh. */
const refused = (gate: string, reason: string): GateResult => ({
  gate,
  verdict: 'fail',
  n: 0,
  champion: null,
  challenger: null,
  interval: null,
  threshold: null,
  pValue: null,
  reason,
});

/** What callers of the champion would notice: they send its features and read its positive class. */
const signatureGate = (champion: Signature, challenger: Signature): GateResult[] => {
  const before = new Map(champion.features.map(({ name, type }) => [name, type]));
  const after = new Map(challenger.features.map(({ name, type }) => [name, type]));
  const changes = [
    ...[...after].filter(([name]) => !before.has(name)).map(([name, type]) => `it asks for '${name}' (${type}), which callers do not send`),
    ...[...before].filter(([name]) => !after.has(name)).map(([name]) => `it no longer takes '${name}'`),
    ...[...after]
      .filter(([name, type]) => before.has(name) && before.get(name) !== type)
      .map(([name, type]) => `'${name}' is now a ${type}`),
    ...(champion.positive === challenger.positive ? [] : [`the positive class is now '${challenger.positive}'`]),
  ];
  if (changes.length === 0) return [];
  return [refused('signature', `The challenger breaks the champion's callers: ${changes.join('; ')}. Give such a model another name.`)];
};

/** Reasons to keep a version out that its scores say nothing of. */
const standingObjections = async ({ name, champion }: ResolvedModel, version: string, ctx: ActivityContext): Promise<GateResult[]> => {
  if (version === champion?.version) return [refused('novelty', `The challenger is version ${version}, which serves already.`)];
  const quarantined = await ctx.registry.isQuarantined(name, version);
  return quarantined ? [refused('quarantine', `Version ${version} was rolled back before and is quarantined.`)] : [];
};

const withObjections = (objections: readonly GateResult[], judged: ModelComparison): ModelComparison => {
  if (objections.length === 0) return judged;
  return {
    ...judged,
    outcome: 'keep',
    gates: [...objections, ...judged.gates],
    failedGates: [...objections.map(({ gate }) => gate), ...judged.failedGates],
    reasons: [...objections.map(({ reason }) => reason), ...(judged.outcome === 'promote' ? [] : judged.reasons)],
  };
};

const input = z.object({ model: ResolvedModel, holdout: DatasetRef, challenger: TrainedVersion, staged: StageReport });

/** Scores both versions on the holdout and judges. A champion with other features has no answer to these rows. */
const judge = async (
  { model, holdout, challenger: { version }, staged }: z.infer<typeof input>,
  folder: string,
  ctx: ActivityContext,
): Promise<ModelComparison> => {
  const { name, champion, spec } = model;
  const path = await fetchTable(ctx.objects, holdout.sha256, folder);
  const frame = await ctx.tables.read([path], datasetColumns(spec), { signal: ctx.signal });
  const objections = await standingObjections(model, version, ctx);
  const broken = champion
    ? signatureGate(await ctx.registry.signature(name, champion.version), await ctx.registry.signature(name, version))
    : [];
  const comparable = champion !== null && broken.length === 0;
  const labels = labelsOf(frame, spec.problem);
  const challengerScores = await score(name, version, frame, folder, ctx);
  await storeReferenceScores(name, version, { labels, scores: challengerScores }, folder, ctx);
  const judged = compareModels({
    labels,
    championScores: comparable ? await score(name, champion.version, frame, folder, ctx) : null,
    challengerScores,
    gates: spec.gates,
    latencyP99Ms: staged.latencyP99Ms,
    seed: spec.trainer.seed,
  });
  return withObjections([...objections, ...broken], judged);
};

export const compare = task({
  id: 'compare',
  doc: 'scores champion and challenger on the same holdout rows and judges by the gates',
  queue: TASK_QUEUES.data,
  timeout: '30 minutes', // two scorings of the holdout and the bootstrap of its metrics
  heartbeat: '1 minute', // the bootstrap of a large holdout holds the event loop for seconds
  retries: 3,
  input,
  output: Comparison,
  async run(given, ctx: ActivityContext) {
    const { model, holdout, challenger, staged } = given;
    const {
      outcome,
      champion,
      challenger: measured,
      gates,
      failedGates,
      reasons,
    } = await ctx.scratch((folder) => alive(ctx, () => judge(given, folder, ctx)));
    const verdict = {
      outcome,
      champion: model.champion && champion && { version: model.champion.version, metrics: champion },
      challenger: { version: challenger.version, metrics: measured },
      gates,
      failedGates,
      reasons,
      judgedGeneration: model.champion?.generation ?? null,
    };
    const document = JSON.stringify({
      schema: 'rekindle/comparison/1',
      model: model.name,
      run: ctx.run.id,
      asOf: model.asOf,
      holdout,
      staged,
      ...verdict,
    });
    const key = keys.version(model.name, challenger.version).evidence(`comparison-${fileName(ctx.key)}.json`);
    await ctx.objects.put(key, document, { contentType: 'application/json' });
    ctx.log.info(`${outcome}: ${reasons.join(' ')}`, { evidence: key });
    return { ...verdict, evidence: { key, sha256: fingerprint(document) } };
  },
});
