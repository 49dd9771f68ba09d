import { expect } from 'chai';
import { driftReport } from '../../core/drift/drift-report.js';
import type { Frame } from '../../core/frame.js';
import { profileFrame } from '../../core/profile/profile-frame.js';
import { binaryMetrics } from '../../core/quality/binary-metrics.js';
import { createCompute } from '../../platform/compute/pool.js';

/** @param shared in shared memory, as Tables reads columns */
const frame = (rows: number, shift: number, shared: boolean): Frame => {
  const of = <T extends Float64Array | Int32Array>(make: (buffer: ArrayBufferLike) => T, bytes: number): T =>
    make(shared ? new SharedArrayBuffer(rows * bytes) : new ArrayBuffer(rows * bytes));
  const values = of((buffer) => new Float64Array(buffer), 8);
  const codes = of((buffer) => new Int32Array(buffer), 4);
  for (let row = 0; row < rows; row++) {
    values[row] = ((row * 7_919) % 1_000) / 1_000 + shift;
    codes[row] = row % 3;
  }
  return { rows, columns: { a: { type: 'number', values }, b: { type: 'category', codes, categories: ['x', 'y', 'z'] } } };
};

describe('compute', () => {
  const compute = createCompute({ threads: 2 });
  after(() => compute.close());

  const options = { from: '1997-04-22T00:00:00.000Z', to: '1997-04-29T00:00:00.000Z', chunkRows: 500 };
  const settings = { minShift: 0.2, falseAlarmRate: 0.05 };

  for (const shared of [true, false]) {
    const where = shared ? 'shared' : 'ordinary';
    it(`answers on a thread what the functions answer here, from ${where} memory, and leaves the frame to the caller`, async () => {
      const reference = frame(5_000, 0, shared);
      const current = frame(1_000, 0.5, shared);
      const profile = await compute.profile(reference, options);
      expect(profile).to.deep.equal(profileFrame(reference, options));
      const report = await compute.drift(profile, current, settings);
      expect(report).to.deep.equal(driftReport(profile, current, settings));
      expect(report.verdict).to.equal('drift');
      expect(reference).to.deep.equal(frame(5_000, 0, shared));
    });
  }

  it('measures predictions', async () => {
    const labels = Uint8Array.of(0, 0, 1, 1, 0, 1);
    const scores = Float64Array.of(0.1, 0.4, 0.35, 0.8, 0.6, 0.7);
    expect(await compute.quality(labels, scores)).to.deep.equal(binaryMetrics(labels, scores));
  });

  it('leaves the event loop free while it works', async () => {
    const large = frame(400_000, 0, true);
    let beats = 0;
    const timer = setInterval(() => beats++, 1);
    await Promise.all([compute.profile(large, { ...options, chunkRows: 1_000 }), compute.profile(large, { ...options, chunkRows: 1_000 })]);
    clearInterval(timer);
    expect(beats).to.be.greaterThan(1);
  });

  it('passes errors on', async () => {
    const broken = { rows: 1, columns: { a: { type: 'number' } } } as unknown as Frame;
    expect(await compute.profile(broken, options).catch((error: Error) => error)).to.be.instanceOf(Error);
  });
});
