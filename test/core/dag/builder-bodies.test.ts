import { expect } from 'chai';
import { z } from 'zod';
import { cross, dag, format, maybe, or, task, zip, type Builder, type Ref } from '../../../core/dag/index.js';
import type { Body, NodeSpec } from '../../../core/dag/spec.js';
import { refusal } from './support.js';

const list = task({
  id: 'list',
  output: z.object({ parts: z.array(z.string()), sizes: z.record(z.string(), z.number()) }),
  run: () => ({ parts: [], sizes: {} }),
});
const score = task({ id: 'score', input: z.object({ part: z.string(), by: z.any() }), output: z.number(), run: () => 1 });
const note = task({ id: 'note', input: z.object({ text: z.any() }), run: () => undefined });
const create = task({
  id: 'create',
  input: z.object({ size: z.number() }),
  output: z.object({ address: z.string() }),
  run: () => ({ address: 'a' }),
});
const remove = task({ id: 'remove', input: z.object({ address: z.string() }), run: () => undefined });

const Params = z.object({ names: z.array(z.string()), fast: z.boolean(), kind: z.string(), numbers: z.array(z.number()).nullable() });
const build = <R>(body: (d: Builder, params: Ref<z.output<typeof Params>>) => R) =>
  dag({ id: 'nightly', params: Params }, (d, { params }) => body(d, params));

/** Every node of the DAG, those inside others included, by id. */
const nodesOf = ({ nodes }: Body): Record<string, NodeSpec> => {
  const all: Record<string, NodeSpec> = { ...nodes };
  for (const node of Object.values(nodes)) {
    const bodies = node.kind === 'branch' ? Object.values(node.arms) : node.kind === 'group' || node.kind === 'map' ? [node.body] : [];
    for (const body of bodies) Object.assign(all, nodesOf(body));
  }
  return all;
};
const afterOf = (body: Body) => Object.fromEntries(Object.entries(nodesOf(body)).map(([id, { after }]) => [id, [...after]]));

