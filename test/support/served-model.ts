/** A model ready to be served, without training one: versions of `test/support/models` in an object store. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerEntry } from '../../core/lifecycle/pointer.js';
import type { Signature } from '../../core/lifecycle/signature.js';
import type { GoldenRows, VersionManifest } from '../../core/lifecycle/version.js';
import type { ObjectStore } from '../../core/ports.js';
import type { ColumnProfile, Profile } from '../../core/profile/profile.js';
import { createRegistry } from '../../platform/registry/index.js';

/** Two models of the same signature that answer differently; see `models/make_models.py`. */
export type FixtureName = 'logistic' | 'trees';

export interface Fixture {
  /** path of the ONNX file */
  readonly path: string;
  readonly signature: Signature;
  /** rows, and scikit-learn's own answers to them */
  readonly golden: GoldenRows;
}

const MODELS = new URL('./models/', import.meta.url).pathname;

export const fixture = (name: FixtureName): Fixture => ({
  path: join(MODELS, `${name}.onnx`),
  ...(JSON.parse(readFileSync(join(MODELS, `${name}.json`), 'utf8')) as Pick<Fixture, 'signature' | 'golden'>),
});

/** Profile of the golden rows: small, but true of them. */
const profileOf = ({ signature, golden: { rows } }: Fixture): Profile => {
  const columnOf = (name: string, type: 'number' | 'category'): ColumnProfile => {
    const present = rows.map((row) => row[name]).filter((value) => value !== null && value !== undefined);
    const counted = { rows: rows.length, missing: rows.length - present.length };
    if (type === 'category') {
      const counts: Record<string, number> = {};
      for (const value of present) counts[String(value)] = (counts[String(value)] ?? 0) + 1;
      return { type, ...counted, counts };
    }
    const sorted = present.map(Number).sort((a, b) => a - b);
    const values = [...new Set(sorted)];
    return {
      type,
      ...counted,
      min: sorted[0] ?? null,
      max: sorted.at(-1) ?? null,
      mean: sorted.length === 0 ? null : sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
      values,
      cumulative: values.map((value) => sorted.lastIndexOf(value) + 1),
      bound: 0,
    };
  };
  return {
    schema: 'rekindle/profile/1',
    rows: rows.length,
    from: null,
    to: null,
    columns: Object.fromEntries(signature.features.map(({ name, type }) => [name, columnOf(name, type)])),
    chunkEffects: {},
  };
};

export interface VersionOptions {
  readonly model: string;
  readonly version: string;
  readonly fixture?: FixtureName;
  /** bytes stored as model.onnx instead of the fixture's: a version that cannot be loaded */
  readonly bytes?: string;
  /** a signature that differs from the model's */
  readonly signature?: Signature;
}

/** Stores a whole version: model, signature, golden rows, reference profile, training log, manifest. */
export const addVersion = async (objects: ObjectStore, options: VersionOptions): Promise<VersionManifest> => {
  const chosen = fixture(options.fixture ?? 'logistic');
  const folder = mkdtempSync(join(tmpdir(), 'rekindle-version-'));
  const path = join(folder, 'model.onnx');
  const trainingLog = join(folder, 'training.log');
  writeFileSync(path, options.bytes ?? readFileSync(chosen.path));
  writeFileSync(trainingLog, 'a fixture of the tests\n');
  const manifest: VersionManifest = {
    model: options.model,
    version: options.version,
    createdAt: new Date().toISOString(),
    asOf: '1997-04-22T00:00:00.000Z',
    trainedFrom: '1996-05-07T00:00:00.000Z',
    trainedTo: '1997-04-08T00:00:00.000Z',
    trainingRows: 400,
    dataset: '0'.repeat(64),
    trainer: { runner: 'process', image: 'fixture', codeHash: '0'.repeat(64) },
    hyperparameters: {},
    seed: 7,
    modelSha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
    specHash: '0'.repeat(64),
    runId: `fixture-${options.version}`,
  };
  const { golden } = chosen;
  const files = { model: path, trainingLog, signature: options.signature ?? chosen.signature, golden, reference: profileOf(chosen) };
  const stored = await createRegistry(objects).addVersion(manifest, files);
  rmSync(folder, { recursive: true });
  return stored;
};

/** Points an environment at a version, by the registry's own commit. */
export const deploy = async (
  objects: ObjectStore,
  { model, version, environment = 'production', action = 'promote' }: Deployment,
): Promise<LedgerEntry> => {
  const registry = createRegistry(objects);
  const expected = (await registry.pointer(model, environment))?.generation ?? null;
  return registry.commit({
    model,
    environment,
    action,
    version,
    decisionId: `${action}-${version}-${expected ?? 0}`,
    actor: 'test',
    reason: 'by a test',
    evidence: null,
    asOf: null,
    expected,
  });
};

export interface Deployment {
  readonly model: string;
  readonly version: string;
  readonly environment?: string;
  readonly action?: 'promote' | 'rollback';
}

/** A version of `fixture` that production serves as soon as a gateway looks. */
export const serveModel = async (objects: ObjectStore, options: VersionOptions): Promise<LedgerEntry> => {
  await addVersion(objects, options);
  return deploy(objects, options);
};
