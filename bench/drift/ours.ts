/**
 * Our side of `npm run bench -- drift`, as a process like the peers': reads the name of a task a line, runs it once, and answers one line
 * of JSON. Arguments: which group of tasks, and the folder with the data.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ksDistanceTo } from '../../core/profile/compare.js';
import { numberProfile, orderedValues, present } from '../../core/profile/number-profile.js';
import { estimateCbpe, fitCbpe } from '../../core/quality/cbpe.js';
import { isUndefined, ksTest, quantilePsi, rocAuc } from '../../core/statistics/index.js';
import { ksPValue } from '../../core/statistics/ks.js';
import { createInlineCompute } from '../../platform/compute/inline.js';
import { compareFiles } from '../../platform/drift/compare-files.js';
import { openTables } from '../../platform/tables/duckdb.js';
import { peakMib } from './peak.js';

const [group, folder] = process.argv.slice(2) as [string, string];

type Task = () => unknown;

const bytes = (name: string): Buffer => readFileSync(join(folder, name));
const doubles = (name: string): Float64Array => {
  const { buffer, byteOffset, byteLength } = bytes(name);
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
};

const arrays = (): Record<string, Task> => {
  const [reference, current, scores] = [doubles('reference.f64'), doubles('current.f64'), doubles('scores.f64')];
  const labels = Uint8Array.from(bytes('labels.u8'));
  const profile = numberProfile(orderedValues(reference), reference.length);
  return {
    ks: () => ksTest(reference, current, { method: 'asymp' }),
    'ks-stored': () => ksPValue(ksDistanceTo(profile, orderedValues(current))!, present(profile), current.length, 'two-sided', 'asymp'),
    psi: () => quantilePsi(reference, current),
    auc: () => rocAuc(labels, scores),
  };
};

const cbpe = async (): Promise<Record<string, Task>> => {
  const tables = openTables({ project: folder });
  const side = async (name: string): Promise<{ labels: Uint8Array; scores: Float64Array }> => {
    const { columns } = await tables.read([join(folder, `${name}-outcome.parquet`)], { proba: 'number', y: 'number' });
    const values = (column: string): Float64Array => (columns[column] as { values: Float64Array }).values;
    return { scores: values('proba').slice(), labels: Uint8Array.from(values('y')) };
  };
  const [before, now] = [await side('reference'), await side('current')];
  tables.close();
  return {
    cbpe: () => {
      const fitted = fitCbpe(before.labels, before.scores, { chunkRows: 10_000 });
      if (isUndefined(fitted)) throw new Error(fitted.reason);
      return estimateCbpe(fitted, now.scores, now.labels);
    },
  };
};

const table = (): Record<string, Task> => ({
  table: () =>
    compareFiles(join(folder, 'reference.parquet'), join(folder, 'current.parquet'), {
      minShift: 0.1,
      falseAlarmRate: 0.05,
      computeFor: () => Promise.resolve(createInlineCompute()),
    }),
});

const groups: Readonly<Record<string, () => Record<string, Task> | Promise<Record<string, Task>>>> = { arrays, cbpe, table };
const tasks = await groups[group]!();
const answer = (value: unknown): void => void process.stdout.write(`ANSWER ${JSON.stringify(value)}\n`);

answer({});
for await (const line of createInterface({ input: process.stdin })) {
  const [since, cpu] = [performance.now(), process.cpuUsage()];
  await tasks[line]!();
  const { user, system } = process.cpuUsage(cpu);
  answer({ ms: performance.now() - since, cpuMs: (user + system) / 1000, peakMib: peakMib() });
}
