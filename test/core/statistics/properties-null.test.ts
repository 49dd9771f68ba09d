/**
 * P-values when nothing has changed. Of 1000 seeded comparisons the number with p ≤ α is binomial, so it lies within the bounds that
 * `scipy.stats.binom` gives for a probability of 1e-6 on either side: `ppf(1e-6, 1000, α)` and `isf(1e-6, 1000, α)`. Where only few values
 * of p are possible a test may be too careful, but never too quick: the upper bound holds for it alone.
 */
import { expect } from 'chai';
import {
  chiSquareTest,
  cramerVonMises,
  fisherExact,
  isUndefined,
  ksTest,
  mannWhitney,
  mcnemar,
  mulberry32,
  pairedDelong,
  pairedDelongSeries,
  twoProportionZ,
  welchTest,
  type Undefined,
} from '../../../core/statistics/index.js';

const COMPARISONS = 1000;

/** α, fewest and most of 1000. */
const BOUNDS = [
  [0.01, 0, 28],
  [0.05, 21, 86],
  [0.1, 58, 148],
  [0.25, 187, 317],
  [0.5, 425, 575],
  [0.75, 683, 813],
] as const;

type Test = (random: () => number) => { readonly pValue: number } | Undefined;

const draw = (n: number, value: () => number): Float64Array => Float64Array.from({ length: n }, value);
const near =
  (random: () => number): (() => number) =>
  () =>
    random() + random() + random();
const successes = (n: number, share: number, random: () => number): number => draw(n, random).filter((u) => u < share).length;

/** Scores of two models that are equally good, on the same rows. */
const models = (n: number, random: () => number) => {
  const labels = Uint8Array.from({ length: n }, () => Number(random() < 0.4));
  const scores = (): Float64Array => Float64Array.from(labels, (label) => 0.5 * label + random());
  return [labels, scores(), scores()] as const;
};

/** Their p takes so many values that it is uniform for all purposes. */
const UNIFORM: Readonly<Record<string, Test>> = {
  'KS, asymptotic, of 300 and 500': (random) => ksTest(draw(300, random), draw(500, random), { method: 'asymp' }),
  'Cramér–von Mises of 80 and 120': (random) => cramerVonMises(draw(80, random), draw(120, random)),
  'Mann–Whitney of 80 and 120': (random) => mannWhitney(draw(80, random), draw(120, random)),
  'Welch of 80 and 120': (random) => welchTest(draw(80, near(random)), draw(120, near(random))),
  'DeLong of two models': (random) => pairedDelong(...models(300, random)),
  'DeLong of two models in time order': (random) => pairedDelongSeries(...models(400, random)),
};

/** With few different values of p. */
const CAREFUL: Readonly<Record<string, Test>> = {
  'KS, exact, of 12 and 20': (random) => ksTest(draw(12, random), draw(20, random)),
  'KS of values that tie': (random) => ksTest(draw(60, () => Math.floor(5 * random())), draw(90, () => Math.floor(5 * random()))), // prettier-ignore
  'Fisher of 12 and 15': (random) => {
    const [a, b] = [successes(12, 0.3, random), successes(15, 0.3, random)];
    return fisherExact([[a, 12 - a], [b, 15 - b]]); // prettier-ignore
  },
  'McNemar, exact': (random) => {
    const first = successes(20, 0.5, random);
    return mcnemar(first, 20 - first);
  },
  'chi-square with Yates’ correction': (random) => {
    const [a, b] = [successes(60, 0.4, random), successes(80, 0.4, random)];
    return chiSquareTest([[a, 60 - a], [b, 80 - b]]); // prettier-ignore
  },
};

/** Uniform but for steps, so its few possible values must be at the places where it is looked at. */
const STEPPED: Readonly<Record<string, Test>> = {
  'chi-square of four categories': (random) => {
    const row = (n: number): number[] => {
      const counts = [0, 0, 0, 0];
      for (let i = 0; i < n; i++) counts[Math.floor(4 * random())]!++;
      return counts;
    };
    return chiSquareTest([row(400), row(600)]);
  },
  'z of two proportions': (random) => twoProportionZ(successes(900, 0.4, random), 900, successes(1100, 0.4, random), 1100),
};

const pValues = (test: Test): number[] => {
  const random = mulberry32(2024);
  return Array.from({ length: COMPARISONS }, () => {
    const result = test(random);
    if (isUndefined(result)) throw new Error(result.reason);
    return result.pValue;
  });
};

describe('p-values when nothing has changed', function () {
  this.timeout(60_000);
  for (const [name, test] of Object.entries({ ...UNIFORM, ...STEPPED })) {
    it(`of ${name} are uniform`, () => {
      const ps = pValues(test);
      for (const [alpha, fewest, most] of BOUNDS) {
        const found = ps.filter((p) => p <= alpha).length;
        expect(found, `p ≤ ${alpha} in ${COMPARISONS}`).to.be.within(fewest, most);
      }
    });
  }

  for (const [name, test] of Object.entries(CAREFUL)) {
    it(`of ${name} are never too small`, () => {
      const ps = pValues(test);
      for (const [alpha, , most] of BOUNDS) {
        const found = ps.filter((p) => p <= alpha).length;
        expect(found, `p ≤ ${alpha} in ${COMPARISONS}`).to.be.at.most(most);
      }
      expect(Math.min(...ps), 'some are small').to.be.below(0.2);
    });
  }

  it('are seen to be wrong when they are: such as one-sided ones that are taken as two-sided', () => {
    const halved = pValues((random) => {
      const result = UNIFORM['Welch of 80 and 120']!(random);
      return isUndefined(result) ? result : { pValue: result.pValue / 2 };
    });
    const [alpha, , most] = BOUNDS[3];
    expect(halved.filter((p) => p <= alpha).length).to.be.above(most);
  });
});
