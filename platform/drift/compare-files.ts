/** Two files, one drift report: nothing else is needed. */
import { driftFindings } from './findings.js';
import type { DriftReport, Finding } from '../../core/drift/report.js';
import type { Frame } from '../../core/frame.js';
import type { Profile } from '../../core/profile/profile.js';
import type { Compute, DriftSettings } from '../compute/compute.js';
import { isSpilled, openSpilled, spill, type SpilledColumn, type SpilledFrame } from '../compute/spilled-frame.js';
import type { FileTable } from '../tables/messy/file-table.js';
import type { ReadAs } from '../tables/messy/kinds.js';
import { withFiles } from '../tables/messy/open-files.js';
import { planOfFiles, planOfProfile, type Plan } from './columns.js';
import { readProfile } from './stored-profile.js';

/** Chosen for the work once its size is known. @param cells of both sides together */
export type ComputeFor = (cells: number) => Promise<Compute>;

export interface CompareOptions extends DriftSettings {
  readonly computeFor: ComputeFor;
  /** all columns by default */
  readonly columns?: readonly string[];
  /** also profile the current rows, for pictures of both sides */
  readonly profileCurrent?: boolean;
  /** what is being done, for people; `share` of it is done, 0 to 1, when that is known */
  readonly onProgress?: (what: string, share?: number) => void;
  readonly signal?: AbortSignal;
  /** of a table that are read at a time; 8,000,000. Tables of fewer cells are held */
  readonly cellsAtOnce?: number;
}

export interface Comparison {
  readonly report: DriftReport;
  /** of the reference; of the compared columns only */
  readonly profile: Profile;
  /** when it was asked for */
  readonly currentProfile?: Profile;
}

/** So many cells are read at a time: all of a table need not be in memory at once. */
const CELLS_AT_ONCE = 8_000_000;

const groups = (columns: ReadonlyMap<string, ReadAs>, rows: number, cells: number): Map<string, ReadAs>[] => {
  const size = Math.max(1, Math.floor(cells / Math.max(1, rows)));
  const all = [...columns];
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => new Map(all.slice(i * size, (i + 1) * size)));
};

type ReadOptions = Pick<CompareOptions, 'onProgress' | 'cellsAtOnce' | 'multivariate'>;

/** Any will do, if it is the same for all groups of columns: their samples then are of the same rows. */
const SAMPLE_SEED = 1;

const sampleOf = (parts: readonly Profile[]): Pick<Profile, 'sample'> => {
  const samples = parts.flatMap(({ sample }) => (sample ? [sample] : []));
  const [first] = samples;
  return first
    ? { sample: { rows: first.rows, columns: Object.fromEntries(samples.flatMap(({ columns }) => Object.entries(columns))) } }
    : {};
};

/**
 * @param chunkRows size of the windows that will be compared with the profile
 * @returns the profile of the columns, which are read some at a time
 */
export const profileTable = async (
  table: FileTable,
  columns: ReadonlyMap<string, ReadAs>,
  chunkRows: number,
  compute: Compute,
  { onProgress = () => undefined, cellsAtOnce = CELLS_AT_ONCE, multivariate = false }: ReadOptions = {},
): Promise<Profile> => {
  const parts: Profile[] = [];
  let done = 0;
  let underWay: Promise<Profile> | undefined;
  for (const group of groups(columns, table.rows, cellsAtOnce)) {
    onProgress(`Profiling ${table.name}`, done / columns.size);
    const frame = await table.read(group); // while a thread profiles the group before
    if (underWay) parts.push(await underWay);
    underWay = compute.profile(frame, {
      from: null,
      to: null,
      chunkRows,
      ...(multivariate ? { sampleSeed: SAMPLE_SEED } : {}),
    });
    underWay.catch(() => undefined); // it is awaited below, unless reading fails first
    done += group.size;
  }
  if (underWay) parts.push(await underWay);
  return {
    schema: 'rekindle/profile/1',
    rows: table.rows,
    from: null,
    to: null,
    columns: Object.fromEntries(parts.flatMap((part) => Object.entries(part.columns))),
    chunkEffects: Object.fromEntries(parts.flatMap((part) => Object.entries(part.chunkEffects))),
    ...sampleOf(parts),
  };
};

