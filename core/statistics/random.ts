/**
 * mulberry32: a seeded generator of uniform numbers in [0, 1), the same in every language that has 32-bit integers.
 * Good enough for resampling, not for secrets. Seed 42 gives 0.6011037519201636, 0.44829055899754167, 0.8524657934904099, …
 *
 * @param seed its low 32 bits count
 * @see Tommy Ettinger, mulberry32 (2017), public domain
 */
export const mulberry32 = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};
