import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { sha256, structuralHash } from '../../../core/dag/hash.js';

describe('the hash of a structure', () => {
  it("equals node:crypto's sha256", () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(sha256(text)).to.equal(createHash('sha256').update(text).digest('hex'));
      }),
    );
  });

  it('does not depend on the order of keys, but on that of lists', () => {
    expect(structuralHash({ a: 1, b: { c: [1, 2], d: null } })).to.equal(structuralHash({ b: { d: null, c: [1, 2] }, a: 1 }));
    expect(structuralHash([1, 2])).to.not.equal(structuralHash([2, 1]));
  });
});
