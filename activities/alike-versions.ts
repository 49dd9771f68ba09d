/** Versions that take the same features: their rows of a window can be looked at together. */
import { featureColumn } from '../core/lifecycle/prediction-log.js';
import type { Signature } from '../core/lifecycle/signature.js';
import type { CollectedWindow } from './collect-window.js';
import type { ActivityContext } from './context.js';

export interface AlikeRows {
  readonly features: Signature['features'];
  /** column of the prediction log, by feature */
  readonly columns: Readonly<Record<string, string>>;
  /** condition in SQL for the rows that such a version answered */
  readonly where: string;
}

/**
 * Those like the version that answered most of the window.
 *
 * @param window some version answered in it
 * @throws VERSION_NOT_FOUND
 */
export const alikeRows = async ({ model, versions }: CollectedWindow, ctx: ActivityContext): Promise<AlikeRows> => {
  const signatures = await Promise.all(versions.map(({ version }) => ctx.registry.signature(model, version)));
  const { features } = signatures[0]!;
  const alike = versions.filter((_, i) => JSON.stringify(signatures[i]!.features) === JSON.stringify(features));
  return {
    features,
    columns: Object.fromEntries(features.map(({ name }) => [name, featureColumn(name)])),
    where: `version IN (${alike.map(({ version }) => `'${version.replaceAll("'", "''")}'`).join(', ')})`,
  };
};
