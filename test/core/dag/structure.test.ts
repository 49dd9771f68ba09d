import { expect } from 'chai';
import { z } from 'zod';
import { dag, task } from '../../../core/dag/index.js';
import { structuralHash } from '../../../core/dag/hash.js';
import { dagHash } from '../../../core/dag/structure.js';
import type { Json } from '../../../core/json.js';

/** Words wherever a DAG can have them: on itself, its nodes, in bodies, on undos and callbacks. */
const described = (words: string | undefined, value = 'same') => {
  const doc = words === undefined ? {} : { doc: words };
  const any = (id: string) => task({ id, ...doc, input: z.any(), run: () => ({ yes: true, list: [1] }) });
  return dag({ id: 'described', ...doc, onFailure: any('tell') }, (d) => {
    const first = d.run(any('first'), { doc: value }, { compensate: any('undo'), onSuccess: any('hooray') });
    d.branch(first.yes, { true: () => void d.run(any('inside'), {}), false: () => undefined }, { id: 'decide', ...doc });
    d.map(first.list, (item) => d.run(any('each'), { item }), { id: 'all', ...doc });
    d.sleep('1 second', { id: 'nap', ...doc });
  });
};

describe('the structure of a DAG', () => {
  it('is the same whatever is written about it', () => {
    const [plain, spoken] = [described(undefined), described('a word')];
    expect(JSON.stringify(spoken.spec).split('a word').length - 1).to.be.at.least(7); // it is there, in many places
    expect(spoken.hash).to.equal(plain.hash);
  });

  it('is another one when a literal called doc changes: that is data', () => {
    expect(described(undefined, 'other').hash).to.not.equal(described(undefined).hash);
  });

  it('of a DAG without words is the hash of its spec', () => {
    const { spec, hash } = described(undefined);
    expect(hash).to.equal(structuralHash(JSON.parse(JSON.stringify(spec)) as Json));
    expect(dagHash(spec)).to.equal(hash);
  });
});
