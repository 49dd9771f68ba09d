/** What `rekindle/statistics` offers: documented, importable from the package, and of one mind about errors. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import * as statistics from '../../../core/statistics/index.js';
import { tempFolder } from '../../support/fixtures.js';

const ROOT = join(import.meta.dirname, '../../..');
const SOURCE = join(ROOT, 'core/statistics/index.ts');
const BUILT = join(ROOT, 'dist/core/statistics/index.js');

const { isUndefined } = statistics;
const page = readFileSync(join(ROOT, 'docs/statistics.md'), 'utf8');

describe('rekindle/statistics', () => {
  it('is documented, name by name', () => {
    const documented = new Set([...page.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(Object.keys(statistics).filter((name) => !documented.has(name))).to.deep.equal([]);
  });

  it('documents nothing that is not there', () => {
    const table = page.split('\n').filter((line) => line.startsWith('| '));
    const words = new Set(['bonferroni', 'sidak', 'holm', 'fdr_bh', 'fdr_by']);
    const named = table.flatMap((line) => [...line.matchAll(/`(\w+)`/g)].map(([, name]) => name!)).filter((name) => !words.has(name));
    expect(named.filter((name) => !(name in statistics))).to.deep.equal([]);
  });

  it('runs as the page shows it', async () => {
    const [, code] = /```ts\n([^]*?)```/.exec(page)!;
    const said: unknown[][] = [];
    const file = join(tempFolder(), 'example.ts');
    const body = code!.replace("'rekindle/statistics'", `'${pathToFileURL(SOURCE).href}'`).replaceAll('console.log(', 'say(');
    writeFileSync(
      file,
      `import type {} from 'node:fs';\nexport const said: unknown[][] = [];\nconst say = (...given: unknown[]) => said.push(given);\n${body}`,
    );
    said.push(...((await import(pathToFileURL(file).href)) as { said: unknown[][] }).said);
    // scipy.stats.ks_2samp([1..8], [3..9]): statistic 0.25, pvalue 0.9104895104895104
    expect(said[0]![0]).to.equal(0.25);
    expect(said[0]![1]).to.be.closeTo(0.9104895104895104, 1e-9);
    expect(said[1]![2]).to.equal(1);
    // statsmodels multipletests([0.01, 0.04, 0.2], method='fdr_bh')
    (said[2]![0] as (number | null)[]).forEach((p, i) => {
      const expected = [0.03, 0.06, null, 0.2][i]!;
      if (expected === null) expect(p).to.equal(null);
      else expect(p).to.be.closeTo(expected, 1e-12);
    });
  });

  it('is the same from the built package', async function () {
    if (!existsSync(BUILT) || statSync(BUILT).mtimeMs < statSync(SOURCE).mtimeMs) return this.skip(); // `npm run build` makes it
    const name = 'rekindle/statistics';
    const built = (await import(name)) as typeof statistics;
    expect(Object.keys(built).sort()).to.deep.equal(Object.keys(statistics).sort());
    expect(built.ksTest(Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6))).to.include({ statistic: 1 });
    expect(existsSync(BUILT.replace(/\.js$/, '.d.ts'))).to.equal(true);
  });

  it('refuses wrong calls with one code, naming who asks and what was given', () => {
    const [two, three, bits] = [Float64Array.of(0.1, 0.2), Float64Array.of(0.1, 0.2, 0.3), Uint8Array.of(0, 1)];
    const {
      adjustPValues,
      adwin,
      balancedCramersV,
      binaryIntervals,
      binaryQuality,
      binEdges,
      bootstrap,
      brierScore,
      chiSquareTest,
      decisionQuality,
      delong,
      equalCountCalibrationError,
      estimateCbpe,
      expectedQuality,
      fisherExact,
      fitCbpe,
      fitDle,
      goodnessOfFit,
      hellinger,
      isotonicRegression,
      jensenShannon,
      kullbackLeibler,
      logLoss,
      mcnemar,
      mmd,
      multiclassQuality,
      multiclassScores,
      normalQuantile,
      pairedDelong,
      pinballLoss,
      psiOfShares,
      quantile,
      ranking,
      regressionIntervals,
      regressionQuality,
      reliability,
      rocAuc,
      twoProportionZ,
      wasserstein,
      wilsonInterval,
    } = statistics;
    const wrong: Readonly<Record<string, () => unknown>> = {
      rocAuc: () => rocAuc(bits, three),
      delong: () => delong(bits, three),
      pairedDelong: () => pairedDelong(bits, two, three),
      ranking: () => ranking(bits, three),
      brierScore: () => brierScore(bits, three),
      logLoss: () => logLoss(bits, three),
      binaryQuality: () => binaryQuality(bits, three),
      'binaryQuality, weights': () => binaryQuality(bits, two, { weights: three }),
      decisionQuality: () => decisionQuality(bits, Uint8Array.of(1)),
      binaryIntervals: () => binaryIntervals({ labels: bits, decided: bits, scores: three }, { seed: 1 }),
      reliability: () => reliability(bits, Float64Array.of(0.1, 1.2)),
      equalCountCalibrationError: () => equalCountCalibrationError(bits, three),
      multiclassQuality: () => multiclassQuality(['a'], ['b'], { labels: ['a'] }),
      multiclassScores: () => multiclassScores(Uint32Array.of(0, 2), [two, two]),
      regressionQuality: () => regressionQuality(two, three),
      regressionIntervals: () => regressionIntervals(two, three, { seed: 1 }),
      pinballLoss: () => pinballLoss(two, two, 1),
      isotonicRegression: () => isotonicRegression(two, three),
      expectedQuality: () => expectedQuality(two, three),
      fitCbpe: () => fitCbpe(bits, two, { chunkRows: 0 }),
      estimateCbpe: () => estimateCbpe({} as never, two, Uint8Array.of(1)),
      fitDle: () => fitDle({ rows: 2, columns: {} }, two, three),
      chiSquareTest: () => chiSquareTest([[1, 2], [1]]),
      balancedCramersV: () => balancedCramersV([1, 2], [1]),
      goodnessOfFit: () => goodnessOfFit([1, 2], [1]),
      hellinger: () => hellinger([1, -1], [1, 1]),
      jensenShannon: () => jensenShannon([1], [1], { base: 1 }),
      kullbackLeibler: () => kullbackLeibler([1], [1, 2]),
      psiOfShares: () => psiOfShares([1], [0.5, 0.5]),
      fisherExact: () => fisherExact([[1, 0.5], [1, 1]]), // prettier-ignore
      mcnemar: () => mcnemar(-1, 2),
      wasserstein: () => wasserstein(two, two, { referenceWeights: [1] }),
      mmd: () => mmd([two], [], { seed: 1 }),
      twoProportionZ: () => twoProportionZ(3, 2, 1, 2),
      wilsonInterval: () => wilsonInterval(3, 2),
      adjustPValues: () => adjustPValues([1.5]),
      quantile: () => quantile([1, 2], 2),
      normalQuantile: () => normalQuantile(1),
      binEdges: () => binEdges(two, 0),
      bootstrap: () => bootstrap(3, () => 1, { seed: 1, alpha: 0 }),
      adwin: () => adwin({ delta: 2 }),
    };
    for (const [name, call] of Object.entries(wrong))
      expect(call, name).to.throw(statistics.RekindleError).with.property('code', 'STATISTIC_OPTIONS_INVALID');
  });

  it('answers data that give no answer with a reason', () => {
    const none = new Float64Array(0);
    const answers = [
      statistics.ksTest(none, none),
      statistics.wasserstein(none, none),
      statistics.quantilePsi(none, none),
      statistics.rocAuc(Uint8Array.of(1, 1), Float64Array.of(0.1, 0.2)),
      statistics.binaryQuality(new Uint8Array(0), none),
      statistics.multiclassQuality([], [], { labels: [] }),
      statistics.regressionQuality(none, none),
      statistics.pinballLoss(none, none, 0.5),
      statistics.wilsonInterval(0, 0),
      statistics.bootstrap(0, () => 1, { seed: 1 }),
    ];
    for (const answer of answers) {
      expect(isUndefined(answer)).to.equal(true);
      expect((answer as statistics.Undefined).reason).to.not.equal('');
    }
  });
});
