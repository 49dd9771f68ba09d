/** Values with how many orders reach them, ascending by value. */
interface Frequencies {
  readonly values: Float64Array;
  readonly orders: Float64Array;
}

const NONE: Frequencies = { values: new Float64Array(0), orders: new Float64Array(0) };

/** Both tables as one, each value raised by `added`; what reaches `limit` is told apart no further. */
const merged = (a: Frequencies, b: Frequencies, added: number, limit: number): Frequencies => {
  const values = new Float64Array(a.values.length + b.values.length);
  const orders = new Float64Array(values.length);
  let [i, j, size] = [0, 0, 0];
  while (i < a.values.length || j < b.values.length) {
    const fromA = j >= b.values.length || (i < a.values.length && a.values[i]! <= b.values[j]!);
    const value = Math.min(limit, added + (fromA ? a.values[i]! : b.values[j]!));
    const count = fromA ? a.orders[i++]! : b.orders[j++]!;
    if (size > 0 && values[size - 1] === value) orders[size - 1]! += count;
    else {
      values[size] = value;
      orders[size++] = count;
    }
  }
  return { values: values.subarray(0, size), orders: orders.subarray(0, size) };
};

/**
 * Share of the C(n + m, m) equally likely orders of two samples without ties whose ζ is at least the given one, where ζ is the sum of
 * (F − G)² over the pooled values in units of 1/lcm(n, m)². Order by order along lattice paths, equal sums together.
 *
 * @see Xiao, Gordon & Yakovlev, A C++ Program for the Cramér–von Mises Two-Sample Test (2007)
 */
export const exactCramerVonMises = (m: number, n: number, zeta: number): number => {
  const gcd = (x: number, y: number): number => (y === 0 ? x : gcd(y, x % y));
  const divisor = gcd(m, n);
  const [a, b] = [n / divisor, m / divisor];
  let row: Frequencies[] = [{ values: Float64Array.of(0), orders: Float64Array.of(1) }, ...Array.from({ length: m }, () => NONE)];
  for (let u = 0; u <= n; u++) {
    let left = NONE;
    row = row.map((above, v) => (left = merged(left, above, (a * v - b * u) ** 2, zeta)));
  }
  const { values, orders } = row[m]!;
  let [all, extreme] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    all += orders[i]!;
    if (values[i]! >= zeta) extreme += orders[i]!;
  }
  return extreme / all;
};
