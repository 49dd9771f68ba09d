import { expect } from 'chai';
import { driftReport } from '../../../core/drift/drift-report.js';
import { DriftReport } from '../../../core/drift/report.js';
import type { Frame } from '../../../core/frame.js';
import { mergeProfiles, profileFrame, type ProfileFrameOptions } from '../../../core/profile/profile-frame.js';
import { Profile } from '../../../core/profile/profile.js';
import { slotsOf, type Season } from '../../../core/profile/season.js';
import { mulberry32 } from '../../../core/statistics/random.js';
import { categories, columnOf, frame, normals, numbers, SETTINGS } from './frames.js';

const MINUTE_MS = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;
/** Monday, midnight. */
const START_MS = Date.UTC(2026, 0, 5);

const normal = normals(21);
const random = mulberry32(22);
const times = (from: number, rows: number): number[] => Array.from({ length: rows }, (_, i) => START_MS + (from + i) * MINUTE_MS);

/** A row a minute with a daily cycle: load is high by day, and calls come by day. `shift` is added to the load, `less` of it is missing. */
const stream = (from: number, rows: number, { shift = 0, flip = false, lost = 0 } = {}): Frame => {
  const cycle = (i: number): number => -Math.cos((2 * Math.PI * (from + i)) / DAY);
  return frame({
    load: numbers(rows, (i) => (random() < lost ? NaN : 2 * cycle(i) + normal() + shift)),
    call: categories(rows, ['yes', 'no'], (i) => Number(random() < 0.5 + 0.4 * cycle(i) !== flip)),
  });
};

const DAYS = 28;
const profiled = (rows: Frame, from: number, season: Season, options: Partial<ProfileFrameOptions> = {}): Profile =>
  Profile.parse(
    JSON.parse(
      JSON.stringify(profileFrame(rows, { from: null, to: null, chunkRows: Infinity, season, times: times(from, rows.rows), ...options })),
    ),
  );

