/** Compares texts as files, for the tests of messy files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ColumnReport, DriftReport, Finding } from '../../core/drift/report.js';
import { createInlineCompute } from '../../platform/compute/inline.js';
import { compareFiles, type Comparison } from '../../platform/drift/compare-files.js';

export interface MessyHouse {
  /** writes a file and says where it is */
  file(name: string, content: string | Uint8Array): string;
  compare(reference: string, current: string, columns?: readonly string[]): Promise<Comparison>;
  close(): void;
}

export const openMessyHouse = (): MessyHouse => {
  const folder = mkdtempSync(join(tmpdir(), 'rekindle-messy-'));
  return {
    file: (name, content) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    compare: (reference, current, columns) =>
      compareFiles(reference, current, {
        minShift: 0.1,
        falseAlarmRate: 0.05,
        computeFor: () => Promise.resolve(createInlineCompute()),
        ...(columns ? { columns } : {}),
      }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};

export const columnOf = ({ columns }: DriftReport, name: string): ColumnReport => {
  const column = columns.find((one) => one.name === name);
  if (!column) throw new Error(`no column '${name}' among ${columns.map((one) => one.name).join(', ')}`);
  return column;
};

export const findingOf = (report: DriftReport, code: string): Finding | undefined =>
  [...report.findings, ...report.columns.flatMap(({ findings }) => findings)].find((finding) => finding.code === code);

/** Rows of a CSV: `row(i)` for i from 0. */
export const csvOf = (header: string, rows: number, row: (i: number) => string, end = '\n'): string =>
  [header, ...Array.from({ length: rows }, (_, i) => row(i)), ''].join(end);

/** Evenly spread over 0 … 1 in an order that is not ascending. */
export const spread = (i: number): number => ((i * 7919) % 1000) / 1000;
