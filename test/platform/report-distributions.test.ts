import { expect } from 'chai';
import { distributionsOf, type CategoryCounts, type Histogram } from '../../platform/report/distributions.js';
import type { Column } from '../../core/frame.js';
import { categories, numbers, profileOf } from './report-data.js';

const rowsOf = (column: Column): number => (column.type === 'number' ? column.values.length : column.codes.length);
const drawn = (reference: Column, current: Column) =>
  distributionsOf(profileOf({ x: reference }, rowsOf(reference)), profileOf({ x: current }, rowsOf(current))).get('x');

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
/** Without a grid: multiples of an irrational number, modulo 1. */
const spread = (count: number): number[] => range(count).map((i) => (i * Math.SQRT2) % 1);

describe('the distributions in a report', () => {
  it('count both sides over the same bins, as a count by hand does', () => {
    const [reference, current] = [spread(2000), spread(1000).map((value) => value ** 2)];
    const { edges, ...counts } = drawn(numbers(reference), numbers(current)) as Histogram;
    const byHand = (values: readonly number[]) =>
      edges
        .slice(1)
        .map((to, i) => values.filter((value) => value >= edges[i]! && (value < to || (i === edges.length - 2 && value === to))).length);
    expect(counts.reference).to.deep.equal(byHand(reference));
    expect(counts.current).to.deep.equal(byHand(current));
    expect(sum(counts.reference)).to.be.within(0.98 * 2000, 2000);
  });

  it('draw the middle of the values, whatever a single outlier is', () => {
    const { edges, reference } = drawn(numbers([...spread(999), 1e12]), numbers(spread(1000))) as Histogram;
    expect(edges.at(-1)).to.be.lessThan(1.1);
    expect(reference.filter((count) => count > 20)).to.have.length.greaterThan(20);
  });

  it('draw both sides where they lie far apart', () => {
    const { reference, current } = drawn(numbers(spread(1000)), numbers(spread(1000).map((value) => 1000 * value + 500))) as Histogram;
    expect(reference[0]).to.be.greaterThan(980);
    expect(sum(current.slice(1))).to.be.greaterThan(980);
  });

  it('give bins the same number of whole numbers, so that no comb appears', () => {
    const { reference } = drawn(numbers(range(1000).map((i) => i % 100)), numbers(range(100))) as Histogram;
    expect(new Set(reference.slice(0, -1))).to.deep.equal(new Set([50]));
  });

  it('find a grid of fractions', () => {
    const halfHours = range(480).map((i) => (i % 48) / 47);
    expect(new Set((drawn(numbers(halfHours), numbers(halfHours)) as Histogram).reference)).to.deep.equal(new Set([20]));
  });

  it('draw few different numbers as bars in their order, and infinity by its name', () => {
    const found = drawn(numbers([10, 2, 2, Infinity, NaN]), numbers([2, -1])) as CategoryCounts;
    expect(found.labels).to.deep.equal(['−1', '2', '10', 'infinity']);
    expect([found.reference, found.current]).to.deep.equal([
      [0, 2, 1, 1],
      [1, 1, 0, 0],
    ]);
  });

  it('put the categories that matter on either side first and the rest together', () => {
    const common = range(100).map((i) => `c${i % 20}`);
    const found = drawn(categories(common), categories([...common, ...range(50).map(() => 'new')])) as CategoryCounts;
    expect(found.labels).to.have.length(12);
    expect([found.labels[0], found.reference[0], found.current[0]]).to.deep.equal(['new', 0, 50]);
    expect([found.labels.at(-1), found.others]).to.deep.equal(['10 others', 10]);
    expect([sum(found.reference), sum(found.current)]).to.deep.equal([100, 150]);
  });

  it('say where one side has no value', () => {
    const { summary, current } = drawn(numbers(spread(100)), numbers([NaN, NaN])) as Histogram;
    expect(summary.current).to.equal(null);
    expect(sum(current)).to.equal(0);
    expect(summary.reference!.present).to.equal(100);
  });

  it('are none for a column without any value, of two types, or on one side only', () => {
    expect(drawn(numbers([NaN]), numbers([NaN]))).to.equal(undefined);
    expect(drawn(numbers([1]), categories(['1']))).to.equal(undefined);
    expect(distributionsOf(profileOf({ a: numbers([1]) }, 1), profileOf({ b: numbers([1]) }, 1)).size).to.equal(0);
  });

  for (const [what, values] of [
    ['the largest numbers there are', spread(100).map((value) => (value - 0.5) * 2 * Number.MAX_VALUE)],
    ['the smallest', spread(100).map((value) => value * Number.MIN_VALUE * 100)],
    ['infinities in most rows', [...spread(20), ...range(80).map((i) => (i % 2 ? Infinity : -Infinity))]],
    ['18-digit ids', range(100).map((i) => 123456789012345680 + i * 1000)],
    ['zeros with rare exceptions', range(2000).map((i) => (i % 100 === 0 ? i * Math.SQRT2 : 0))],
  ] as const)
    it(`have ascending finite edges for ${what}`, () => {
      const found = drawn(numbers(values), numbers(values))!;
      if (found.type === 'category') return void expect(sum(found.reference)).to.equal(values.length);
      const { edges, reference, current } = found;
      for (const [i, edge] of edges.entries()) {
        expect(Number.isFinite(edge)).to.equal(true);
        if (i > 0) expect(edge).to.be.greaterThan(edges[i - 1]!);
      }
      expect(reference).to.deep.equal(current);
      expect(sum(reference)).to.be.greaterThan(0);
    });
});