describe('maps in the builder', () => {
  it('are the node of the language, with the item and its index as variables of the body', () => {
    const { spec } = build((d) => {
      const { parts } = d.run(list);
      const by = d.run(list, {}, { id: 'by' });
      const scores = d.map(parts, (part, index) => ({ index, score: d.run(score, { part, by: by.parts[0] }) }), {
        id: 'scores',
        maxConcurrency: 8,
        shard: 100,
        doc: 'One score a part.',
      });
      return scores[0];
    });
    expect(spec.nodes['scores']).to.deep.equal({
      kind: 'map',
      after: ['list', 'by'],
      doc: 'One score a part.',
      over: { $ref: ['list', 'parts'] },
      maxConcurrency: 8,
      shard: 100,
      body: {
        nodes: {
          'scores.score': {
            kind: 'task',
            after: [],
            type: 'score',
            input: { part: { $ref: ['scores.item'] }, by: { $ref: ['by', 'parts', '0'] } },
          },
        },
        output: { index: { $ref: ['scores.index'] }, score: { $ref: ['scores.score'] } },
      },
    });
    expect(spec.output).to.deep.equal({ $ref: ['scores', '0'] });
  });

  it('go over literals, over literals that hold references, and over objects', () => {
    const { spec } = build((d, params) => {
      const made = d.run(list);
      d.map(['a', 'b'], (part) => d.run(score, { part, by: 1 }), { id: 'literal' });
      d.map(['a', made.parts[0]!], (part) => d.run(score, { part: or(part, 'none'), by: 1 }), { id: 'mixed' });
      d.map(made.sizes, (pair) => d.run(score, { part: pair[0], by: pair[1] }), { id: 'pairs' });
      d.map({ small: 1 }, (pair) => d.run(score, { part: pair[0], by: pair[1] }), { id: 'literalPairs' });
      d.map(or(params.numbers, [1, 2]), (n) => d.run(note, { text: n }), { id: 'fallback' });
    });
    const over = Object.fromEntries(Object.entries(spec.nodes).flatMap(([id, node]) => (node.kind === 'map' ? [[id, node.over]] : [])));
    expect(over).to.deep.equal({
      literal: ['a', 'b'],
      mixed: ['a', { $ref: ['list', 'parts', '0'] }],
      pairs: { $ref: ['list', 'sizes'] },
      literalPairs: { small: 1 },
      fallback: { $or: [{ $ref: ['params', 'numbers'], soft: true }, [1, 2]] },
    });
    expect(spec.nodes['mixed']).to.deep.include({ after: ['list'] });
    expect(nodesOf(spec)['pairs.score']).to.deep.include({
      input: { part: { $ref: ['pairs.item', '0'] }, by: { $ref: ['pairs.item', '1'] } },
    });
  });

  it('zip lists and cross them', () => {
    const { spec } = build((d, params) => {
      const { parts } = d.run(list);
      d.map(zip(parts, params.names), (pair) => d.run(score, { part: pair[0], by: pair[1] }), { id: 'zipped' });
      d.map(cross(parts, [1, 2]), (pair) => d.run(score, { part: pair[0], by: pair[1] }), { id: 'crossed' });
      d.run(note, { text: zip(parts, ['a'])[0] });
    });
    expect(spec.nodes['zipped']).to.deep.include({
      after: ['list'],
      over: { $zip: [{ $ref: ['list', 'parts'] }, { $ref: ['params', 'names'] }] },
    });
    expect(spec.nodes['crossed']).to.deep.include({ over: { $cross: [{ $ref: ['list', 'parts'] }, [1, 2]] } });
    expect(spec.nodes['note']).to.deep.include({
      after: ['list'],
      input: { text: { $get: [{ $zip: [{ $ref: ['list', 'parts'] }, ['a']] }, '0'] } },
    });
  });

  it('keep a literal whose keys look like a zip a literal', () => {
    const { spec } = build((d) => d.run(note, { text: { $zip: [1], $cross: [2] } }));
    expect(spec.nodes['note']).to.deep.include({ input: { text: { $object: { $zip: [1], $cross: [2] } } } });
  });

  it('nest: what the inner one reads from around the outer one makes the outer one wait', () => {
    const { spec } = build((d, params) => {
      const { parts } = d.run(list);
      const far = d.run(list, {}, { id: 'far' });
      return d.map(
        params.names,
        (name) => d.map(parts, (part, index) => d.run(score, { part, by: { name, index, far: far.parts.length } }), { id: 'inner' }),
        { id: 'outer' },
      );
    });
    expect(afterOf(spec)).to.deep.equal({ list: [], far: [], outer: ['list', 'far'], 'outer.inner': [], 'outer.inner.score': [] });
    expect(nodesOf(spec)['outer.inner.score']).to.deep.include({
      input: {
        part: { $ref: ['outer.inner.item'] },
        by: { name: { $ref: ['outer.item'] }, index: { $ref: ['outer.inner.index'] }, far: { $ref: ['far', 'parts', 'length'] } },
      },
    });
  });

  it('are read through maybe() under a tolerant rule', () => {
    const { spec } = build((d) => {
      const scores = d.map(['a'], (part) => d.run(score, { part, by: 1 }), { id: 'scores' });
      d.run(note, { text: maybe(scores) }, { triggerRule: 'all_done' });
    });
    expect(spec.nodes['note']).to.deep.include({ after: ['scores'], rule: 'all_done', input: { text: { $ref: ['scores'], soft: true } } });
  });
});

