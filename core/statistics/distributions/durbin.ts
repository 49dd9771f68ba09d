/** Squares are rescaled by 2¹²⁸ when they leave this range; the exponents are kept apart. */
const SCALE_BITS = 128;
const BIG = 2 ** SCALE_BITS;
const SMALL = 2 ** -SCALE_BITS;

const multiply = (a: Float64Array, b: Float64Array, size: number): Float64Array => {
  const product = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k]!;
      if (factor === 0) continue;
      for (let j = 0; j < size; j++) product[i * size + j]! += factor * b[k * size + j]!;
    }
  }
  return product;
};

/**
 * P(Dₙ ≤ d) by Durbin's matrix: the middle element of n!/nⁿ · Hⁿ, where H has size 2⌈nd⌉ − 1. Exact; its cost grows with
 * (nd)³ log n, so it serves small nd.
 *
 * @see Marsaglia, Tsang & Wang, Evaluating Kolmogorov's Distribution (2003)
 */
export const durbinCdf = (n: number, d: number): number => {
  const k = Math.ceil(n * d);
  const h = k - n * d;
  const size = 2 * k - 1;
  const matrix = new Float64Array(size * size);
  const edge = new Float64Array(size); // first column, and last row reversed
  const inverseFactorials = new Float64Array(size);
  let factor = 1;
  for (let j = 1; j <= size; j++) {
    inverseFactorials[j - 1] = factor;
    factor /= j;
    edge[j - 1] = (1 - h ** j) * factor;
  }
  edge[size - 1] = (1 + Math.max(2 * h - 1, 0) ** size - 2 * h ** size) * factor;
  for (let column = 1; column < size; column++) {
    for (let row = column - 1; row < size; row++) matrix[row * size + column] = inverseFactorials[row - column + 1]!;
  }
  for (let row = 0; row < size; row++) matrix[row * size] = edge[row]!;
  for (let column = 0; column < size; column++) matrix[(size - 1) * size + column] = edge[size - 1 - column]!;

  const middle = (k - 1) * size + k - 1;
  let power: Float64Array = Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  let square: Float64Array = matrix;
  let powerBits = 0;
  let squareBits = 0;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      power = multiply(power, square, size);
      powerBits += squareBits;
    }
    square = multiply(square, square, size);
    squareBits *= 2;
    if (Math.abs(square[middle]!) > BIG) {
      for (let i = 0; i < square.length; i++) square[i]! *= SMALL;
      squareBits += SCALE_BITS;
    }
  }
  let p = power[middle]!;
  for (let i = 1; i <= n; i++) {
    p = (i * p) / n;
    if (Math.abs(p) < SMALL) {
      p *= BIG;
      powerBits -= SCALE_BITS;
    }
  }
  return p * 2 ** powerBits;
};
