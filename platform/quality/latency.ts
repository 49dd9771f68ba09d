/** How long predictions took. */
import type { NumberColumn } from '../../core/frame.js';
import type { Latency } from '../../core/quality/report.js';
import { quantile } from '../../core/statistics/quantile.js';
import { sortedValues } from '../../core/statistics/sort.js';

/** @returns null when no row says it */
export const latencyOf = ({ values }: NumberColumn): Latency | null => {
  const sorted = sortedValues(values.filter(Number.isFinite));
  if (sorted.length === 0) return null;
  const sum = sorted.reduce((total, value) => total + value, 0);
  const at = (share: number): number => quantile(sorted, share);
  return { rows: sorted.length, mean: sum / sorted.length, median: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
};