describe('using in the builder', () => {
  it('puts the setup before everything in the body and the teardown after all of it', () => {
    const { spec } = build((d, params) => {
      const before = d.run(list);
      const used = d.using(
        create,
        { size: 3 },
        remove,
        (cluster) => {
          const first = d.run(score, { part: before.parts[0] as Ref<string>, by: cluster.address }, { id: 'first' });
          const second = d.run(note, { text: first }, { id: 'second' });
          d.run(note, { text: params.kind }, { id: 'alone' });
          return { first, second, at: cluster.address };
        },
        { id: 'cluster', after: [before], doc: 'A cluster.' },
      );
      d.run(note, { text: used.at });
    });
    expect(spec.nodes['cluster']).to.deep.equal({
      kind: 'group',
      after: ['list'],
      doc: 'A cluster.',
      retries: 0,
      body: {
        nodes: {
          'cluster.create': { kind: 'task', after: [], type: 'create', input: { size: 3 }, setup: true },
          'cluster.first': {
            kind: 'task',
            after: ['cluster.create'],
            type: 'score',
            input: { part: { $ref: ['list', 'parts', '0'] }, by: { $ref: ['cluster.create', 'address'] } },
          },
          'cluster.second': { kind: 'task', after: ['cluster.first'], type: 'note', input: { text: { $ref: ['cluster.first'] } } },
          'cluster.alone': { kind: 'task', after: ['cluster.create'], type: 'note', input: { text: { $ref: ['params', 'kind'] } } },
          'cluster.remove': {
            kind: 'task',
            after: ['cluster.create', 'cluster.second', 'cluster.alone'],
            type: 'remove',
            input: { $ref: ['cluster.create'] },
            teardown: { setups: ['cluster.create'] },
          },
        },
        output: {
          first: { $ref: ['cluster.first'] },
          second: { $ref: ['cluster.second'] },
          at: { $ref: ['cluster.create', 'address'] },
        },
      },
    });
    expect(spec.nodes['note']).to.deep.include({ after: ['cluster'], input: { text: { $ref: ['cluster', 'at'] } } });
  });

  it('lets the teardown take what a function makes of the resource, and its failure count', () => {
    const { spec } = build((d) =>
      d.using(create, { size: 3 }, [note, (made) => ({ text: format`${made.address} is over` })], () => undefined, {
        onFailureFailRun: true,
      }),
    );
    expect(nodesOf(spec)['using.note']).to.deep.equal({
      kind: 'task',
      after: ['using.create'],
      type: 'note',
      input: { text: { $format: [{ $ref: ['using.create', 'address'] }, ' is over'] } },
      teardown: { setups: ['using.create'], onFailureFailRun: true },
    });
  });

  it('holds groups, branches, maps and another using between its ends', () => {
    const { spec } = build((d, params) =>
      d.using(create, { size: 3 }, remove, (outer) => {
        d.group('flat', () => d.run(note, { text: 1 }));
        d.group('tried', () => d.run(note, { text: 2 }), { retries: 1 });
        d.when(params.fast, () => d.run(note, { text: outer.address }));
        d.map(params.names, (name) => d.run(note, { text: name }));
        return d.using(create, { size: 1 }, remove, (inner) => d.run(note, { text: [outer, inner] }), { id: 'inner' });
      }),
    );
    const after = afterOf(spec);
    for (const id of ['using.flat.note', 'using.tried', 'using.when', 'using.map', 'using.inner'])
      expect(after[id], id).to.deep.equal(['using.create']);
    expect(after['using.remove']).to.have.members([
      'using.create',
      'using.flat.note',
      'using.tried',
      'using.when',
      'using.map',
      'using.inner',
    ]);
    expect(after['using.inner.note']).to.deep.equal(['using.inner.create']);
  });
});

describe('every construct inside every other', () => {
  type Inside = (d: Builder, params: Ref<z.output<typeof Params>>, id: string, body: () => unknown) => unknown;
  const around: Record<string, Inside> = {
    branch: (d, params, id, body) => d.branch(params.kind, { a: body, default: () => null }, { id }),
    when: (d, params, id, body) => d.when(params.fast, body, { id }),
    latestOnly: (d, _, id, body) => d.latestOnly(body, { id }),
    'flat group': (d, _, id, body) => d.group(id, body),
    'group with retries': (d, _, id, body) => d.group(id, body, { retries: 1 }),
    map: (d, params, id, body) => d.map(params.names, body, { id }),
    using: (d, _, id, body) => d.using(create, { size: 1 }, remove, body, { id }),
  };
  const leaves: Record<string, (d: Builder, seen: unknown) => unknown> = {
    task: (d, seen) => d.run(note, { text: seen }),
    sensor: (d, seen) => d.sense(note, { text: seen }, { id: 'sensor', every: '1 minute' }),
    sleep: (d) => d.sleep('1 hour'),
    approval: (d, seen) => d.approve('ask', { show: seen }),
    'child DAG': (d, seen) => d.runDag('child', { seen }),
  };
  for (const [outer, inOuter] of Object.entries(around))
    for (const [inner, inInner] of Object.entries(around))
      it(`${inner} in ${outer}`, () => {
        const { spec } = build((d, params) => {
          const seen = d.run(list);
          const result = inOuter(d, params, 'outer', () =>
            inInner(d, params, 'inner', () => Object.values(leaves).map((leaf) => leaf(d, seen.parts))),
          );
          d.run(note, { text: result }, { id: 'last' });
        });
        const ids = Object.keys(nodesOf(spec));
        const arm = (name: string): string => ({ branch: 'a.', when: 'true.', latestOnly: 'true.' })[name] ?? '';
        for (const leaf of ['note', 'sensor', 'sleep', 'ask', 'child'])
          expect(ids).to.include(`outer.${arm(outer)}inner.${arm(inner)}${leaf}`);
        expect(JSON.parse(JSON.stringify(spec))).to.deep.equal(spec);
      });
});