describe('season-aware drift', () => {
  const HOURS = 6;
  let reference: Profile;
  before(() => {
    reference = profiled(stream(0, DAYS * DAY), 0, 'hour-of-day', { chunkRows: HOURS * HOUR });
  });

  const judge = (from: number, current: Frame, by: Season | null, profile = reference): DriftReport =>
    DriftReport.parse(
      JSON.parse(
        JSON.stringify(
          driftReport(profile, current, by === null ? SETTINGS : { ...SETTINGS, season: { by, times: times(from, current.rows) } }),
        ),
      ),
    );
  const alarms = (by: Season | null, profile: Profile, of: Parameters<typeof stream>[2] = {}): number => {
    let count = 0;
    for (let window = 0; window < 60; window++) {
      const from = DAYS * DAY + window * HOURS * HOUR + 17;
      if (judge(from, stream(from, HOURS * HOUR, of), by, profile).verdict === 'drift') count++;
    }
    return count;
  };

  it('does not take the hours of the day for drift, as a comparison with the whole day must', () => {
    const plain = { ...reference, chunkEffects: {} };
    expect(alarms(null, plain), 'against the whole').to.equal(60);
    expect(alarms('hour-of-day', reference), 'against the same hours').to.be.at.most(3);
  });

  it('finds a shift that thresholds learnt from the whole do not see', () => {
    expect(alarms(null, reference, { shift: 0.6 }), 'against the whole, calibrated').to.be.below(45);
    expect(alarms('hour-of-day', reference, { shift: 0.6 })).to.equal(60);
  });

  it('compares with the very mixture of hours that the rows have', () => {
    const [from, hours] = [DAYS * DAY + 20 * HOUR, 6]; // 20:00 to 02:00, over midnight
    const nights = stream(0, DAYS * DAY);
    const whole = profiled(nights, 0, 'hour-of-day');
    const current = stream(from, hours * HOUR, { shift: 1 });
    const inHours = slotsOf('hour-of-day', times(0, nights.rows)).reduce<number[]>((rows, slot, row) => {
      if (slot >= 20 || slot < 2) rows.push(row);
      return rows;
    }, []);
    const only = frame({
      load: numbers(inHours.length, (i) => (nights.columns['load'] as { values: Float64Array }).values[inHours[i]!]!),
      call: categories(inHours.length, ['yes', 'no'], (i) => (nights.columns['call'] as { codes: Int32Array }).codes[inHours[i]!]!),
    });
    const exact = driftReport(profileFrame(only, { from: null, to: null, chunkRows: Infinity }), current, SETTINGS);
    const seasonal = judge(from, current, 'hour-of-day', whole);
    // 170 points of each hour: within 1/168
    expect(columnOf(seasonal, 'load').effect!.value).to.be.closeTo(columnOf(exact, 'load').effect!.value, 0.006);
    expect(columnOf(seasonal, 'call').effect!.value).to.be.closeTo(columnOf(exact, 'call').effect!.value, 1e-9);
    expect(columnOf(seasonal, 'call').tests[0]!.statistic).to.be.closeTo(columnOf(exact, 'call').tests[0]!.statistic, 1e-6);
    expect(seasonal.findings).to.deep.equal([
      { code: 'season_reference', text: 'The rows are compared with those of the reference at the same hour of the day (UTC).' },
    ]);
  });

  it('keeps the effect of each chunk against the rest of its own hours', () => {
    const days = 4;
    const rows = stream(0, days * DAY);
    const profile = profiled(rows, 0, 'hour-of-day', { chunkRows: HOURS * HOUR });
    const [from, to] = [DAY, DAY + HOURS * HOUR];
    const { values } = rows.columns['load'] as { values: Float64Array };
    const rest = [...values.keys()].filter((row) => row % DAY < HOURS * HOUR && (row < from || row >= to));
    const exact = driftReport(
      profileFrame(frame({ load: numbers(rest.length, (i) => values[rest[i]!]!) }), { from: null, to: null, chunkRows: Infinity }),
      frame({ load: numbers(to - from, (i) => values[from + i]!) }),
      SETTINGS,
    );
    expect(profile.seasons!.chunkEffects['load']![4]).to.be.closeTo(columnOf(exact, 'load').effect!.value, 0.01);
    expect(profile.seasons!.chunkEffects['load']).to.have.length(4 * days);
    for (const effect of profile.seasons!.chunkEffects['call']!) expect(effect).to.be.within(0, 0.2);
  });

  it('says so when the reference has no such rows, and compares with the whole', () => {
    const plain = profileFrame(stream(0, DAY), { from: null, to: null, chunkRows: Infinity });
    const report = judge(0, stream(0, HOURS * HOUR), 'hour-of-day', plain);
    expect(report.findings.map(({ code }) => code)).to.deep.equal(['season_unknown']);
    const mornings = profiled(stream(0, 12 * HOUR), 0, 'hour-of-day');
    const over = judge(0, stream(9 * HOUR, HOURS * HOUR), 'hour-of-day', mornings);
    expect(over.findings.map(({ code }) => code)).to.deep.equal(['season_reference']);
    const half = judge(9 * HOUR, stream(9 * HOUR, HOURS * HOUR), 'hour-of-day', mornings);
    expect(half.findings.map(({ text }) => text)[1]).to.equal(
      'The reference has no rows at the hour of the day of 50.0 % of the rows: these are compared with all of it.',
    );
  });

  it('sees the missing rate of the same hours, and a column that is gone', () => {
    const profile = profiled(stream(0, 7 * DAY), 0, 'hour-of-day');
    const from = 7 * DAY;
    const report = judge(from, stream(from, HOURS * HOUR, { lost: 0.5 }), 'hour-of-day', profile);
    expect(columnOf(report, 'load').findings.map(({ code }) => code)).to.include('missing_rate_changed');
    const { load } = stream(from, HOURS * HOUR).columns;
    expect(columnOf(judge(from, frame({ load: load! }), 'hour-of-day', profile), 'call').verdict).to.equal('drift');
  });

  it('merges: the weeks of a month are the month', () => {
    const weeks = [0, 1, 2].map((week) => profiled(stream(week * 7 * DAY, 7 * DAY), week * 7 * DAY, 'hour-of-week'));
    const merged = weeks.reduce(mergeProfiles);
    expect(Object.keys(merged.seasons!.slots)).to.have.length(168);
    const from = 21 * DAY;
    expect(judge(from, stream(from, DAY), 'hour-of-week', merged).verdict).to.equal('no_drift');
    expect(judge(from, stream(from, DAY, { shift: 1 }), 'hour-of-week', merged).verdict).to.equal('drift');
    const points = Object.values(merged.seasons!.slots).map(({ columns }) => (columns['load'] as { values: number[] }).values.length);
    expect(Math.max(...points)).to.be.at.most(64);
    expect(mergeProfiles(weeks[0]!, reference).seasons).to.equal(undefined);
  });

  it('refuses rows without times', () => {
    expect(() => profileFrame(stream(0, 10), { from: null, to: null, chunkRows: 5, season: 'weekday' })).to.throw(
      RangeError,
      'a profile by season needs a time for each of the 10 rows; there are 0',
    );
  });
});

describe('the slot of a row', () => {
  it('is its hour, weekday or both, in UTC, from Monday midnight on', () => {
    const at = (text: string, season: Season): number => slotsOf(season, [Date.parse(text)])[0]!;
    // 2026-01-05 was a Monday, 1969-12-28 a Sunday
    expect(at('2026-01-05T00:00:00Z', 'hour-of-week')).to.equal(0);
    expect(at('2026-01-11T23:59:59Z', 'hour-of-week')).to.equal(167);
    expect(at('2026-01-07T05:30:00Z', 'weekday')).to.equal(2);
    expect(at('1969-12-28T05:30:00Z', 'weekday')).to.equal(6);
    expect(at('1969-12-28T05:30:00Z', 'hour-of-day')).to.equal(5);
    expect(slotsOf('weekday', [NaN])[0]).to.equal(-1);
  });
});
