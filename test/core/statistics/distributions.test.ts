import { expect } from 'chai';
import { RekindleError } from '../../../core/errors.js';
import {
  chiSquaredIsf,
  chiSquaredSf,
  kolmogorovIsf,
  kolmogorovSf,
  kolmogorovSmirnovSf,
  noncentralChiSquaredSf,
  normalCdf,
  normalQuantile,
  normalSf,
  smirnovSf,
  studentCritical,
  studentTwoSided,
} from '../../../core/statistics/index.js';

const near = (actual: number, expected: number, rel: number, what: string): void => {
  expect(Math.abs(actual - expected), `${what}: ${actual} against ${expected}`).to.be.at.most(Math.max(rel * Math.abs(expected), 1e-300));
};

describe('distributions', () => {
  it('give kstwo.sf of scipy in every region of n and x', () => {
    const values = [
      [1, 0.7, 0.6000000000000001],
      [5, 0.09, 1],
      [5, 0.15, 0.9988],
      [5, 0.3, 0.664],
      [5, 0.85, 0.0001518750000000001],
      [5, 0.6, 0.03008000000000001],
      [20, 0.05, 0.9999999767980384],
      [20, 0.1, 0.976255094592155],
      [20, 0.2, 0.352720173623415],
      [20, 0.35, 0.01075496344438931],
      [100, 0.03, 0.9999692479033473],
      [100, 0.08, 0.5182193645480672],
      [100, 0.15, 0.019839242125643017],
      [100, 0.25, 5.408871776434847e-6],
      [140, 0.05, 0.8576480297656114],
      [141, 0.03, 0.9992107601012719],
      [329, 0.02, 0.9991184926729777],
      [329, 0.05, 0.37103104937294296],
      [329, 0.09, 0.009069807703501055],
      [329, 0.16, 7.971891980425635e-8],
      [329, 0.99, 0],
      [1000, 0.01, 0.9999496745370611],
      [1000, 0.03, 0.3226902143914636],
      [1000, 0.06, 0.001428597887952891],
      [10000, 0.002, 0.9999999999991761],
      [10000, 0.008, 0.5414432241521093],
      [10000, 0.02, 0.0006616848639387309],
      [100000, 0.001, 0.9999638407940036],
      [100000, 0.003, 0.3284563327726956],
      [100000, 0.006, 0.0014871489301131564],
      [100001, 0.0008, 0.9999999544939218],
      [500000, 0.001, 0.6989801443663661],
      [500000, 0.0021, 0.024276288597831493],
      [500000, 0.004, 2.2445978493851467e-7],
    ] as const;
    for (const [n, x, expected] of values) near(kolmogorovSmirnovSf(n, x), expected, 1e-9, `kstwo.sf(${x}, ${n})`);
  });

  it('give ksone.sf, kstwobign.sf and kstwobign.isf of scipy', () => {
    for (const [n, x, expected] of [
      [3, 0.2, 0.712],
      [10, 0.5, 0.003888705],
      [50, 0.1, 0.34490701996888],
      [1000, 0.02, 0.44342498843949424],
      [100000, 0.004, 0.04065349569406545],
    ] as const)
      near(smirnovSf(n, x), expected, 1e-6, `ksone.sf(${x}, ${n})`);
    for (const [t, expected] of [
      [0.2, 0.999999999999495],
      [0.5, 0.9639452436648751],
      [0.9, 0.3927307079406543],
      [1, 0.26999967167735456],
      [1.36, 0.049485876755377876],
      [3, 3.045995948942526e-8],
      [8, 5.14441874528483e-56],
    ] as const)
      near(kolmogorovSf(t), expected, 1e-11, `kstwobign.sf(${t})`);
    for (const [p, expected] of [
      [0.5, 0.8275735551899059],
      [0.05, 1.3580986393225507],
      [0.01, 1.6276236115189504],
      [1e-6, 2.6933861344527097],
    ] as const)
      near(kolmogorovIsf(p), expected, 1e-12, `kstwobign.isf(${p})`);
    expect(kolmogorovIsf(0)).to.equal(Infinity);
  });

  it('give chi2.sf, chi2.isf and ncx2.sf of scipy', () => {
    for (const [x, dof, expected] of [
      [0.1, 1, 0.7518296340458492],
      [3.84, 1, 0.05004352124870519],
      [50, 1, 1.537459794428033e-12],
      [1000, 3, 1.7994208765314067e-216],
      [9, 10, 0.5321035763747151],
      [520, 39, 2.2361471505060038e-85],
      [99000, 100000, 0.9875216843619172],
      [101000, 100000, 0.012868840377233648],
    ] as const)
      near(chiSquaredSf(x, dof), expected, 1e-10, `chi2.sf(${x}, ${dof})`);
    for (const [p, dof, expected] of [
      [0.05, 1, 3.8414588206941285],
      [0.05, 9, 16.91897760462045],
      [0.01, 199, 248.32859572006595],
      [0.95, 3, 0.35184631774927166],
    ] as const)
      near(chiSquaredIsf(p, dof), expected, 1e-12, `chi2.isf(${p}, ${dof})`);
    for (const [x, dof, lambda, expected] of [
      [3.84, 1, 7.85, 0.8001610939114071],
      [12.59, 6, 5, 0.33625520203148984],
      [10, 4, 100, 0.9999999999993395],
      [300, 200, 80, 0.22386252489883673],
    ] as const)
      near(noncentralChiSquaredSf(x, dof, lambda), expected, 1e-10, `ncx2.sf(${x}, ${dof}, ${lambda})`);
  });

  it('give norm.sf, norm.ppf and t.sf of scipy, also far in the tails', () => {
    for (const [z, expected] of [
      [-3, 0.9986501019683699],
      [0, 0.5],
      [1, 0.15865525393145707],
      [1.96, 0.024997895148220435],
      [6, 9.865876450376946e-10],
      [20, 2.7536241186061556e-89],
      [37, 5.7255712225239266e-300],
    ] as const) {
      near(normalSf(z), expected, 1e-12, `norm.sf(${z})`);
      near(normalCdf(-z), expected, 1e-12, `norm.cdf(${-z})`);
    }
    for (const [p, expected] of [
      [1e-300, -37.0470962993612],
      [1e-10, -6.361340902404056],
      [0.02, -2.053748910631823],
      [0.5, 0],
      [0.8, 0.8416212335729143],
      [0.975, 1.959963984540054],
      [0.999999, 4.753424308817087],
    ] as const)
      near(normalQuantile(p), expected, 1e-12, `norm.ppf(${p})`);
    for (const [t, dof, expected] of [
      [2.1, 7, 0.07387119621292265],
      [-2.1, 7, 0.07387119621292265],
      [0.01, 3, 0.992649111412852],
      [40, 30, 1.3726045194406417e-27],
      [1, 1, 0.5],
      [1.5, 1000, 0.13393003882208626],
      [0, 5, 1],
    ] as const)
      near(studentTwoSided(t, dof), expected, 1e-11, `2 t.sf(${t}, ${dof})`);
    for (const [p, dof, expected] of [
      [0.05, 30, 2.042272456301238],
      [0.01, 2, 9.924843200918293],
      [0.5, 7, 0.7111417780817866],
    ] as const)
      near(studentCritical(p, dof), expected, 1e-10, `t.isf(${p} / 2, ${dof})`);
  });

  it('refuse a share that is none', () => {
    expect(() => normalQuantile(0)).to.throw(RekindleError, 'got 0');
    expect(() => normalQuantile(NaN)).to.throw(RekindleError);
  });
});
