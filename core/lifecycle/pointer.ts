/** What an environment serves, and the ledger of every change of it. Committing is `platform/registry`'s. */
import { z } from 'zod';

export const LedgerEntry = z.object({
  model: z.string(),
  environment: z.string(),
  /** 1 for the first; each change adds one */
  generation: z.number().int().positive(),
  action: z.enum(['promote', 'rollback']),
  version: z.string(),
  /** what served before; null at the first deployment */
  previous: z.string().nullable(),
  /** who decides the same thing again says the same id, and finds it done */
  decisionId: z.string(),
  actor: z.string(),
  reason: z.string(),
  /** sha256 of the evidence document, null for a rollback by hand */
  evidence: z.string().nullable(),
  /** wall clock */
  at: z.iso.datetime(),
  /** event clock of the decision */
  asOf: z.iso.datetime().nullable(),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export const Pointer = z.object({
  model: z.string(),
  environment: z.string(),
  generation: z.number().int().positive(),
  version: z.string(),
  previous: z.string().nullable(),
  decisionId: z.string(),
  at: z.iso.datetime(),
});
export type Pointer = z.infer<typeof Pointer>;

export const pointerOf = ({ model, environment, generation, version, previous, decisionId, at }: LedgerEntry): Pointer => ({
  model,
  environment,
  generation,
  version,
  previous,
  decisionId,
  at,
});

/**
 * Where to go back to: the version that served most recently before, other than those in `bad`.
 *
 * @param ledger oldest first
 */
export const previousGood = (ledger: readonly LedgerEntry[], bad: ReadonlySet<string>): string | undefined =>
  [...ledger].reverse().find(({ version }) => !bad.has(version))?.version;

/** What somebody who says "roll back" finds unfit: what served when the cord was pulled, and what was promoted since. */
export const distrusted = (ledger: readonly LedgerEntry[], pulled: Pick<Pointer, 'generation' | 'version'> | null): ReadonlySet<string> => {
  const since = pulled?.generation ?? 0;
  const promoted = ledger.filter(({ generation, action }) => generation > since && action === 'promote');
  return new Set([...(pulled ? [pulled.version] : []), ...promoted.map(({ version }) => version)]);
};
