import { expect } from 'chai';
import fc from 'fast-check';
import { allOf, anyOf, asset, type AssetCondition } from '../../../core/dag/asset.js';
import * as queues from '../../../core/dag/asset-queue.js';
import type { AssetQueue, DueRun } from '../../../core/dag/asset-queue.js';
import type { AssetEvent } from '../../../core/dag/run-input.js';

const [a, b, c] = [asset('a'), asset('b'), asset('c')];
const DAY = '2026-11-24T00:00:00.000Z';

/** `a`, or with a partition `a@2026-11-24`; the id is unique unless given. */
let events = 0;
const event = (text: string, id = `id-${events++}`): AssetEvent => {
  const [name, partition] = text.split('@');
  return { asset: name!, at: DAY, source: 'test', id, ...(partition === undefined ? {} : { partition: `${partition}T00:00:00.000Z` }) };
};
const open = (when: AssetCondition, partitioned = false): AssetQueue => queues.emptyQueue({ when, partitioned });

/** Feeds events one after the other. @returns what each run took: `a b` */
const feed = (queue: AssetQueue, sent: readonly AssetEvent[]): { queue: AssetQueue; runs: string[]; due: DueRun[] } => {
  const due: DueRun[] = [];
  for (const one of sent) {
    const step = queues.receive(queue, one);
    queue = step.queue;
    due.push(...step.due);
  }
  return { queue, due, runs: due.map((run) => run.events.map(({ asset: name }) => name).join(' ')) };
};
const feedText = (queue: AssetQueue, text: string) =>
  feed(
    queue,
    text.split(' ').map((one) => event(one)),
  );

