import { isRekindleError, RekindleError } from '../../core/errors.js';
import { distrusted, previousGood, type LedgerEntry } from '../../core/lifecycle/pointer.js';
import type { Registry, RollbackDone, RollbackOrder } from './registry.js';

type Needed = Pick<Registry, 'ledger' | 'commit' | 'version' | 'quarantine' | 'isQuarantined'>;

/** `undefined`: the pointer moved under our hands. */
type Attempt = RollbackDone | undefined;

const nowhere = ({ model, environment }: RollbackOrder, bad: ReadonlySet<string>): RekindleError =>
  new RekindleError(
    'NO_PREVIOUS_VERSION',
    `Model '${model}' in ${environment} has no good version beside ${[...bad].join(', ') || 'none'}.`,
    {
      model,
      environment,
    },
  );

export const rollBackWith = (registry: Needed): Registry['rollBack'] => {
  const target = async (order: RollbackOrder, ledger: readonly LedgerEntry[], bad: ReadonlySet<string>): Promise<string> => {
    const { model, to } = order;
    if (to !== undefined) {
      await registry.version(model, to);
      if (await registry.isQuarantined(model, to))
        throw new RekindleError('VERSION_QUARANTINED', `Version '${to}' of model '${model}' is quarantined.`, { model, version: to });
      return to;
    }
    const unfit = new Set(bad);
    for (let version = previousGood(ledger, unfit); version !== undefined; version = previousGood(ledger, unfit)) {
      if (!(await registry.isQuarantined(model, version))) return version;
      unfit.add(version);
    }
    throw nowhere(order, bad);
  };

  const attempt = async (order: RollbackOrder): Promise<Attempt> => {
    const { model, environment, pulled, to, ...decision } = order;
    const ledger = await registry.ledger(model, environment);
    const done = ledger.find(({ decisionId }) => decisionId === order.decisionId);
    // By the same reading: a pointer read a moment later could show a promotion that this ledger does not know.
    const serving = ledger.at(-1);
    if (!serving) throw nowhere(order, new Set());
    // What was promoted after this decision was made is none of its business. And a retry may come without what the first try
    // knew: it then finds its own deed, or a later one, as what served.
    const before = done ? ledger.slice(0, done.generation - 1) : ledger;
    const known = done && (pulled?.generation ?? 0) >= done.generation ? (before.at(-1) ?? null) : pulled;
    const bad = distrusted(before, known);
    const from = known?.version ?? serving.version;
    const undone = to === undefined ? !bad.has(serving.version) : serving.version === to;
    const version = done?.version ?? (undone ? serving.version : await target(order, ledger, bad));
    for (const unfit of bad) if (unfit !== version) await registry.quarantine(model, unfit, order.reason);
    if (done) return { from, to: version, generation: done.generation };
    if (undone) return { from, to: version, generation: serving.generation };
    return commit({ ...decision, model, environment, version }, serving, from);
  };

  const commit = async (
    decision: Pick<RollbackOrder, 'model' | 'environment' | 'decisionId' | 'actor' | 'reason'> & { version: string },
    serving: LedgerEntry,
    from: string,
  ): Promise<Attempt> => {
    try {
      const entry = await registry.commit({
        ...decision,
        action: 'rollback',
        evidence: null,
        asOf: null,
        expected: serving.generation,
      });
      return { from, to: entry.version, generation: entry.generation };
    } catch (error) {
      if (isRekindleError(error) && error.code === 'POINTER_MOVED') return undefined;
      throw error;
    }
  };

  return async (order) => {
    for (;;) {
      const done = await attempt(order);
      if (done) return done;
    }
  };
};
