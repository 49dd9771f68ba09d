import { expect } from 'chai';
import fc from 'fast-check';
import { compile } from '../../../core/dag/expression.js';
import { fillStored, hasStored, type LoadStored } from '../../../core/dag/stored.js';
import { answerOf, endOf, isStored, nodeOf, storedAt, type Stored, type StoredValue, type TaskEnd } from '../../../core/dag/wire.js';
import type { Json } from '../../../core/json.js';

/** A store that counts. */
class Documents {
  readonly loads: string[] = [];
  most = 0;
  #now = 0;
  readonly #documents = new Map<string, Json>();

  put(json: Json): StoredValue {
    const sha256 = String(this.#documents.size + 1).padStart(64, '0');
    this.#documents.set(sha256, json);
    return { $stored: { key: `runs/d/r/t${this.#documents.size}/output.json`, sha256, bytes: 100_000 } };
  }

  readonly load: LoadStored = async ({ sha256 }) => {
    this.loads.push(sha256);
    this.most = Math.max(this.most, ++this.#now);
    await new Promise(setImmediate);
    this.#now--;
    return this.#documents.get(sha256)!;
  };
}

const STORED: Stored = { key: 'runs/d/r/t/output.json', sha256: 'a'.repeat(64), bytes: 70_000 };

describe('a reference to a large output', () => {
  it('is told from a value that only looks like one', () => {
    expect(isStored({ $stored: STORED })).to.equal(true);
    expect(isStored({ $stored: STORED, $path: ['rows', '3'] })).to.equal(true);
    for (const value of [
      null,
      'runs/d/r/t/output.json',
      [STORED],
      { $stored: true },
      { $stored: STORED, more: 1 },
      { $stored: { ...STORED, key: 'models/secret.json' } },
      { $stored: { ...STORED, sha256: '' } },
    ])
      expect(isStored(value), JSON.stringify(value)).to.equal(false);
  });

  it('narrows to a part, and to a part of that', () => {
    expect(storedAt({ $stored: STORED }, [])).to.deep.equal({ $stored: STORED });
    const rows = storedAt({ $stored: STORED }, ['rows']) as StoredValue;
    expect(storedAt(rows, ['3', 'n'])).to.deep.equal({ $stored: STORED, $path: ['rows', '3', 'n'] });
  });

  it('becomes its value wherever it is', async () => {
    const documents = new Documents();
    const made = documents.put({ rows: [{ n: 1 }, { n: 2 }], name: 'x' });
    expect(await fillStored(made, documents.load)).to.deep.equal({ rows: [{ n: 1 }, { n: 2 }], name: 'x' });
    const input = {
      plain: [1, null],
      whole: made,
      deep: [{ second: storedAt(made, ['rows', '1', 'n']) }, storedAt(made, ['rows', 'length'])],
    };
    expect(await fillStored(input, documents.load)).to.deep.equal({
      plain: [1, null],
      whole: { rows: [{ n: 1 }, { n: 2 }], name: 'x' },
      deep: [{ second: 2 }, 2],
    });
  });

  it('is left out of an object, and null in a list, where its path leads nowhere, as with any reference', async () => {
    const documents = new Documents();
    const gone = storedAt(documents.put({ rows: [] }), ['rows', '0', 'n']);
    expect(await fillStored({ a: gone, b: [gone, 1] }, documents.load)).to.deep.equal({ b: [null, 1] });
    expect(await fillStored(storedAt(documents.put([]), ['constructor']), documents.load)).to.equal(undefined);
  });

  it('is followed through other references, on its path and in its value', async () => {
    const documents = new Documents();
    const part = documents.put({ n: 7 });
    const list = documents.put({ parts: [part, { $stored: 'mine' }] });
    expect(await fillStored({ n: storedAt(list, ['parts', '0', 'n']), all: list }, documents.load)).to.deep.equal({
      n: 7,
      all: { parts: [{ n: 7 }, { $stored: 'mine' }] },
    });
  });

  it('gives each reader a value of its own', async () => {
    const documents = new Documents();
    const made = documents.put({ rows: [{ n: 1 }] });
    const first = (await fillStored({ made }, documents.load)) as { made: { rows: { n: number }[] } };
    first.made.rows[0]!.n = 99;
    first.made.rows.pop();
    expect(await fillStored({ made }, documents.load)).to.deep.equal({ made: { rows: [{ n: 1 }] } });
  });

  it('does not open a thousand files at once, and fails as the store fails', async () => {
    const documents = new Documents();
    const many = Array.from({ length: 1000 }, (_, i) => documents.put({ i }));
    expect(await fillStored(many, documents.load)).to.deep.equal(many.map((_, i) => ({ i })));
    expect(documents.most).to.be.within(2, 16);
    const error = await fillStored({ many }, () => Promise.reject(new Error('gone'))).catch((reason: unknown) => reason);
    expect(error).to.have.property('message', 'gone');
  });

  it('makes no difference to the input of a task, wherever outputs are in the store', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.nat(), async (value, seed) => {
        const documents = new Documents();
        let random = seed;
        const outsource = (part: Json): Json => {
          random = (random * 1103515245 + 12345) % 2147483648;
          const inner: Json =
            typeof part !== 'object' || part === null
              ? part
              : Array.isArray(part)
                ? (part as Json[]).map(outsource)
                : Object.fromEntries(Object.entries(part).map(([key, item]) => [key, outsource(item)]));
          return random % 3 === 0 ? documents.put(inner) : inner;
        };
        const plain = JSON.parse(JSON.stringify(value)) as Json;
        const filled = await fillStored(outsource(plain), documents.load);
        expect(filled).to.deep.equal(plain);
        expect(hasStored(filled)).to.equal(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what an expression makes of large outputs', () => {
  const rows = [{ n: 1 }, { n: 2 }, { n: 3 }];
  const EXPRESSIONS: readonly Json[] = [
    { $format: [{ $ref: ['big', 'name'] }, ' has ', { $ref: ['big', 'rows', 'length'] }, ' rows: ', { $ref: ['big', 'rows', '0'] }] },
    { $or: [{ $ref: ['big', 'nothing'] }, 'else'] },
    { $or: [{ $ref: ['big', 'none'] }, { $ref: ['big', 'rows', '1', 'n'] }] },
    { $or: [{ $ref: ['big', 'name'] }, 'else'] },
    { $or: [{ $ref: ['gone'], soft: true }, { $ref: ['big', 'name'] }] },
    { $zip: [{ $ref: ['big', 'rows'] }, ['a', 'b', 'c', 'd']] },
    { $cross: [['x', 'y'], { $ref: ['big', 'rows'] }, [1, 2]] },
    { $cross: [{ $ref: ['big', 'rows'] }, []] },
    { $zip: [{ $ref: ['big', 'name'] }, [1]] },
    { $get: [{ $zip: [{ $ref: ['big', 'rows'] }, ['a', 'b']] }, '1', '0', 'n'] },
    { $get: [{ $zip: [{ $ref: ['big', 'rows'] }, ['a', 'b']] }, '1'] },
    { $get: [{ $cross: [['x', 'y'], { $ref: ['big', 'rows'] }] }, '4', '1', 'n'] },
    { $get: [{ $cross: [['x', 'y'], { $ref: ['big', 'rows'] }] }, '6'] },
    { $get: [{ $cross: [['x', 'y'], { $ref: ['big', 'rows'] }] }, 'length'] },
    { $get: [{ $or: [{ $ref: ['big', 'none'] }, { $ref: ['big', 'rows'] }] }, '2', 'n'] },
    { $format: ['in ', { $format: [{ $ref: ['big', 'name'] }] }] },
    { deep: [{ $zip: [{ $ref: ['big', 'rows'] }, { $ref: ['big', 'rows'] }] }, { $or: [{ $ref: ['big', 'none'] }, null] }] },
  ];

  for (const expression of EXPRESSIONS)
    it(`is the same as of small ones: ${JSON.stringify(expression)}`, async () => {
      const documents = new Documents();
      const big = { name: 'x', none: null, rows };
      const fill = compile(expression);
      const plain = fill((name) => (name === 'big' ? big : undefined)) ?? null;
      const stored = fill((name) => (name === 'big' ? documents.put(big) : undefined));
      const filled = (await fillStored(JSON.parse(JSON.stringify(stored)) as Json, documents.load)) ?? null;
      expect(filled).to.deep.equal(plain);
    });

  it('is made of values of which each is in the store or not, by chance', async () => {
    const list = fc.array(fc.oneof(fc.integer(), fc.record({ n: fc.integer() })), { maxLength: 4 });
    const making = fc.constantFrom('$or', '$zip', '$cross', '$format');
    await fc.assert(
      fc.asyncProperty(
        making,
        fc.array(list, { minLength: 2, maxLength: 3 }),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        async (make, lists, away) => {
          const documents = new Documents();
          const used = make === '$or' ? lists.slice(0, 2) : lists;
          const fill = compile({ [make]: used.map((_, i) => ({ $ref: [String(i)] })) });
          const plain = fill((name) => used[Number(name)]);
          const stored = fill((name) => (away[Number(name)] ? documents.put(used[Number(name)] as Json) : used[Number(name)]));
          expect(await fillStored(stored!, documents.load)).to.deep.equal(plain);
          if (!isStored(stored) || !Array.isArray(plain)) return;
          for (const [i, item] of plain.entries())
            expect(await fillStored(storedAt(stored, [String(i)]), documents.load)).to.deep.equal(item);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a result that was taken over', () => {
  it('says from which run, whatever it looks like', () => {
    const ends: TaskEnd[] = [
      { state: 'success', output: 5, tries: 1, cached: 'etl-manual-1', cachedAt: '2026-01-01T00:00:00.000Z' },
      { state: 'success', output: { $skipped: 'x', $cached: { run: 'forged' } }, tries: 2 },
      { state: 'success', output: { $stored: STORED }, tries: 1 },
      { state: 'success', output: { $stored: STORED }, tries: 3, cached: 'r', cachedAt: '2026-01-01T00:00:00.000Z' },
    ];
    for (const end of ends) expect(endOf(JSON.parse(JSON.stringify(answerOf(end))))).to.deep.equal(end);
    expect(answerOf(ends[0]!)).to.deep.equal({ $output: 5, $tries: 1, $cached: { run: 'etl-manual-1', at: '2026-01-01T00:00:00.000Z' } });
  });
});

describe('the node of a task instance', () => {
  it('is the same for each item of a map and each attempt of a group', () => {
    expect(nodeOf('extract')).to.equal('extract');
    expect(nodeOf('decide.promote.deploy')).to.equal('decide.promote.deploy');
    expect(nodeOf('etl#2/load')).to.equal('etl.load');
    expect(nodeOf('outer#2/inner#13/load')).to.equal('outer.inner.load');
    expect(nodeOf('scores[3].inner[0].x')).to.equal('scores.inner.x');
  });
});
