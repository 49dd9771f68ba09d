import { expect } from 'chai';
import type { Duration } from '../../../core/duration.js';
import { eventTime, eventTimeMs } from '../../../core/event-time.js';
import { daysOf, lastWindow, rowsPerWindow, trainingWindows } from '../../../core/lifecycle/windows.js';

describe('event time', () => {
  // expected values: `date -u -d <text> +%s`
  const times: [string, number][] = [
    ['1997-04-22', 861_667_200],
    ['1997-04-22T00:00:00', 861_667_200],
    ['1997-04-22 10:30', 861_705_000],
    ['1997-04-22T02:00:00+02:00', 861_667_200],
    ['1997-04-22T00:00:00.250Z', 861_667_200.25],
  ];
  for (const [text, seconds] of times)
    it(`reads ${text} as UTC unless it says otherwise`, () => expect(eventTimeMs(text)).to.equal(seconds * 1_000));

  it('writes one spelling', () => expect(eventTime(861_667_200_000)).to.equal('1997-04-22T00:00:00.000Z'));

  for (const text of ['', '22.04.1997', '1997', '1997-13-01', 'tomorrow', '861667200'])
    it(`refuses '${text}'`, () => expect(() => eventTimeMs(text)).to.throw(RangeError, /ISO 8601/));
});

describe('windows on the event clock', () => {
  const windows: [Duration, string | undefined, string, string, string][] = [
    ['1 week', '1997-04-22', '1997-04-29', '1997-04-22', '1997-04-29'],
    ['1 week', '1997-04-22', '1997-04-29T00:00:00.001Z', '1997-04-22', '1997-04-29'],
    ['1 week', '1997-04-22', '1997-05-05T23:59:59Z', '1997-04-22', '1997-04-29'],
    ['1 week', '1997-04-22', '1997-04-22', '1997-04-15', '1997-04-22'],
    ['1 week', '1997-04-22', '1997-04-21T23:59:59Z', '1997-04-08', '1997-04-15'],
    // Monday 1997-04-21
    ['1 week', undefined, '1997-04-23', '1997-04-14', '1997-04-21'],
    ['1 day', undefined, '1997-04-23T10:00:00Z', '1997-04-22', '1997-04-23'],
  ];
  for (const [every, anchor, asOf, from, to] of windows)
    it(`the last ${every} from ${anchor ?? 'Monday'} as of ${asOf} is [${from}, ${to})`, () =>
      expect(lastWindow({ every, anchor }, asOf)).to.deep.equal({ from: `${from}T00:00:00.000Z`, to: `${to}T00:00:00.000Z` }));

  it('takes windows shorter than a day', () =>
    expect(lastWindow({ every: '6 hours', anchor: '1997-04-22T01:00:00Z' }, '1997-04-22T13:30:00Z')).to.deep.equal({
      from: '1997-04-22T07:00:00.000Z',
      to: '1997-04-22T13:00:00.000Z',
    }));

  it('puts the holdout last and training before it', () =>
    expect(trainingWindows({ training: '48 weeks', holdout: '2 weeks' }, '1997-04-21')).to.deep.equal({
      from: '1996-05-06T00:00:00.000Z',
      holdoutFrom: '1997-04-07T00:00:00.000Z',
      until: '1997-04-21T00:00:00.000Z',
    }));

  it('lists the days that a window touches', () => {
    expect(daysOf({ from: '1997-04-29T00:00:00Z', to: '1997-05-02T00:00:00Z' })).to.deep.equal(['1997-04-29', '1997-04-30', '1997-05-01']);
    expect(daysOf({ from: '1997-04-29T22:00:00Z', to: '1997-04-30T01:00:00Z' })).to.deep.equal(['1997-04-29', '1997-04-30']);
  });

  it('knows how many rows a window has on average', () => {
    const year = { from: '1996-05-07T00:00:00Z', to: '1997-04-08T00:00:00Z' };
    expect(rowsPerWindow(48 * 336, year, '1 week')).to.equal(336);
    expect(rowsPerWindow(3, year, '1 day')).to.equal(1);
  });
});
