/** A version that is loaded and warm. */
import { frameOfRows } from '../../../core/lifecycle/rows.js';
import type { Signature } from '../../../core/lifecycle/signature.js';
import type { Registry } from '../../../platform/registry/registry.js';
import type { LoadedModel, Serving } from '../../../platform/serving/serving.js';
import { FrameReader } from '../requests/frame-reader.js';
import { modelFile } from './model-files.js';

export interface ServedVersion {
  readonly model: string;
  readonly version: string;
  readonly signature: Signature;
  readonly loaded: LoadedModel;
  readonly reader: FrameReader;
  /** the answered class for scores under 0.5 */
  readonly negative: string;
}

export interface VersionLoader {
  readonly registry: Pick<Registry, 'version' | 'signature' | 'golden' | 'downloadModel'>;
  readonly serving: Serving;
  /** `<stateDir>/gateway-models` */
  readonly folder: string;
}

/** The runtime makes its plans at the first call of each size: rows in one batch, and one row alone. */
const warm = async ({ registry }: VersionLoader, model: string, version: string, loaded: LoadedModel): Promise<void> => {
  const { features } = loaded.signature;
  const { rows } = await registry.golden(model, version);
  await loaded.predict(frameOfRows(features, rows));
  await loaded.predict(frameOfRows(features, rows.slice(0, 1)));
};

/** @throws VERSION_NOT_FOUND CHECKSUM_MISMATCH MODEL_UNLOADABLE SIGNATURE_MISMATCH STORE_UNREACHABLE TOOL_MISSING */
export const loadVersion = async (loader: VersionLoader, model: string, version: string): Promise<ServedVersion> => {
  const { registry, serving, folder } = loader;
  const manifest = await registry.version(model, version);
  const signature = await registry.signature(model, version);
  const loaded = await serving.load(await modelFile(folder, manifest, registry), signature);
  try {
    await warm(loader, model, version, loaded);
  } catch (cause) {
    await loaded.release();
    throw cause;
  }
  const negative = signature.classes.find((name) => name !== signature.positive)!;
  return { model, version, signature, loaded, reader: new FrameReader(signature), negative };
};
