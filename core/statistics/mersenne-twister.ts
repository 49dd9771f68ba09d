const N = 624;
const M = 397;

const twist = (state: Uint32Array): void => {
  for (let k = 0; k < N; k++) {
    const y = (state[k]! & 0x80000000) | (state[(k + 1) % N]! & 0x7fffffff);
    state[k] = state[(k + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
};

/** Draws as numpy's `RandomState` makes them. */
export interface NumpyRandom {
  /** a uniform whole number in [0, 2³²) */
  next(): number;
  /** 0 … n − 1 in random order */
  permutation(n: number): Uint32Array;
}

/**
 * The Mersenne Twister as numpy's legacy `RandomState` uses it, to draw the same rows as a peer that is written in Python. For anything
 * else `mulberry32` is smaller and as good.
 *
 * @param seed its low 32 bits count
 * @see Matsumoto & Nishimura, Mersenne Twister (1998); `numpy.random.RandomState`
 */
export const numpyRandom = (seed: number): NumpyRandom => {
  const state = new Uint32Array(N);
  state[0] = seed;
  for (let k = 1; k < N; k++) state[k] = Math.imul(1812433253, state[k - 1]! ^ (state[k - 1]! >>> 30)) + k;
  let at = N;
  const next = (): number => {
    if (at === N) {
      twist(state);
      at = 0;
    }
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
  const permutation = (n: number): Uint32Array => {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      // a draw of as many bits as i has, until it is not above i: every place is equally likely
      const mask = 0xffffffff >>> Math.clz32(i);
      let j = (next() & mask) >>> 0;
      while (j > i) j = (next() & mask) >>> 0;
      const swapped = order[i]!;
      order[i] = order[j]!;
      order[j] = swapped;
    }
    return order;
  };
  return { next, permutation };
};
