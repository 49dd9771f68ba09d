import { expect } from 'chai';
import { allOf, anyOf, asset, checkAssetSchedule, conditionText, onAssets, producedNames, scheduleOf } from '../../../core/dag/asset.js';
import { producedEvents, readAssetEvent } from '../../../core/dag/asset-event.js';
import { partitionEnd, partitionOf, partsIn } from '../../../core/dag/asset-partition.js';
import { dag } from '../../../core/dag/build.js';
import { cron, every } from '../../../core/dag/schedule.js';
import { task } from '../../../core/dag/task.js';
import { RekindleError } from '../../../core/errors.js';

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof RekindleError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'nothing was refused';
};

describe('assets', () => {
  describe('names', () => {
    for (const name of ['sales', 'sales/daily', 's3://lake/sales/2026', 'db.schema.table', 'postgres://host:5432/db/table', 'a@b+c=d,e~f'])
      it(`takes ${name}`, () => expect(asset(name)).to.deep.equal({ asset: name }));

    for (const name of [
      '',
      ' sales',
      'sales daily',
      '/sales',
      'sales/',
      'größe',
      'sales?',
      '#1',
      'a\nb',
      'a'.repeat(201),
      'a/'.repeat(60) + 'a',
    ])
      it(`refuses ${JSON.stringify(name.slice(0, 20))}`, () =>
        expect(refusal(() => asset(name))).to.match(/^ASSET_INVALID: .*cannot be the name/));

    it('refuses what is no text', () => {
      expect(refusal(() => asset(undefined as never))).to.match(/^ASSET_INVALID/);
      expect(refusal(() => producedNames([{} as never]))).to.match(/^ASSET_INVALID/);
    });

    it('names what a task produces once each', () =>
      expect(producedNames([asset('a', { partition: 'day' }), 'b', 'a'])).to.deep.equal(['a', 'b']));
  });

  describe('conditions', () => {
    const [a, b, c] = [asset('a'), asset('b'), asset('c')];

    it('is plain data in the spec', () => {
      expect(scheduleOf(a)).to.deep.equal({ kind: 'assets', when: { asset: 'a' } });
      expect(scheduleOf([a, b])).to.deep.equal({ kind: 'assets', when: { all: [{ asset: 'a' }, { asset: 'b' }] } });
      expect(scheduleOf(anyOf(a, allOf(b, c)))).to.deep.equal({
        kind: 'assets',
        when: { any: [{ asset: 'a' }, { all: [{ asset: 'b' }, { asset: 'c' }] }] },
      });
      expect(onAssets([a], { partitioned: true, or: cron('0 3 * * *') })).to.deep.equal({
        ...{ kind: 'assets', when: { all: [{ asset: 'a' }] }, partitioned: true },
        or: { kind: 'cron', expression: '0 3 * * *', timezone: 'UTC' },
      });
    });

    it('leaves a schedule by the clock as it is', () => expect(scheduleOf(every('1 hour'))).to.deep.equal(every('1 hour')));

    for (const [when, text] of [
      [a, 'a'],
      [allOf(a, b), 'a and b'],
      [anyOf(a, allOf(b, c)), 'a or (b and c)'],
      [allOf(anyOf(a, b), anyOf(allOf(b, a), c)), '(a or b) and ((b and a) or c)'],
      [asset('x', { partition: 'day', every: 'hour' }), 'x by day, every hour'],
    ] as const)
      it(`reads as ${text}`, () => expect(conditionText(when)).to.equal(text));

    const day = asset('d', { partition: 'day' });
    for (const [what, schedule, says] of [
      ['an empty condition', onAssets(allOf()), 'names none'],
      ['an empty part', onAssets(anyOf(a, allOf())), 'names none'],
      ['no condition', onAssets(null as never), 'no condition'],
      ['a partition where none are counted', onAssets(day), "'partitioned'"],
      ['two lengths of partition', onAssets([day, asset('w', { partition: 'week' })], { partitioned: true }), 'day and week'],
      ['an asset with two partitions', onAssets([day, asset('d')], { partitioned: true }), 'two different partitions'],
    ] as const)
      it(`refuses ${what}`, () =>
        expect(refusal(() => checkAssetSchedule(schedule)))
          .to.match(/^ASSET_INVALID/)
          .and.contain(says));

    it('is refused with the DAG that it is of', () => {
      const says = refusal(() => dag({ id: 'report', schedule: [] }, (d) => d.run(task({ id: 't', run: () => 1 }))));
      expect(says).to.match(/^DAG_INVALID: DAG 'report': schedule: .*names none/);
    });

    for (const options of [
      { partition: 'fortnight' },
      { every: 'hour' },
      { partition: 'day', every: 'day' },
      { partition: 'month', every: 'week' },
    ])
      it(`refuses an asset with ${JSON.stringify(options)}`, () =>
        expect(refusal(() => asset('x', options as never))).to.match(/^ASSET_INVALID/));
  });

  // 2026-11-24 is a Tuesday; 2024 is a leap year
  describe('partitions', () => {
    for (const [time, unit, begins, ends] of [
      ['2026-11-24T13:45:10.5Z', 'hour', '2026-11-24T13:00:00.000Z', '2026-11-24T14:00:00.000Z'],
      ['2026-11-24T23:30:00-02:00', 'day', '2026-11-25T00:00:00.000Z', '2026-11-26T00:00:00.000Z'],
      ['2026-11-24', 'week', '2026-11-23T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
      ['2026-11-29T23:59:59.999Z', 'week', '2026-11-23T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
      ['1969-12-31T10:00:00Z', 'week', '1969-12-29T00:00:00.000Z', '1970-01-05T00:00:00.000Z'],
      ['2024-02-29T12:00:00Z', 'month', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
      ['2026-12-31T23:00:00Z', 'month', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ] as const)
      it(`puts ${time} into the ${unit} of ${begins.slice(0, 13)}`, () => {
        expect(partitionOf(time, unit)).to.equal(begins);
        expect(partitionEnd(begins, unit)).to.equal(ends);
      });

    it('takes a time for a partition where no length is said', () =>
      expect(partitionOf('2026-11-24T13:45:10+01:00')).to.equal('2026-11-24T12:45:10.000Z'));

    for (const [partition, unit, part, count] of [
      ['2026-11-24', 'day', 'hour', 24],
      ['2026-11-23', 'week', 'day', 7],
      ['2024-02-01', 'month', 'day', 29],
      ['2025-02-01', 'month', 'hour', 672],
    ] as const)
      it(`counts ${count} times an ${part} in the ${unit} of ${partition}`, () => expect(partsIn(partition, unit, part)).to.equal(count));
  });

  describe('events', () => {
    const defaults = { at: '2026-11-24T00:00:00.000Z', source: 'by hand', id: 'id-1' };

    it('needs the asset only', () =>
      expect(readAssetEvent({ asset: 'a' }, defaults)).to.deep.equal({
        ...{ asset: 'a', at: '2026-11-24T00:00:00.000Z', source: 'by hand', id: 'id-1' },
      }));

    it('keeps what is said, times in UTC', () =>
      expect(
        readAssetEvent(
          { asset: 'a', partition: '2026-11-23', at: '2026-11-24T02:00:00+01:00', source: 's', id: 'i', extra: { rows: 1 } },
          defaults,
        ),
      ).to.deep.equal({
        ...{ asset: 'a', partition: '2026-11-23T00:00:00.000Z', at: '2026-11-24T01:00:00.000Z', source: 's', id: 'i' },
        extra: { rows: 1 },
      }));

    for (const [what, sent, says] of [
      ['no asset', {}, 'asset:'],
      ['a wrong name', { asset: 'a b' }, 'cannot be the name'],
      ['a day that is none', { asset: 'a', partition: '2026-02-30' }, 'partition:'],
      ['a word that is none', { asset: 'a', partitions: '2026-02-03' }, 'partitions'],
      ['a large extra', { asset: 'a', extra: 'x'.repeat(20_000) }, 'longer than'],
      ['nothing', null, 'event:'],
    ] as const)
      it(`refuses ${what}`, () =>
        expect(refusal(() => readAssetEvent(sent, defaults)))
          .to.match(/^ASSET_INVALID/)
          .and.contain(says));

    it('names the events of a task instance the same, however often it tells them', () => {
      const run = { id: 'etl-1', logicalDate: '2026-11-24T00:00:00.000Z', startedAt: '2026-11-24T00:00:01.000Z' };
      const [first] = producedEvents(['a'], run, 'load', '2026-11-24T00:05:00.000Z');
      const [again] = producedEvents(['a'], run, 'load', '2026-11-24T00:06:00.000Z');
      expect(first).to.deep.equal({
        ...{ asset: 'a', partition: '2026-11-24T00:00:00.000Z', at: '2026-11-24T00:05:00.000Z' },
        ...{ source: 'etl-1', id: 'etl-1/load/a 2026-11-24T00:00:01.000Z' },
      });
      expect(again!.id).to.equal(first!.id);
      const others = [
        producedEvents(['a'], run, 'etl#2/load', first!.at),
        producedEvents(['a'], { ...run, startedAt: '2026-11-25T00:00:01.000Z' }, 'load', first!.at),
      ];
      for (const [other] of others) expect(other!.id).not.to.equal(first!.id);
    });
  });
});
