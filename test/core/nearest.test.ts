import { expect } from 'chai';
import { byNearness } from '../../core/nearest.js';

describe('Names that somebody may have meant', () => {
  it('come the likeliest first: swapped letters are one mistake, case is none', () => {
    expect(byNearness('laod', ['lead', 'load'])).to.deep.equal(['load', 'lead']); // 1 swap, 2 changes
    expect(byNearness('NIGHTLY', ['nightly-2', 'weekly', 'nightly'])).to.deep.equal(['nightly', 'nightly-2', 'weekly']);
  });

  it('are in the order of the alphabet where they are as likely', () => {
    expect(byNearness('x', ['b', 'a'])).to.deep.equal(['a', 'b']);
    expect(byNearness('', [])).to.deep.equal([]);
  });
});
