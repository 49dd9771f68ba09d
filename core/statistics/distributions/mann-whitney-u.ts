/**
 * Share of the C(n + m, n) equally likely orders of two samples without ties whose U is at most `u`.
 *
 * The numbers of orders per U are the coefficients of the Gaussian binomial ∏ (1 − q^(m+i)) / (1 − q^i), i = 1 … n. They are
 * symmetric, so the lower half is enough, and one factor after the other is multiplied in: O(n · u).
 *
 * @param n smaller sample
 * @param m larger sample
 * @param u 0 to nm/2
 */
export const mannWhitneyCdf = (n: number, m: number, u: number): number => {
  const shares = new Float64Array(u + 1);
  shares[0] = 1;
  for (let i = 1; i <= n; i++) {
    for (let k = u; k >= m + i; k--) shares[k]! -= shares[k - m - i]!;
    for (let k = i; k <= u; k++) shares[k]! += shares[k - i]!;
    // C(m + i, i) orders so far: dividing as we go keeps shares of 1 where counts would leave a double
    const grown = i / (m + i);
    for (let k = 0; k <= u; k++) shares[k]! *= grown;
  }
  let sum = 0;
  for (let k = 0; k <= u; k++) sum += shares[k]!;
  return sum;
};
