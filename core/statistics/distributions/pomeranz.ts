const SCALE_BITS = 128;
const BIG = 2 ** SCALE_BITS;
const SMALL = 2 ** -SCALE_BITS;

/** (x/n)ᵐ / m! for m = 0 … count − 1: Poisson probabilities without their normalising factor. */
const poissonTerms = (x: number, count: number): Float64Array => {
  const terms = new Float64Array(count);
  terms[0] = 1;
  for (let m = 1; m < count; m++) terms[m] = (terms[m - 1]! * x) / m;
  return terms;
};

/**
 * P(Dₙ ≤ x) by Pomeranz's recursion: 2n + 1 steps, each a convolution of the row before with Poisson terms, only the band
 * inside the two boundaries being kept. Exact; for small n.
 *
 * @see Pomeranz, Exact Cumulative Distribution of the Kolmogorov–Smirnov Statistic for Small Samples (1974)
 */
export const pomeranzCdf = (n: number, x: number): number => {
  const t = n * x;
  const whole = Math.floor(t);
  const fraction = t - whole;
  const g = Math.min(fraction, 1 - fraction);
  const ceil = fraction > 0 ? 1 : 0;
  const round = fraction > 0.5 ? 1 : 0;
  const count = 2 * (whole + 1);
  const outer = poissonTerms(g / n, count);
  const odd = poissonTerms((2 * g) / n, count);
  const even = poissonTerms((1 - 2 * g) / n, count);

  /** first and last column inside the boundaries in row i */
  const band = (i: number): [number, number] => {
    let [low, high] = [-whole - ceil - 1, whole + ceil - 1];
    const half = Math.floor((i + 1) / 2);
    if (i > 0 && i % 2 === 0) [low, high] = [half - 1 - whole - 1, half + whole + round - 1];
    else if (i > 0 && half === n + 1) [low, high] = [n - whole - ceil - 1, n + whole + ceil - 1];
    else if (i > 0) [low, high] = [half - 1 - whole - round - 1, half + whole - 1 + ceil - 1];
    return [Math.max(low + 2, 0), Math.min(high, n)];
  };

  let row = new Float64Array(count);
  row[0] = 1;
  let rowStart = 0;
  let bits = 0;
  let low = band(0)[0];
  for (let i = 1; i <= 2 * n + 1; i++) {
    const previousLow = low;
    const [nextLow, high] = band(i);
    low = nextLow;
    const terms = i === 1 || i === 2 * n + 1 ? outer : i % 2 === 1 ? odd : even;
    const next = new Float64Array(count);
    let largest = 0;
    for (let column = low; column <= high; column++) {
      let sum = 0;
      for (let from = previousLow; from <= column; from++) sum += (row[from - rowStart] ?? 0) * terms[column - from]!;
      next[column - low] = sum;
      largest = Math.max(largest, sum);
    }
    if (largest > 0 && largest < SMALL) {
      for (let j = 0; j < count; j++) next[j]! *= BIG;
      bits -= SCALE_BITS;
    }
    row = next;
    rowStart = low;
  }
  let p = row[n - rowStart]!;
  for (let m = 1; m <= n; m++) {
    if (Math.abs(p) > BIG) {
      p *= SMALL;
      bits += SCALE_BITS;
    }
    p *= m;
  }
  return p * 2 ** bits;
};
