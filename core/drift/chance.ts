/**
 * Could it be chance that something which occurs in `seen` of the current rows never occurred in the reference? If the rows of both sides
 * come in random order, all of these `seen` rows lie on the current side with probability C(m, seen) / C(n + m, seen). No law of the values
 * is assumed; only that rows are exchangeable, which those of a slow stream are not quite.
 *
 * It is also the probability that the `seen` smallest (or largest) of all the rows are current ones, that is, that so many lie outside of
 * the reference's range.
 *
 * @param seen rows of the current side that have what the reference never had
 * @param n rows of the reference, `m` of the current side
 * @returns a probability; 1 when nothing was seen
 */
export const chanceOfNone = (seen: number, n: number, m: number): number => {
  let chance = 1;
  for (let i = 0; i < seen && chance > 1e-15; i++) chance *= (m - i) / (n + m - i);
  return chance;
};
