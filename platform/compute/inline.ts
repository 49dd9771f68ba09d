/** {@link Compute} where we are: for small work in a process whose event loop nobody waits for, a thread would cost more than it does. */
import type { Compute } from './compute.js';
import * as work from './worker.js';

export const createInlineCompute = (): Compute => ({
  profile: (frame, options) => Promise.resolve(work.profile({ frame, options })),
  drift: (reference, current, settings) => Promise.resolve(work.drift({ reference, current, settings })),
  quality: (labels, scores) => Promise.resolve(work.quality({ labels, scores })),
  estimate: (reference, window) => Promise.resolve(work.estimate({ reference, window })),
  monitoringPage: (page) => work.monitoringPage(page),
  close: () => Promise.resolve(),
});
