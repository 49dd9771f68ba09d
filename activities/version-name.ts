/** What makes a version: the same parts give the same name, so the same version is never trained twice. */
import { createHash } from 'node:crypto';
import type { ResolvedModel } from '../core/lifecycle/resolved-model.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Hyperparameters as the trainer gets them: the spec's, and what describes the problem. All are strings in the contract. */
export const hyperparametersOf = ({ spec }: Pick<ResolvedModel, 'spec'>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(spec.trainer.hyperparameters).map(([name, value]) => [name, String(value)])),
  target: spec.problem.target,
  positive: spec.problem.positive,
  features: JSON.stringify(spec.data.features),
});

export interface VersionParts {
  /** sha256 of the training rows */
  readonly dataset: string;
  readonly codeHash: string;
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly seed: number;
}

/** First 16 hex digits of the hash over all parts; the order of the hyperparameters does not matter. */
export const versionName = ({ dataset, codeHash, hyperparameters, seed }: VersionParts): string => {
  const sorted = Object.entries(hyperparameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([dataset, codeHash, sorted, seed])).slice(0, 16);
};

/** A task's key as the name of a file: readable, and different for different keys. */
export const fileName = (key: string): string => `${key.replace(/[^A-Za-z0-9.-]+/g, '_').slice(0, 80)}-${sha256(key).slice(0, 12)}`;

/** The document's address among a version's evidence, and its hash. */
export const fingerprint = sha256;
