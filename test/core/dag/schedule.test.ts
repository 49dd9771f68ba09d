import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { cron, every, previousFiring } from '../../../core/dag/schedule.js';

interface Case {
  readonly name: string;
  readonly cron?: string;
  readonly timezone: string;
  readonly expected: { readonly runs: readonly { readonly runAfter: string }[] };
}

/** Computed by Airflow 3.3.2: the next runs of its timetables. */
const cases = JSON.parse(readFileSync(new URL('../../reference/airflow/schedules.json', import.meta.url), 'utf8')) as Case[];

/** `L` and `#` are words of croniter, not of cron. Where a clock goes back half an hour Airflow counts elapsed time in whole hours. */
const OTHERWISE = [/ L /, /#/, /@hourly-Australia\/Lord_Howe/];

describe('the firing before a firing', () => {
  it("is the one before it in Airflow's own lists, over every change of the clock", () => {
    let pairs = 0;
    for (const { name, cron: expression, timezone, expected } of cases) {
      if (expression === undefined || OTHERWISE.some((odd) => odd.test(name))) continue;
      expected.runs.slice(1).forEach(({ runAfter }, i) => {
        const before = new Date(expected.runs[i]!.runAfter).toISOString();
        expect(previousFiring(cron(expression, { timezone }), runAfter), `${name} before ${runAfter}`).to.equal(before);
        pairs++;
      });
    }
    expect(pairs).to.be.greaterThan(1_500);
  });

  it('finds 29 February, and nothing before what never comes', () => {
    expect(previousFiring(cron('0 0 29 2 *'), '2104-02-29T00:00:00Z')).to.equal('2096-02-29T00:00:00.000Z');
    expect(previousFiring(cron('0 0 31 2 *'), '2026-01-01T00:00:00Z')).to.equal('2026-01-01T00:00:00.000Z');
  });

  it('is one interval earlier, on the grid of the anchor', () => {
    const weekly = every('1 week', { anchor: '1997-04-22' });
    expect(previousFiring(weekly, '1997-04-29T00:00:00Z')).to.equal('1997-04-22T00:00:00.000Z');
    expect(previousFiring(weekly, '1997-05-01T12:00:00Z')).to.equal('1997-04-29T00:00:00.000Z');
    expect(previousFiring(weekly, '1997-04-22T00:00:00Z')).to.equal('1997-04-15T00:00:00.000Z');
    expect(previousFiring(every('1 day'), '2026-01-02T00:00:00Z')).to.equal('2026-01-01T00:00:00.000Z');
  });

  it('understands names, steps and Sunday as 7', () => {
    expect(previousFiring(cron('30 6-18/6 * jan-mar mon'), '2026-01-12T06:30:00Z')).to.equal('2026-01-05T18:30:00.000Z');
    expect(previousFiring(cron('0 0 * * 7'), '2026-01-05T00:00:00Z')).to.equal('2026-01-04T00:00:00.000Z');
  });

  for (const [expression, problem] of [
    ['* * * *', /has 4 fields/],
    ['60 * * * *', /'60' is no minute/],
    ['* * * foo *', /'foo' is no month/],
    ['5-1 * * * *', /ends before it starts/],
    ['*/0 * * * *', /is no minute/],
  ] as const)
    it(`refuses '${expression}'`, () =>
      expect(() => previousFiring(cron(expression), '2026-01-01T00:00:00Z')).to.throw(RangeError, problem));
});