describe('bodies are refused, with the remedy, when', () => {
  const outside = /exists only inside.*return it from there/;
  const cases: [what: string, make: () => unknown, message: RegExp][] = [
    [
      'the item of a map is used outside',
      () =>
        build((d, params) => {
          let leaked: Ref<string> | undefined;
          d.map(params.names, (name) => {
            leaked = name;
          });
          d.run(note, { text: leaked });
        }),
      /'map.item' exists only inside map 'map'; return it from there/,
    ],
    [
      'the resource is used after its teardown',
      () =>
        build((d) => {
          let leaked: Ref<unknown> | undefined;
          d.using(create, { size: 1 }, remove, (made) => {
            leaked = made;
          });
          d.run(note, { text: leaked });
        }),
      outside,
    ],
    [
      'a node takes the name of a variable',
      () => build((d, params) => d.map(params.names, () => d.run(note, { text: 1 }, { id: 'item' }))),
      /the id 'map.item' is taken/,
    ],
    ['a map has no id of its own', () => build((d) => [d.map([1], (n) => n), d.map([2], (n) => n)]), /'map' is taken; .*{ id: '…' }/],
    [
      'a map goes over text',
      () => build((d) => d.map('abc' as any, (n) => n)),
      /task 'map': it goes over a list or an object, and "abc" is neither/,
    ],
    ['a map goes over nothing', () => build((d) => d.map(undefined as any, (n: unknown) => n)), /and null is neither/],
    [
      'a map has no concurrency',
      () => build((d) => d.map([1], (n) => n, { maxConcurrency: 0 })),
      /maxConcurrency: 0 is no number of items/,
    ],
    ['a shard is half an item', () => build((d) => d.map([1], (n) => n, { shard: 0.5 })), /shard: 0.5 is no number of items/],
    ['a zip is given text', () => build((_, params) => zip(params.names, 'abc' as any)), /zip\(\) takes lists, and its argument 2 is none/],
    ['a cross is given nothing', () => build(() => cross()), /cross\(\) takes lists/],
    ['a body of a map is async', () => build((d) => d.map([1], async () => 1)), /map 'map' is async/],
    ['a body of using is async', () => build((d) => d.using(create, { size: 1 }, remove, async () => 1)), /body of 'using' is async/],
    ['a setup is no task', () => build((d) => d.using({} as any, {}, remove as any, () => 1)), /the setup of d.using takes what task/],
    [
      'a teardown is no task',
      () => build((d) => d.using(create, { size: 1 }, [{} as any, () => 1], () => 1)),
      /the teardown of d.using takes/,
    ],
    [
      'a teardown reads what may not have run',
      () =>
        build((d) => {
          let made: Ref<number> | undefined;
          d.using(create, { size: 1 }, [note, () => ({ text: made })], () => {
            made = d.run(score, { part: 'a', by: 1 });
          });
        }),
      /task 'using.note': under the rule all_done_setup_success 'using.score' may have no output; read it through maybe/,
    ],
  ];
  for (const [what, make, message] of cases)
    it(what, () => {
      const error = refusal(make);
      expect(error.code).to.equal('DAG_INVALID');
      expect(error.message).to.match(message).and.to.contain("DAG 'nightly'");
    });
});
