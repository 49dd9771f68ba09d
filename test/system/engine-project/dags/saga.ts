import { dag, type Ref } from 'rekindle';
import { deed, fail, hear, list, undo } from '../tasks.js';
import child from './child.js';

/** Fails at its end: everything is undone, what was done last first. */
export default dag({ id: 'saga', onFailure: hear }, (d) => {
  const first = d.run(deed, { what: 'first' }, { id: 'first', compensate: undo });
  const items = d.run(list, { n: 9 }, { after: [first] });
  const many = d.map(items, () => d.run(deed, { what: 'many' }, { compensate: undo }), { id: 'many', shard: 3 });
  const called = d.runDag(child, { n: 1 }, { after: [many], compensate: [undo, () => ({ what: 'child' })] });
  const inside = d.group('inside', () => d.run(deed, { what: 'inside' }, { after: [called], compensate: undo }), { retries: 1 }) as Ref<{
    what: string;
  }>;
  const last = d.run(deed, { what: 'last' }, { id: 'last', after: [inside], compensate: undo });
  d.run(fail, {}, { after: [last], onFailure: hear });
});
