/**
 * The pointer of an environment. The ledger is the truth, one object per generation, each created exclusively; pointer.json
 * only says where to begin reading. A crash between the two leaves pointer.json one behind: readers look one further and
 * see the truth, and the next commit, or the retry of the same one, brings pointer.json up to date.
 */
import { RekindleError } from '../../core/errors.js';
import { LedgerEntry, Pointer, pointerOf } from '../../core/lifecycle/pointer.js';
import { keys } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import { readDocument, tryWriteDocument } from './documents.js';
import type { Commit, Registry } from './registry.js';

type Pointers = Pick<Registry, 'pointer' | 'commit' | 'ledger'>;
type Place = Pick<Commit, 'model' | 'environment'>;

const moved = ({ model, environment, expected }: Commit, now: Pointer | undefined): RekindleError => {
  const judged = expected === null ? 'no version' : `generation ${expected}`;
  const serving = now ? `generation ${now.generation} (version ${now.version})` : 'no version';
  return new RekindleError('POINTER_MOVED', `Model '${model}' in ${environment}: judged against ${judged}, but ${serving} serves.`, {
    model,
    environment,
    expected,
    generation: now?.generation ?? null,
  });
};

export const pointersIn = (objects: ObjectStore, versions: Pick<Registry, 'version' | 'isQuarantined'>): Pointers => {
  const entry = async ({ model, environment }: Place, generation: number): Promise<LedgerEntry | undefined> =>
    (await readDocument(objects, keys.environment(model, environment).ledger(generation), LedgerEntry))?.value;

  const written = ({ model, environment }: Place) => readDocument(objects, keys.environment(model, environment).pointer, Pointer);

  const current = async (place: Place): Promise<Pointer | undefined> => {
    let pointer = (await written(place))?.value;
    for (;;) {
      const next = await entry(place, (pointer?.generation ?? 0) + 1);
      if (!next) return pointer;
      pointer = pointerOf(next);
    }
  };

  /** Moves pointer.json forward to `pointer`, never back: whoever is later has written something newer. */
  const movePointer = async (place: Place, pointer: Pointer): Promise<void> => {
    const key = keys.environment(place.model, place.environment).pointer;
    for (;;) {
      const before = await written(place);
      if (before && before.value.generation >= pointer.generation) return;
      const condition = before ? { ifMatch: before.info.etag } : { ifNoneMatch: '*' as const };
      if (await tryWriteDocument(objects, key, pointer, condition)) return;
    }
  };

  const create = async ({ expected, ...what }: Commit, previous: string | null): Promise<LedgerEntry | undefined> => {
    const { model, environment, version } = what;
    await versions.version(model, version);
    if (await versions.isQuarantined(model, version))
      throw new RekindleError('VERSION_QUARANTINED', `Version '${version}' of model '${model}' is quarantined.`, { model, version });
    const generation = (expected ?? 0) + 1;
    const next = LedgerEntry.parse({ ...what, generation, previous, at: new Date().toISOString() });
    const key = keys.environment(model, environment).ledger(generation);
    return (await tryWriteDocument(objects, key, next, { ifNoneMatch: '*' })) ? next : undefined;
  };

  /** Creates the next entry, or finds that this decision already did. */
  const decide = async (commit: Commit): Promise<LedgerEntry> => {
    const serving = await current(commit);
    if ((serving?.generation ?? null) === commit.expected) {
      const created = await create(commit, serving?.version ?? null);
      if (created) return created;
    }
    const winner = await entry(commit, (commit.expected ?? 0) + 1);
    if (winner?.decisionId === commit.decisionId) return winner;
    throw moved(commit, await current(commit));
  };

  return {
    pointer: (model, environment) => current({ model, environment }),

    async commit(commit) {
      const decided = await decide(commit);
      await movePointer(commit, (await current(commit)) ?? pointerOf(decided));
      return decided;
    },

    async ledger(model, environment) {
      const entries: string[] = [];
      for await (const { key } of objects.list(keys.environment(model, environment).ledgerPrefix)) entries.push(key);
      const found = await Promise.all(entries.map((key) => readDocument(objects, key, LedgerEntry)));
      return found.flatMap((entry) => (entry ? [entry.value] : []));
    },
  };
};
