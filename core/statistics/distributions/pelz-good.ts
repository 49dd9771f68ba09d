const PI2 = Math.PI ** 2;
const PI4 = Math.PI ** 4;
const PI6 = Math.PI ** 6;
const ROOT_2PI = Math.sqrt(2 * Math.PI);

/**
 * P(Dₙ ≤ x) by the first four terms of its expansion in 1/√n, K₀(z) + K₁(z)/√n + K₂(z)/n + K₃(z)/n^1.5 with z = x√n.
 * Five to seven correct digits where `kolmogorovSmirnovSf` uses it.
 *
 * @see Pelz & Good, Approximating the Lower Tail-areas of the Kolmogorov–Smirnov One-sample Statistic (1976)
 */
export const pelzGoodCdf = (n: number, x: number): number => {
  const z = Math.sqrt(n) * x;
  const z2 = z ** 2;
  const z4 = z ** 4;
  const z6 = z ** 6;
  const logQ = -PI2 / 8 / z2;
  if (logQ < -708) return 0; // z under 0.042: the probability underflows
  const q = Math.exp(logQ);

  // sums over odd m of polynomials in m² times q^(m²), by Horner's scheme in powers of q⁸
  let [k0, k1, k2, k3] = [0, 0, 0, 0];
  const terms = Math.ceil((16 * z) / Math.PI);
  for (let k = terms; k > 0; k--) {
    const m2 = (2 * k - 1) ** 2;
    const m4 = m2 * m2;
    const m6 = m4 * m2;
    const power = q ** (8 * k);
    k0 = k0 * power + 1;
    k1 = k1 * power - z2 + (PI2 / 4) * m2;
    k2 = k2 * power + 6 * z6 + 2 * z4 + (((2 * z4 - 5 * z2) * PI2) / 4) * m2 + ((PI4 * (1 - 2 * z2)) / 16) * m4;
    k3 =
      k3 * power -
      30 * z6 -
      90 * z ** 8 +
      ((PI2 * (135 * z4 - 96 * z6)) / 4) * m2 +
      ((PI4 * (-60 * z2 + 212 * z4)) / 16) * m4 +
      ((PI6 * (5 - 30 * z2)) / 64) * m6;
  }
  const scale = q * ROOT_2PI;
  k0 *= scale / z;
  k1 *= scale / (6 * z4);
  k2 *= scale / (72 * z ** 7);
  k3 *= scale / (6480 * z ** 10);

  // the second sums of K₂ and K₃, over all integers
  const q2 = Math.exp(-PI2 / 2 / z2);
  let [sum2, sum3] = [0, 0];
  for (let k = terms; k > 0; k--) {
    const power = q2 ** (k * k);
    sum2 += k * k * power;
    sum3 += (3 * z2 - PI2 * k * k) * k * k * power;
  }
  k2 += (sum2 * PI2 * ROOT_2PI) / (-36 * z ** 3);
  k3 += (sum3 * PI2 * ROOT_2PI) / (216 * z6);

  return k0 + k1 / Math.sqrt(n) + k2 / n + k3 / n ** 1.5;
};
