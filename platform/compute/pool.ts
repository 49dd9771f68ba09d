/** {@link Compute} by a pool of worker threads, started when first needed and ended when idle. */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';
import type { DriftReport } from '../../core/drift/report.js';
import type { BinaryMetrics } from '../../core/lifecycle/gates.js';
import type { WindowEstimate } from '../../core/lifecycle/window-estimate.js';
import type { Profile } from '../../core/profile/profile.js';
import type { Undefined } from '../../core/statistics/undefined.js';
import { ownFile, runsFromSource } from '../package.js';
import type { Compute } from './compute.js';

const IDLE_MS = 30_000;

/** The loader that runs TypeScript from its sources does not reach into threads by itself. */
const fromSource = (): string[] => {
  // `import.meta.resolve` is not there when the loader runs us as CommonJS; the ES module lies beside what `require` finds.
  const api = pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs'),
  );
  return ['--import', `data:text/javascript,import { register } from ${JSON.stringify(api.href)}; register();`];
};

/** @param threads default: one less than the processors, so that the event loop keeps one */
export const createCompute = ({ threads = Math.max(1, availableParallelism() - 1) }: { threads?: number } = {}): Compute => {
  const pool = new Piscina({
    filename: ownFile('platform/compute/worker'),
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    ...(runsFromSource ? { execArgv: fromSource() } : {}),
  });
  // Frames read by Tables lie in shared memory: the thread reads the same bytes. Other frames are copied; none is taken away.
  return {
    profile: (frame, options) => pool.run({ frame, options }, { name: 'profile' }) as Promise<Profile>,
    drift: (reference, current, settings) => pool.run({ reference, current, settings }, { name: 'drift' }) as Promise<DriftReport>,
    quality: (labels, scores) => pool.run({ labels, scores }, { name: 'quality' }) as Promise<BinaryMetrics>,
    estimate: (reference, window) => pool.run({ reference, window }, { name: 'estimate' }) as Promise<WindowEstimate | Undefined>,
    monitoringPage: (page) => pool.run(page, { name: 'monitoringPage' }) as Promise<string>,
    close: () => pool.close(),
  };
};
