import { expect } from 'chai';
import { domainClassifier, type DomainClassifier, type DomainColumn } from '../../../core/statistics/domain-classifier.js';
import { mulberry32 } from '../../../core/statistics/random.js';
import { isUndefined } from '../../../core/statistics/undefined.js';

const random = mulberry32(31);
const normal = (): number => {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
};

/** Standard normals, of which the first two have this correlation. */
const related = (rows: number, columns: number, correlation: number): DomainColumn[] => {
  const values = Array.from({ length: columns }, () => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    for (const column of values) column[row] = normal();
    values[1]![row] = correlation * values[0]![row]! + Math.sqrt(1 - correlation ** 2) * values[1]![row]!;
  }
  return values.map((column) => ({ type: 'number', values: column }));
};

const classify = (reference: DomainColumn[], current: DomainColumn[], seed = 1): DomainClassifier => {
  const answer = domainClassifier(reference, current, { seed });
  if (isUndefined(answer)) throw new Error(answer.reason);
  return answer;
};

describe('the domain classifier', function () {
  this.timeout(60_000);

  it('sees two columns that stopped moving together, among eight others, and names them', () => {
    const { auc, pValue, contributions } = classify(related(2000, 10, 0.8), related(2000, 10, 0));
    // the likelihood ratio itself has 0.76: scikit-learn's roc_auc_score of a million rows of each side
    expect(auc).to.be.within(0.62, 0.77);
    expect(pValue).to.be.below(1e-6);
    const ranked = contributions.map((share, column) => ({ share, column })).sort((a, b) => b.share - a.share);
    expect(ranked.slice(0, 2).map(({ column }) => column)).to.have.members([0, 1]);
    expect(contributions.reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-9);
  });

  it('comes near the best AUC there is for a shift of one column', () => {
    const shifted = related(2000, 5, 0.5).map((column, i): DomainColumn =>
      column.type === 'number' && i === 3 ? { type: 'number', values: column.values.map((value) => value + 1) } : column,
    );
    // Φ(1/√2)
    expect(classify(related(2000, 5, 0.5), shifted).auc).to.be.within(0.73, 0.77);
  });

  it('is wrong about equal samples as rarely as its p-value says', () => {
    let small = 0;
    for (let run = 0; run < 100; run++) if (classify(related(150, 4, 0.5), related(150, 4, 0.5), run).pValue < 0.05) small++;
    // 5 are expected; more than 11 come with probability 0.004
    expect(small).to.be.at.most(11);
  });

  it('sees categories that changed only together with others', () => {
    const rows = 1000;
    const side = (agree: number): DomainColumn[] => {
      const a = Int32Array.from({ length: rows }, () => Math.floor(random() * 4));
      const b = a.map((code) => (random() < agree ? code : Math.floor(random() * 4)));
      return [
        { type: 'category', codes: a },
        { type: 'category', codes: b },
      ];
    };
    expect(classify(side(0.9), side(0)).auc).to.be.above(0.75);
  });

  it('sees values that go missing together', () => {
    const holes = (together: boolean): DomainColumn[] => {
      const lost = Array.from({ length: 1000 }, () => random() < 0.5);
      return [0, 1].map((i) => ({
        type: 'number',
        values: Float64Array.from(lost, (here) => ((i === 0 || together ? here : random() < 0.5) ? NaN : normal())),
      }));
    };
    expect(classify(holes(true), holes(false)).auc).to.be.above(0.65);
  });

  it('answers the same for the same seed, and 1 when nothing is alike', () => {
    const [a, b] = [related(300, 3, 0.5), related(300, 3, 0)];
    expect(classify(a, b, 7)).to.deep.equal(classify(a, b, 7));
    const far = a.map((column): DomainColumn => ({
      type: 'number',
      values: (column as { values: Float64Array }).values.map((v) => v + 100),
    }));
    expect(classify(a, far)).to.deep.include({ auc: 1, pValue: 0, interval: [1, 1] });
  });

  it('looks at 2,000 rows of each side at most, and at no fewer than 50', () => {
    expect(classify(related(5000, 2, 0), related(60, 2, 0)).rows).to.deep.equal({ reference: 2000, current: 60 });
    expect(domainClassifier(related(49, 2, 0), related(100, 2, 0), { seed: 1 })).to.deep.equal({
      undefined: true,
      reason: 'a side has fewer than 50 rows',
    });
    expect(() => domainClassifier(related(60, 2, 0), related(60, 3, 0), { seed: 1 })).to.throw(
      'domain classifier: 2 reference columns against 3 current columns',
    );
  });
});
