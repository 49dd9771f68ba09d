/** Which columns of two tables are compared, and as what. */
import type { Finding } from '../../core/drift/report.js';
import type { Profile } from '../../core/profile/profile.js';
import { RekindleError } from '../../core/errors.js';
import { listed } from '../../core/drift/text.js';
import type { FileTable } from '../tables/messy/file-table.js';
import { kindOf, readAlone, readAsIn, readBothAs, type ReadAs } from '../tables/messy/kinds.js';

/** A column that is there, and about which nothing is said. */
export interface LeftOut {
  readonly name: string;
  readonly finding: Finding;
}

export interface Plan {
  readonly reference: ReadonlyMap<string, ReadAs>;
  readonly current: ReadonlyMap<string, ReadAs>;
  readonly leftOut: readonly LeftOut[];
}

const TIME: Finding = {
  code: 'time_not_compared',
  text: 'It has times, and later rows have later ones whatever happens: not compared unless it is named with --columns.',
};

/** @throws USAGE when a column that was asked for is on neither side */
const wanted = (
  columns: readonly string[] | undefined,
  has: (name: string) => boolean,
  all: Iterable<string>,
): ((name: string) => boolean) => {
  if (columns === undefined) return () => true;
  const unknown = columns.filter((name) => !has(name));
  if (unknown.length > 0)
    throw new RekindleError('USAGE', `--columns: neither side has ${listed(unknown)}; there are ${[...all].join(', ')}.`, {
      columns: unknown,
    });
  const asked = new Set(columns);
  return (name) => asked.has(name);
};

/** @param columns those that were named; all others are left aside */
export const planOfFiles = (reference: FileTable, current: FileTable, columns?: readonly string[]): Plan => {
  const names = new Set([...reference.columns.keys(), ...current.columns.keys()]);
  const isWanted = wanted(columns, (name) => names.has(name), names);
  const plan = { reference: new Map<string, ReadAs>(), current: new Map<string, ReadAs>(), leftOut: [] as LeftOut[] };
  for (const name of names) {
    if (!isWanted(name)) continue;
    const [before, now] = [reference.columns.get(name), current.columns.get(name)];
    const as = before && now ? readBothAs(before, now) : { reference: before && readAlone(before), current: now && readAlone(now) };
    if (columns === undefined && (as.reference ?? as.current) === 'time') plan.leftOut.push({ name, finding: TIME });
    else {
      if (as.reference) plan.reference.set(name, as.reference);
      if (as.current) plan.current.set(name, as.current);
    }
  }
  return plan;
};

/** A stored profile says as what a column was read. */
export const planOfProfile = (profile: Profile, current: FileTable, columns?: readonly string[]): Plan => {
  const known = new Map(Object.entries(profile.columns));
  const names = new Set([...known.keys(), ...current.columns.keys()]);
  const isWanted = wanted(columns, (name) => names.has(name), names);
  const plan = { reference: new Map<string, ReadAs>(), current: new Map<string, ReadAs>(), leftOut: [] as LeftOut[] };
  for (const [name, column] of current.columns) {
    if (!isWanted(name)) continue;
    const stored = known.get(name);
    if (!stored && columns === undefined && kindOf(column) === 'time') plan.leftOut.push({ name, finding: TIME });
    else if (stored?.type === 'number' && kindOf(column) === 'time') plan.current.set(name, 'time');
    else plan.current.set(name, stored ? readAsIn(stored.type, column) : readAlone(column));
  }
  for (const [name, { type }] of known) if (isWanted(name)) plan.reference.set(name, type);
  return plan;
};
