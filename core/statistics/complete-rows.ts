/**
 * Columns without the rows in which any of them is missing (NaN).
 *
 * @param columns of one length
 * @returns new columns; the same ones when nothing is missing
 */
export const completeRows = (...columns: readonly Float64Array[]): readonly Float64Array[] => {
  const n = columns[0]?.length ?? 0;
  const missing = new Uint8Array(n);
  let kept = n;
  for (const column of columns) {
    for (let i = 0; i < n; i++) {
      if (!Number.isNaN(column[i]!) || missing[i] === 1) continue;
      missing[i] = 1;
      kept--;
    }
  }
  if (kept === n) return columns;
  return columns.map((column) => column.filter((_, i) => missing[i] === 0));
};
