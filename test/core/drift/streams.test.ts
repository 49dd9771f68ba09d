/** Streams whose rows resemble their neighbours, or follow the day: thresholds learnt from the reference's own chunks hold on them. */
import { expect } from 'chai';
import { driftReport } from '../../../core/drift/drift-report.js';
import type { Frame } from '../../../core/frame.js';
import { profileFrame } from '../../../core/profile/profile-frame.js';
import type { Profile } from '../../../core/profile/profile.js';
import { frame, normals, numbers, SETTINGS } from './frames.js';

const COLUMNS = 5;
const CHUNKS = 200;

/** Rows come one after the other from all calls. */
type Stream = (rows: number, shift?: number) => Frame;

const of = (draw: (column: number, row: number) => number): Stream => {
  let at = 0;
  return (rows, shift = 0) => {
    const start = at;
    at += rows;
    // row by row, so that the columns of one call are of the same time
    const columns = Array.from({ length: COLUMNS }, () => new Float64Array(rows));
    for (let i = 0; i < rows; i++) columns.forEach((values, c) => (values[i] = draw(c, start + i) + (c === 0 ? shift : 0)));
    return frame(Object.fromEntries(columns.map((values, c) => [`x${c}`, numbers(rows, (i) => values[i]!)])));
  };
};

const autocorrelated = (seed: number): Stream => {
  const normal = normals(seed);
  const state = Array.from({ length: COLUMNS }, () => 0);
  return of((c) => (state[c] = 0.9 * state[c]! + Math.sqrt(1 - 0.81) * normal()));
};

/** A cycle of 96 rows, each column at its own hour, and noise. */
const daily = (seed: number): Stream => {
  const normal = normals(seed);
  return of((c, row) => Math.sin((2 * Math.PI * row) / 96 + c) + normal());
};

const reference = (stream: Stream, window: number): Profile =>
  profileFrame(stream(CHUNKS * window), { from: null, to: null, chunkRows: window });

const alarms = (stream: Stream, profile: Profile, window: number, windows: number, shift = 0): number => {
  let count = 0;
  for (let i = 0; i < windows; i++) {
    stream(41); // windows begin at other hours than chunks do
    if (driftReport(profile, stream(window, shift), SETTINGS).verdict === 'drift') count++;
  }
  return count;
};

describe('thresholds learnt from the chunks of the reference', function () {
  this.timeout(60_000);
  const WINDOWS = 40;
  for (const [name, make, window] of [
    ['an autocorrelated stream, AR(1) with 0.9', autocorrelated, 200],
    ['a daily cycle, in windows of a third of a day', daily, 32],
    ['a daily cycle, in windows of some day and a half', daily, 150],
  ] as const) {
    it(`hold on ${name}: few false alarms, and a large shift is found`, () => {
      let [alarmed, plain] = [0, 0];
      for (const seed of [1, 2, 3]) {
        const stream = make(seed);
        const profile = reference(stream, window);
        alarmed += alarms(stream, profile, window, WINDOWS);
        plain += alarms(stream, { ...profile, chunkEffects: {} }, window, WINDOWS);
        expect(alarms(stream, profile, window, 5, 4), 'a shift of four').to.equal(5);
      }
      // 6 of 120 are accepted; more than 12 come with probability 0.01, and neighbouring windows make it a little more
      expect(alarmed).to.be.at.most(12);
      expect(plain, 'without them').to.be.above(alarmed);
    });
  }
});