/** Small tables are held; of large ones a column at a time is. */
const readCurrent = async (
  table: FileTable,
  columns: ReadonlyMap<string, ReadAs>,
  scratch: string,
  { onProgress = () => undefined, cellsAtOnce = CELLS_AT_ONCE }: ReadOptions,
): Promise<Frame | SpilledFrame> => {
  const all = groups(columns, table.rows, cellsAtOnce);
  if (all.length <= 1) {
    onProgress(`Reading ${table.name}`);
    return table.read(columns);
  }
  const spilled: SpilledColumn[] = [];
  for (const group of all) {
    onProgress(`Reading ${table.name}`, spilled.length / columns.size);
    spilled.push(...(await spill(await table.read(group), scratch, spilled.length)));
  }
  return { rows: table.rows, spilled };
};

const pick = (profile: Profile, columns: ReadonlyMap<string, ReadAs>): Profile => {
  const only = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([name]) => columns.has(name)));
  return {
    ...profile,
    columns: only(profile.columns),
    chunkEffects: only(profile.chunkEffects),
    ...(profile.sample ? { sample: { ...profile.sample, columns: only(profile.sample.columns) } } : {}),
  };
};

const assemble = (
  report: DriftReport,
  plan: Plan,
  files: readonly Finding[],
  frames: { profile: Profile; current: Frame },
): DriftReport => ({
  ...report,
  columns: [
    ...report.columns.map((column) => ({ ...column, findings: [...column.findings, ...driftFindings(column, frames)] })),
    ...plan.leftOut.map(({ name, finding }) => ({
      name,
      type: 'time' as const,
      verdict: 'insufficient_data' as const,
      effect: null,
      tests: [],
      missing: { reference: 0, current: 0 },
      findings: [finding],
      minimumDetectable: null,
    })),
  ],
  findings: [...report.findings, ...files],
});

/**
 * Compares `current` with `reference`, a file of rows or a profile of one. Whatever is wrong in a file is a finding of the report, as
 * long as anything can be read.
 *
 * @throws FILE_NOT_FOUND FILE_EMPTY FILE_UNREADABLE PROFILE_INVALID USAGE
 */
export const compareFiles = (reference: string, current: string, options: CompareOptions): Promise<Comparison> => {
  const { computeFor, columns, minShift, falseAlarmRate, onProgress = () => undefined, signal } = options;
  return withFiles(
    async (open, scratch) => {
      const stored = await readProfile(reference);
      const openOne = (name: string): Promise<FileTable> => open(name, (share) => onProgress(`Reading ${name}`, share));
      const before = stored ? undefined : await openOne(reference);
      const now = await openOne(current);
      const plan = before ? planOfFiles(before, now, columns) : planOfProfile(stored!, now, columns);
      const compute = await computeFor(plan.reference.size * (before?.rows ?? 0) + plan.current.size * now.rows);
      try {
        const findings = [
          ...(before ? [...before.findings, ...(await before.cellFindings(plan.reference))] : []),
          ...now.findings,
          ...(await now.cellFindings(plan.current)),
        ];
        const profile = before ? await profileTable(before, plan.reference, now.rows, compute, options) : pick(stored!, plan.reference);
        const read = await readCurrent(now, plan.current, scratch, options);
        onProgress('Comparing');
        const report = await compute.drift(profile, read, {
          minShift,
          falseAlarmRate,
          ...(options.multivariate ? { multivariate: true } : {}),
        });
        const comparison = {
          report: assemble(report, plan, findings, { profile, current: isSpilled(read) ? openSpilled(read) : read }),
          profile,
        };
        if (options.profileCurrent !== true) return comparison;
        return {
          ...comparison,
          currentProfile: await profileTable(now, plan.current, Infinity, compute, { ...options, multivariate: false }),
        };
      } finally {
        await compute.close();
      }
    },
    signal ? { signal } : {},
  );
};
