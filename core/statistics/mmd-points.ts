/** Rows as points: complete, drawn, scaled. Preparation of `mmd`. */

/** Numbers of the rows that miss no column. */
export const completeRows = (columns: readonly Float64Array[]): Uint32Array => {
  const rows = new Uint32Array(columns[0]?.length ?? 0);
  let n = 0;
  for (let row = 0; row < rows.length; row++) {
    let complete = true;
    for (const column of columns) if (Number.isNaN(column[row])) complete = false;
    if (complete) rows[n++] = row;
  }
  return rows.subarray(0, n);
};

/** Moves a random choice of `count` entries to the front, without replacement (Fisher–Yates, stopped early). */
export const shuffleFront = (entries: Uint32Array, count: number, random: () => number): void => {
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (entries.length - i));
    const entry = entries[i]!;
    entries[i] = entries[j]!;
    entries[j] = entry;
  }
};

/** Mean ranks, between 0 and 1: equal values share one. */
export const pooledRanks = (values: Float64Array): Float64Array => {
  const n = values.length;
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0));
  const ranks = new Float64Array(n);
  for (let start = 0, end = 0; start < n; start = end) {
    while (end < n && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end) / 2 / n;
  }
  return ranks;
};

/** Squared Euclidean distances of all pairs, row by row in a square matrix. */
export const squaredDistances = (columns: readonly Float64Array[]): Float64Array => {
  const n = columns[0]!.length;
  const matrix = new Float64Array(n * n);
  for (const column of columns) {
    for (let i = 0; i < n; i++) {
      const value = column[i]!;
      for (let j = 0; j < i; j++) {
        const difference = value - column[j]!;
        matrix[i * n + j]! += difference * difference;
      }
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j]!;
  return matrix;
};
