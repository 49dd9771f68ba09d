/** The columns that two files have besides what was predicted and what happened: what the model was given. */
import { listed } from '../../core/drift/text.js';
import type { Finding } from '../../core/drift/report.js';
import { RekindleError } from '../../core/errors.js';
import type { QualityEstimate } from '../../core/quality/estimate-report.js';
import { createInlineCompute } from '../compute/inline.js';
import { planOfFiles } from '../drift/columns.js';
import { profileTable } from '../drift/compare-files.js';
import type { FileTable } from '../tables/messy/file-table.js';
import { readBothAs, type ReadAs } from '../tables/messy/kinds.js';

/** The same shift matters, and the same share of false alarms is accepted, as where `drift compare` is not told otherwise. */
const SETTINGS = { minShift: 0.1, falseAlarmRate: 0.05 } as const;

export interface Inputs {
  /** read alike on both sides */
  readonly columns: ReadonlyMap<string, ReadAs>;
  readonly findings: readonly Finding[];
}

/**
 * @param others columns that are no inputs
 * @param asked only these
 * @throws USAGE when a file lacks one of them
 */
export const findInputs = (before: FileTable, now: FileTable, others: ReadonlySet<string>, asked?: readonly string[]): Inputs => {
  for (const table of [before, now]) {
    const unknown = (asked ?? []).filter((name) => !table.columns.has(name));
    if (unknown.length > 0)
      throw new RekindleError(
        'USAGE',
        `--features: ${table.name} has no column ${listed(unknown)}; it has ${[...table.columns.keys()].join(', ')}.`,
        {
          columns: unknown,
        },
      );
  }
  const names = asked ?? [...before.columns.keys()].filter((name) => now.columns.has(name) && !others.has(name));
  const columns = new Map<string, ReadAs>();
  const aside: string[] = [];
  for (const name of names) {
    const as = readBothAs(before.columns.get(name)!, now.columns.get(name)!);
    if (as.reference === as.current && as.reference !== 'time') columns.set(name, as.reference);
    else aside.push(name);
  }
  const text = `${listed(aside)}: times, or another type in the other file; not taken as ${aside.length === 1 ? 'an input' : 'inputs'}.`;
  return { columns, findings: aside.length === 0 ? [] : [{ code: 'not_an_input', text }] };
};

/** @returns null without inputs */
export const compareInputs = async (
  before: FileTable,
  now: FileTable,
  { columns }: Inputs,
  onProgress: (what: string) => void,
): Promise<QualityEstimate['inputs']> => {
  if (columns.size === 0) return null;
  const plan = planOfFiles(before, now, [...columns.keys()]);
  const compute = createInlineCompute();
  try {
    onProgress('Comparing the inputs');
    const profile = await profileTable(before, plan.reference, now.rows, compute, { onProgress });
    const report = await compute.drift(profile, await now.read(plan.current), SETTINGS);
    const drifted = report.columns.filter(({ verdict }) => verdict === 'drift').map(({ name }) => name);
    return { verdict: report.verdict, columns: report.columns.length, drifted };
  } finally {
    await compute.close();
  }
};
