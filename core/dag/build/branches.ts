/** Bodies of which one runs, or none: `branch`, `when`, `latestOnly`. */
import { impossibleArms } from '../arms.js';
import type { NodeOptions } from '../builder.js';
import type { Ref, RefOf } from '../ref-types.js';
import { recordOf, refTo } from '../ref.js';
import { compact } from './compact.js';
import type { Drafts } from './drafts.js';

type LooseArms = Readonly<Record<string, () => unknown>>;

const addBranch = (drafts: Drafts, id: string, on: RefOf<any>, arms: LooseArms, options: NodeOptions): Ref<any> => {
  if (!recordOf(on)) throw drafts.invalid(id, 'a branch decides by a reference: a value known now needs no branch');
  const value = drafts.encode(id, on);
  const impossible = impossibleArms(drafts.schemaOf, value.expression, Object.keys(arms));
  if (impossible !== undefined) throw drafts.invalid(id, impossible);
  const written = Object.entries(arms).map(([arm, work]) => {
    if (typeof work !== 'function') throw drafts.invalid(id, `arm '${arm}' is no function`);
    return [arm, drafts.write(id, `arm '${arm}' of '${id}'`, `${id}.${arm}.`, work)] as const;
  });
  const base = drafts.base(id, options, [...value.reads, ...written.flatMap(([, { reads }]) => reads)]);
  const bodies = Object.fromEntries(written.map(([arm, { body }]) => [arm, body]));
  return drafts.add(id, compact({ kind: 'branch' as const, ...base, doc: options.doc, on: value.expression, arms: bodies }));
};

export const branch = (drafts: Drafts, on: RefOf<any>, arms: LooseArms, options: NodeOptions = {}): Ref<any> =>
  addBranch(drafts, drafts.claim(options.id ?? 'branch'), on, arms, options);

export const when = (drafts: Drafts, on: RefOf<boolean>, body: () => unknown, options: NodeOptions = {}): Ref<any> =>
  addBranch(drafts, drafts.claim(options.id ?? 'when'), on, { true: body, false: () => null }, options);

export const latestOnly = (drafts: Drafts, body: () => unknown, options: NodeOptions = {}): Ref<any> =>
  when(drafts, refTo({ expression: { $ref: ['run', 'isLatest'] }, reads: [] }), body, { id: 'latestOnly', ...options });
