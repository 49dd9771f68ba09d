const N = 624;
const M = 397;

const mixed = (state: Uint32Array, high: number, low: number, far: number): number => {
  const y = (state[high]! & 0x80000000) | (state[low]! & 0x7fffffff);
  return state[far]! ^ (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
};

/** The next 624 words of state, and what is drawn from them. */
const advance = (state: Uint32Array, drawn: Uint32Array): void => {
  for (let k = 0; k < N - M; k++) state[k] = mixed(state, k, k + 1, k + M);
  for (let k = N - M; k < N - 1; k++) state[k] = mixed(state, k, k + 1, k + M - N);
  state[N - 1] = mixed(state, N - 1, 0, M - 1);
  for (let k = 0; k < N; k++) {
    let y = state[k]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    drawn[k] = y ^ (y >>> 18);
  }
};

/** Draws as numpy's `RandomState` makes them. */
export interface NumpyRandom {
  /** a uniform whole number in [0, most] */
  upTo(most: number): number;
  /** 0 … n − 1 in random order */
  permutation(n: number): Uint32Array;
  /** makes the draws of a permutation without making it */
  skipPermutation(n: number): void;
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
  const drawn = new Uint32Array(N);
  state[0] = seed;
  for (let k = 1; k < N; k++) state[k] = Math.imul(1812433253, state[k - 1]! ^ (state[k - 1]! >>> 30)) + k;
  let at = N;

  const upTo = (most: number): number => {
    if (most === 0) return 0;
    // as many bits as `most` has, drawn until they are not above it: every number is equally likely
    const mask = 0xffffffff >>> Math.clz32(most);
    for (;;) {
      if (at === N) {
        advance(state, drawn);
        at = 0;
      }
      const value = (drawn[at++]! & mask) >>> 0;
      if (value <= most) return value;
    }
  };

  return {
    upTo,
    permutation: (n) => {
      const order = new Uint32Array(n);
      for (let i = 0; i < n; i++) order[i] = i;
      for (let i = n - 1; i > 0; i--) {
        const j = upTo(i);
        const swapped = order[i]!;
        order[i] = order[j]!;
        order[j] = swapped;
      }
      return order;
    },
    skipPermutation: (n) => {
      for (let i = n - 1; i > 0; i--) upTo(i);
    },
  };
};
