import { dag, format, or } from 'rekindle';
import { deed, double, fail, failFirst, flaky, list, quick, say, undo } from '../tasks.js';

/** Groups, branches, resources, rules, each inside another. */
export default dag({ id: 'groups' }, (d) => {
  const verdict = d.run(say, { what: 'good' });
  const unit = d.group(
    'unit',
    (attempt) => {
      const did = d.run(deed, { what: 'unit' }, { compensate: undo });
      return d.using(
        deed,
        { what: 'open' },
        undo,
        (opened) => {
          const items = d.run(list, { n: 2 }, { after: [did] });
          const twice = d.map(items, (n) => d.when(d.run(flaky), () => d.run(double, { n })), { id: 'twice' });
          const tried = d.run(failFirst, { n: attempt }, { after: [twice] });
          return d.run(say, { what: format`${opened.what} ${tried}` });
        },
        { id: 'file' },
      );
    },
    { retries: 1 },
  );
  const end = d.branch(
    verdict,
    {
      good: () => d.group('inner', () => d.run(quick, { n: 1 }), { retries: 1 }),
      default: () => d.run(quick, { n: 2 }),
    },
    { id: 'decide', after: [unit] },
  );
  const broken = d.run(fail, {}, { mayFail: true });
  const after = d.run(say, { what: 'never' }, { after: [broken], id: 'after' });
  d.run(say, { what: or(after, 'instead') }, { triggerRule: 'all_done', id: 'instead' });
  const choice = d.run(say, { what: 'left' }, { id: 'choice', branching: 'branch' });
  const left = d.run(quick, { n: 1 }, { id: 'left', after: [choice] });
  const right = d.run(quick, { n: 1 }, { id: 'right', after: [choice] });
  d.run(quick, { n: 1 }, { id: 'join', after: [left, right], triggerRule: 'none_failed_min_one_success' });
  return { unit, end };
});
