import { expect } from 'chai';
import { z } from 'zod';
import { originOf } from '../../../core/dag/origin.js';
import { check } from '../../../core/dag/schema.js';
import type { Schema } from '../../../core/dag/task.js';

const problems = async (schema: Schema, value: unknown): Promise<readonly string[]> => (await check(schema, value, 'input')).problems ?? [];

describe('what a schema refuses', () => {
  it('names every wrong field, in lists and nested objects too', async () => {
    const schema = z.object({ parts: z.array(z.object({ uri: z.string(), rows: z.int().min(1) })), at: z.iso.date() });
    expect(
      await problems(schema, {
        parts: [
          { uri: 'a', rows: 1 },
          { uri: 2, rows: 0 },
        ],
        at: '2026-01-01',
      }),
    ).to.deep.equal(['parts.1.uri: expected string, received number', 'parts.1.rows: Too small: expected number to be >=1']);
    expect(await problems(z.string(), 5)).to.deep.equal(['input: expected string, received number']);
  });

  it('says of a union what each alternative asks for', async () => {
    const schema = z.object({ n: z.union([z.number(), z.literal('all')]) });
    expect(await problems(schema, { n: 'none' })).to.deep.equal(['n: expected number, received string, or expected "all"']);
  });

  it('names the field within the alternative that was meant', async () => {
    const schema = z.object({ sources: z.array(z.union([z.string(), z.object({ table: z.string(), rows: z.number() })])) });
    expect(await problems(schema, { sources: ['a', { table: 'b', rows: '3' }] })).to.deep.equal([
      'sources.1.rows: expected number, received string',
    ]);
    const kinds = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('csv'), path: z.string() }),
      z.object({ kind: z.literal('none') }),
    ]);
    expect(await problems(z.object({ source: kinds }), { source: { kind: 'csv' } })).to.deep.equal([
      'source.path: expected string, received undefined',
    ]);
    expect((await problems(z.object({ source: kinds }), { source: { kind: 'xml' } }))[0]).to.match(/^source\.kind: .*'csv' \| 'none'/);
  });

  it('speaks for every schema library', async () => {
    const other: Schema = {
      '~standard': {
        version: 1,
        vendor: 'other',
        validate: () => Promise.resolve({ issues: [{ message: 'too late', path: [{ key: 'window' }, 'end'] }, { message: 'odd' }] }),
      },
    };
    expect(await problems(other, {})).to.deep.equal(['window.end: too late', 'input: odd']);
  });
});

describe('the origin of a field', () => {
  it('is the reference that filled it, with the path that is left', () => {
    const input = {
      rows: { $ref: ['extract', 'rows'] },
      limits: [{ max: { $ref: ['params'] } }, 5],
      note: { $or: [{ $ref: ['look'], soft: true }, 'none'] },
      first: { $get: [{ $ref: ['list'] }, '0'] },
      odd: { $object: { $ref: { $ref: ['odd'] } } },
      text: { $format: ['a', { $ref: ['b'] }] },
    };
    expect(originOf(input, ['rows', '3', 'n'])).to.equal('extract.rows.3.n');
    expect(originOf(input, ['limits', '0', 'max', 'rows'])).to.equal('params.rows');
    expect(originOf(input, ['note', 'text'])).to.equal('look.text');
    expect(originOf(input, ['first', 'n'])).to.equal('list.0.n');
    expect(originOf(input, ['odd', '$ref'])).to.equal('odd');
    expect(originOf({ $ref: ['extract'] }, [])).to.equal('extract');
  });

  it('is nothing where the DAG file says the value itself, or there is none', () => {
    expect(originOf({ limits: [5] }, ['limits', '0'])).to.equal(undefined);
    expect(originOf({}, ['missing', 'x'])).to.equal(undefined);
    expect(originOf(undefined, ['x'])).to.equal(undefined);
  });
});