describe('queue of a DAG that waits for assets', () => {
  describe('conditions', () => {
    for (const [name, when, sent, runs] of [
      ['one asset: a run for each event', a, 'a a', ['a', 'a']],
      ['all: a run when each has come, with all that came', allOf(a, b), 'a a b b a', ['a a b', 'b a']],
      ['all: an event counts for one run only', allOf(a, b), 'a b b b', ['a b']],
      ['any: a run for each event', anyOf(a, b), 'a b a', ['a', 'b', 'a']],
      ['any of all: what waits goes along', anyOf(a, allOf(b, c)), 'b a c', ['b a']],
      ['any of all: the second way', anyOf(a, allOf(b, c)), 'b c c a', ['b c', 'c a']],
      ['all of any', allOf(anyOf(a, b), c), 'a b c b c', ['a b c', 'b c']],
      ['an asset that is named twice', anyOf(allOf(a, b), allOf(a, c)), 'a c b', ['a c']],
    ] as const)
      it(name, () => expect(feedText(open(when), sent).runs).to.deep.equal(runs));

    it('refuses an asset that the schedule does not name, and says so', () => {
      const { queue, runs } = feedText(open(a), 'b');
      expect(runs).to.deep.equal([]);
      expect(queues.pendingOf(queue).refused).to.deep.equal([
        { at: DAY, source: 'test', asset: 'b', reason: 'the schedule does not name the asset' },
      ]);
    });

    it('takes an event that is told twice for one', () => {
      expect(feed(open(a), [event('a', 'x'), event('a', 'x')]).runs).to.deep.equal(['a']);
      expect(feed(open(allOf(a, b)), [event('a', 'x'), event('a', 'x'), event('b')]).runs).to.deep.equal(['a b']);
    });

    it('names a run after the newest of its events', () => {
      const { due } = feed(open(allOf(a, b)), [event('a', '1'), event('b', '2'), event('b', '3'), event('a', '4')]);
      expect(due.map(({ key }) => key)).to.deep.equal(['2', '4']);
    });
  });

  describe('partitions', () => {
    it('must be complete each for itself; the run has the partition', () => {
      const { due, queue } = feedText(open(allOf(a, b), true), 'a@2026-11-24 b@2026-11-25 a@2026-11-26 b@2026-11-24');
      expect(due.map(({ partition, events: its }) => [partition, its.length])).to.deep.equal([['2026-11-24T00:00:00.000Z', 2]]);
      expect(queues.pendingOf(queue).waiting).to.deep.equal([
        { partition: '2026-11-25T00:00:00.000Z', have: { b: 1 }, waitsFor: 'a' },
        { partition: '2026-11-26T00:00:00.000Z', have: { a: 1 }, waitsFor: 'b' },
      ]);
    });

    it('refuses an event without one', () => {
      const { queue } = feedText(open(a, true), 'a');
      expect(queue.refused[0]!.reason).to.contain('no partition');
    });

    it('runs a partition again when all of it is new again', () =>
      expect(feedText(open(allOf(a, b), true), 'a@2026-11-24 b@2026-11-24 a@2026-11-24 b@2026-11-24').runs).to.deep.equal(['a b', 'a b']));

    it('takes hours for the day they are in; the run is of that day', () => {
      const hour = (at: string): AssetEvent => ({ ...event('a'), partition: at });
      const { due } = feed(open(asset('a', { partition: 'day' }), true), [hour('2026-11-24T05:00:00.000Z')]);
      expect(due[0]).to.deep.include({ partition: DAY, dataInterval: { start: DAY, end: '2026-11-25T00:00:00.000Z' } });
    });

    it('waits for every hour of the day, in any order, and for the other asset', () => {
      const hourly = asset('a', { partition: 'day', every: 'hour' });
      const hours = Array.from({ length: 24 }, (_, i): AssetEvent => ({
        ...event('a'),
        partition: new Date(Date.parse(DAY) + i * 3_600_000).toISOString(),
      }));
      const first = feed(open(allOf(hourly, b), true), [
        event('b@2026-11-24'),
        ...hours.slice(1).reverse(),
        hours[5]!,
        { ...hours[5]!, id: 'again' },
      ]);
      expect(first.due).to.deep.equal([]);
      expect(queues.pendingOf(first.queue).waiting).to.deep.equal([
        { partition: DAY, have: { b: 1, a: 24 }, waitsFor: 'a by day, every hour (23 of 24)' },
      ]);
      expect(feed(first.queue, [hours[0]!]).due.map(({ events: its }) => its.length)).to.deep.equal([26]);
    });
  });

  describe('a pause', () => {
    const paused = { at: DAY, reason: 'holidays' };

    it('collects, and makes one run of it afterwards', () => {
      const { queue, runs } = feedText(queues.pause(open(a), paused), 'a a a');
      expect(runs).to.deep.equal([]);
      expect(queues.pendingOf(queue)).to.deep.include({ paused, waiting: [{ have: { a: 3 }, waitsFor: '' }] });
      const { due, queue: after } = queues.unpause(queue);
      expect(due.map(({ events: its }) => its.length)).to.deep.equal([3]);
      expect(after.waiting).to.deep.equal({});
      expect(feedText(after, 'a').runs).to.deep.equal(['a']);
    });

    it('makes a run of each partition that became complete, the oldest first', () => {
      const { queue } = feedText(
        queues.pause(open(allOf(a, b), true), paused),
        'a@2026-11-25 b@2026-11-25 a@2026-11-24 b@2026-11-24 a@2026-11-23',
      );
      expect(queues.unpause(queue).due.map(({ partition }) => partition)).to.deep.equal([
        '2026-11-24T00:00:00.000Z',
        '2026-11-25T00:00:00.000Z',
      ]);
    });

    it('is not lifted by a new condition', () => {
      const { queue } = feedText(queues.pause(open(allOf(a, b)), paused), 'a');
      const { due, queue: after } = queues.declare(queue, { when: a, partitioned: false });
      expect(due).to.deep.equal([]);
      expect(queues.unpause(after).due).to.have.length(1);
    });
  });

  describe('a new condition', () => {
    it('keeps what still counts and runs what is now enough', () => {
      const { queue } = feedText(open(allOf(a, b, c)), 'a b');
      const { due } = queues.declare(queue, { when: allOf(b, a), partitioned: false });
      expect(due.map((run) => run.events.map(({ asset: name }) => name))).to.deep.equal([['a', 'b']]);
      const step = queues.declare(queue, { when: allOf(b, c), partitioned: false });
      expect(step.due).to.deep.equal([]);
      expect(queues.pendingOf(step.queue).waiting).to.deep.equal([{ have: { b: 1 }, waitsFor: 'c' }]);
    });

    it('sorts what waits into partitions', () => {
      const { queue } = feedText(open(allOf(a, b)), 'a@2026-11-24 a@2026-11-25');
      expect(queues.pendingOf(queues.declare(queue, { when: allOf(a, b), partitioned: true }).queue).waiting).to.have.length(2);
    });

    it('changes nothing when it is the old one', () => {
      const { queue } = feedText(open(allOf(a, b)), 'a');
      expect(queues.declare(queue, { when: allOf(a, b), partitioned: false })).to.deep.equal({ queue, due: [] });
    });
  });

  it('forgets what waits when it is reset', () => {
    const { queue } = feedText(open(allOf(a, b)), 'a');
    expect(feedText(queues.reset(queue), 'b a').runs).to.deep.equal(['b a']);
    const parted = feedText(open(allOf(a, b), true), 'a@2026-11-24 a@2026-11-25').queue;
    expect(Object.keys(queues.reset(parted, DAY).waiting)).to.deep.equal(['2026-11-25T00:00:00.000Z']);
  });

  it('keeps the newest of an asset that floods it, and the one of an asset that came once', () => {
    const flood = Array.from({ length: 3_000 }, () => event('a'));
    const { queue } = feed(open(allOf(a, b, c)), [event('b', 'rare'), ...flood]);
    expect(queue.waiting['']!.length).to.equal(1_000);
    expect(queue.waiting['']!.map(({ id }) => id))
      .to.include('rare')
      .and.include(flood.at(-1)!.id);
    expect(queue.dropped).to.equal(2_001);
    expect(feedText(queue, 'c').due).to.have.length(1);
  }).timeout(20_000);

  it('stays small enough to be handed on, whatever the events carry', () => {
    const large = Array.from({ length: 200 }, (): AssetEvent => ({ ...event('a'), extra: 'x'.repeat(16_000) }));
    const { queue } = feed(open(allOf(a, b)), large);
    expect(JSON.stringify(queue).length).to.be.lessThan(600_000);
  });

  describe('of any condition and any events', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const condition = fc.letrec<{ when: AssetCondition }>((tie) => ({
      when: fc.oneof(
        { depthSize: 'small' },
        name.map((one) => asset(one)),
        fc.array(tie('when'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
        fc.array(tie('when'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
      ),
    })).when;
    const sent = fc.array(
      fc.record({ asset: name, day: fc.constantFrom('2026-11-24', '2026-11-25'), id: fc.integer({ min: 0, max: 30 }) }),
      { maxLength: 40 },
    );
    const toEvents = (given: readonly { asset: string; day: string; id: number }[]) =>
      given.map((one) => event(`${one.asset}@${one.day}`, `id-${one.id}`));

    /** The rule in other words: a set of names makes a condition true or not. */
    const holds = (when: AssetCondition, names: ReadonlySet<string>): boolean => {
      if ('asset' in when) return names.has(when.asset);
      return 'all' in when ? when.all.every((part) => holds(part, names)) : when.any.some((part) => holds(part, names));
    };

    it('runs as often, and with the same events, as a scheduler that looks at everything after each event', () => {
      fc.assert(
        fc.property(condition, sent, fc.boolean(), (when, given, partitioned) => {
          const expected: string[][] = [];
          const known = new Set<string>();
          const waiting = new Map<string, AssetEvent[]>();
          const named = JSON.stringify(when);
          for (const one of toEvents(given)) {
            if (known.has(one.id) || !named.includes(`"${one.asset}"`)) continue;
            known.add(one.id);
            const place = partitioned ? one.partition! : '';
            const here = [...(waiting.get(place) ?? []), one];
            waiting.set(place, here);
            if (!holds(when, new Set(here.map(({ asset: its }) => its)))) continue;
            expected.push(here.map(({ id }) => id));
            waiting.delete(place);
          }
          const { due } = feed(open(when, partitioned), toEvents(given));
          expect(due.map((run) => run.events.map(({ id }) => id))).to.deep.equal(expected);
        }),
      );
    });

    it('gives an event to one run at most, and names no two runs alike', () => {
      fc.assert(
        fc.property(
          condition,
          sent,
          fc.array(fc.constantFrom('event', 'pause', 'unpause', 'declare')),
          condition,
          (when, given, commands, other) => {
            let queue = open(when);
            const due: DueRun[] = [];
            const left = toEvents(given);
            const take = ({ queue: next, due: more }: queues.Step): void => {
              queue = next;
              due.push(...more);
            };
            for (const command of [...commands, ...left.map(() => 'event')]) {
              const next = command === 'event' ? left.shift() : undefined;
              if (next) take(queues.receive(queue, next));
              if (command === 'pause') queue = queues.pause(queue, { at: DAY, reason: '' });
              if (command === 'unpause') take(queues.unpause(queue));
              if (command === 'declare') take(queues.declare(queue, { when: other, partitioned: false }));
            }
            const taken = due.flatMap((run) => run.events.map(({ id }) => id));
            expect(taken).to.deep.equal([...new Set(taken)]);
            expect(new Set(due.map(({ key }) => key)).size).to.equal(due.length);
          },
        ),
      );
    });

    it('goes on after being written down and read again at any moment', () => {
      fc.assert(
        fc.property(condition, sent, fc.nat(40), (when, given, at) => {
          const all = toEvents(given);
          const whole = feed(open(when), all);
          const first = feed(open(when), all.slice(0, at));
          const second = feed(JSON.parse(JSON.stringify(first.queue)) as AssetQueue, all.slice(at));
          expect([...first.runs, ...second.runs]).to.deep.equal(whole.runs);
          expect(second.queue).to.deep.equal(whole.queue);
        }),
      );
    });
  });
});
