import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { RekindleError } from '../../core/errors.js';
import { GoldenRows, Importance, VersionManifest } from '../../core/lifecycle/version.js';
import { Signature } from '../../core/lifecycle/signature.js';
import { keys } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import { Profile } from '../../core/profile/profile.js';
import { parseSuite } from '../../core/validation/suite.js';
import { readDocument, tryWriteDocument, writeDocument } from './documents.js';
import type { Registry } from './registry.js';

const sha256OfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
};

type Versions = Pick<
  Registry,
  | 'addVersion'
  | 'version'
  | 'findVersion'
  | 'versions'
  | 'signature'
  | 'golden'
  | 'reference'
  | 'importance'
  | 'suite'
  | 'downloadModel'
  | 'models'
  | 'quarantine'
  | 'isQuarantined'
>;

export const versionsIn = (objects: ObjectStore): Versions => {
  const findVersion: Versions['findVersion'] = async (model, version) =>
    (await readDocument(objects, keys.version(model, version).manifest, VersionManifest))?.value;

  const version: Versions['version'] = async (model, name) => {
    const manifest = await findVersion(model, name);
    if (!manifest) throw new RekindleError('VERSION_NOT_FOUND', `Model '${model}' has no version '${name}'.`, { model, version: name });
    return manifest;
  };

  /** A part of a version; without a manifest there is no version, whatever files a crash left. */
  const part = async <T>(model: string, name: string, key: string, schema: z.ZodType<T>): Promise<T> => {
    const found = await readDocument(objects, key, schema);
    if (found) return found.value;
    await version(model, name);
    throw new RekindleError('CHECKSUM_MISMATCH', `Version '${name}' of model '${model}' lacks ${key}.`, { model, version: name, key });
  };

  return {
    findVersion,
    version,

    async addVersion(manifest, files) {
      const key = keys.version(manifest.model, manifest.version);
      const existing = await findVersion(manifest.model, manifest.version);
      if (existing) return existing;
      if ((await sha256OfFile(files.model)) !== manifest.modelSha256)
        throw new RekindleError('CHECKSUM_MISMATCH', `${files.model} is not the model that the manifest names.`, { path: files.model });
      await Promise.all([
        objects.upload(files.model, key.model, { contentType: 'application/octet-stream' }),
        objects.upload(files.trainingLog, key.trainingLog, { contentType: 'text/plain; charset=utf-8' }),
        writeDocument(objects, key.signature, files.signature),
        writeDocument(objects, key.golden, files.golden),
        writeDocument(objects, key.reference, files.reference),
        ...(files.checks ? [writeDocument(objects, key.checks, files.checks)] : []),
        ...(files.importance ? [writeDocument(objects, key.importance, files.importance)] : []),
      ]);
      if (await tryWriteDocument(objects, key.manifest, manifest, { ifNoneMatch: '*' })) return manifest;
      return version(manifest.model, manifest.version); // the same work was done twice at once
    },

    async versions(model) {
      const found: VersionManifest[] = [];
      for await (const { key } of objects.list(keys.versions(model))) {
        const name = key.slice(keys.versions(model).length).split('/')[0]!;
        if (key === keys.version(model, name).manifest) found.push(await version(model, name));
      }
      return found.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
    },

    signature: (model, name) => part(model, name, keys.version(model, name).signature, Signature),
    golden: (model, name) => part(model, name, keys.version(model, name).golden, GoldenRows),
    reference: (model, name) => part(model, name, keys.version(model, name).reference, Profile),
    suite: async (model, name) => {
      const key = keys.version(model, name).checks;
      const found = await readDocument(objects, key, z.unknown());
      return found && parseSuite(found.value, key); // people edit it: what is wrong in it is named
    },
    importance: async (model, name) => (await readDocument(objects, keys.version(model, name).importance, Importance))?.value,

    async downloadModel(model, name, path) {
      const { modelSha256 } = await version(model, name);
      await objects.download(keys.version(model, name).model, path);
      if ((await sha256OfFile(path)) === modelSha256) return;
      await rm(path, { force: true });
      throw new RekindleError('CHECKSUM_MISMATCH', `model.onnx of version '${name}' of model '${model}' is not the one that was stored.`, {
        model,
        version: name,
      });
    },

    async models() {
      const names: string[] = [];
      for (let after = ''; ;) {
        const name = await firstModelAfter(objects, after);
        if (name === undefined) return names.sort();
        names.push(name);
        after = `${keys.models}${name}0`; // '0' follows '/': skips everything of this model
      }
    },

    async quarantine(model, name, reason) {
      const entry = { model, version: name, reason, at: new Date().toISOString() };
      // The first reason stays.
      await tryWriteDocument(objects, keys.version(model, name).quarantine, entry, { ifNoneMatch: '*' });
    },

    isQuarantined: async (model, name) => (await objects.head(keys.version(model, name).quarantine)) !== undefined,
  };
};

const firstModelAfter = async (objects: ObjectStore, after: string): Promise<string | undefined> => {
  for await (const { key } of objects.list(keys.models, { after })) return key.slice(keys.models.length).split('/')[0];
  return undefined;
};
