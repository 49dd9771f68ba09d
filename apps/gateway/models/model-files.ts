/** Local copies of model files, named by their hash and shared by the gateways of the machine. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { VersionManifest } from '../../../core/lifecycle/version.js';
import type { Registry } from '../../../platform/registry/registry.js';

/** A copy that no gateway loaded for so long is removed. */
const UNUSED_MS = 7 * 24 * 3_600_000;

const hashOf = async (path: string): Promise<string | undefined> => {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
};

const removeUnused = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > UNUSED_MS) await rm(path, { force: true });
  }
};

/** @returns path of a file with exactly the bytes that the manifest names @throws CHECKSUM_MISMATCH STORE_UNREACHABLE */
export const modelFile = async (folder: string, manifest: VersionManifest, registry: Pick<Registry, 'downloadModel'>): Promise<string> => {
  const path = join(folder, `${manifest.modelSha256}.onnx`);
  await mkdir(folder, { recursive: true });
  if ((await hashOf(path)) === manifest.modelSha256) {
    const now = new Date();
    await utimes(path, now, now);
    return path;
  }
  const partial = `${path}.${process.pid}.partial`;
  await registry.downloadModel(manifest.model, manifest.version, partial);
  await rename(partial, path);
  await removeUnused(folder);
  return path;
};
