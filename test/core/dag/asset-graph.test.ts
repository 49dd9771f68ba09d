import { expect } from 'chai';
import { allOf, anyOf, asset, scheduleOf, type ScheduleInput } from '../../../core/dag/asset.js';
import { assetGraph, assetLoops, assetNames, consumersOf, producersOf } from '../../../core/dag/asset-graph.js';
import type { DagSpec, NodeSpec } from '../../../core/dag/spec.js';

const task = (...produces: string[]): NodeSpec => ({
  kind: 'task',
  after: [],
  type: 't',
  input: {},
  ...(produces.length > 0 ? { produces } : {}),
});
const spec = (id: string, nodes: Record<string, NodeSpec>, schedule?: ScheduleInput): DagSpec => ({
  ...{ id, version: 1, nodes },
  ...(schedule === undefined ? {} : { schedule: scheduleOf(schedule) }),
});

describe('lineage of assets', () => {
  const sales = spec('load-sales', { load: task('sales'), check: task() });
  const nested = spec('load-stock', {
    decide: { kind: 'branch', after: [], on: true, arms: { a: { nodes: { 'decide.a.load': task('stock') } }, b: { nodes: {} } } },
    each: { kind: 'map', after: [], over: [], body: { nodes: { 'each.load': task('prices', 'stock') } } },
  });
  const report = spec('report', { write: task('report') }, anyOf(asset('report-requested'), allOf(asset('sales', {}), asset('stock'))));
  const bystander = spec('bystander', { work: task() });
  const all = [sales, nested, report, bystander];

  it('finds producers wherever they are in a DAG', () => {
    expect(producersOf(all, 'stock')).to.deep.equal([
      { dag: 'load-stock', task: 'decide.a.load' },
      { dag: 'load-stock', task: 'each.load' },
    ]);
    expect(producersOf(all, 'report-requested')).to.deep.equal([]);
  });

  it('finds those that wait for an asset, however deep in a condition', () => {
    expect(consumersOf(all, 'stock').map(({ id }) => id)).to.deep.equal(['report']);
    expect(consumersOf(all, 'report')).to.deep.equal([]);
  });

  it('knows the names of all', () => expect(assetNames(all)).to.deep.equal(['prices', 'report', 'report-requested', 'sales', 'stock']));

  it('draws them with the tasks that produce and the conditions that wait', () =>
    expect(assetGraph([sales, report, bystander])).to.equal(
      `flowchart LR
  a0(["report"])
  a1(["report-requested"])
  a2(["sales"])
  a3(["stock"])
  d0["load-sales"]
  d1["report"]
  d0 -->|"load"| a2
  d1 -->|"write"| a0
  c0{"any of"} --> d1
  a1 --> c0
  c1{"all of"} --> c0
  a2 --> c1
  a3 --> c1
`,
    ));

  describe('loops', () => {
    const step = (id: string, makes: string, waitsFor: string) => spec(id, { make: task(makes) }, asset(waitsFor));

    it('finds DAGs that start each other for ever', () => {
      expect(assetLoops([step('x', 'a', 'c'), step('y', 'b', 'a'), step('z', 'c', 'b')])).to.deep.equal([['x', 'y', 'z']]);
      expect(assetLoops([step('x', 'a', 'a'), ...all])).to.deep.equal([['x']]);
    });

    it('finds none in a line, and none where two ways meet again', () => {
      expect(assetLoops(all)).to.deep.equal([]);
      const source = spec('source', { make: task('a') });
      expect(assetLoops([source, step('l', 'b', 'a'), step('r', 'c', 'a'), spec('end', {}, [asset('b'), asset('c')])])).to.deep.equal([]);
    });
  });
});
