/** Runs on a worker thread: each export is one piece of work of {@link ./compute.ts}. */
import { driftReport } from '../../core/drift/drift-report.js';
import type { DriftReport } from '../../core/drift/report.js';
import type { Frame } from '../../core/frame.js';
import type { BinaryMetrics } from '../../core/lifecycle/gates.js';
import { estimateWindow, type WindowEstimate, type WindowScores } from '../../core/lifecycle/window-estimate.js';
import { binaryMetrics } from '../../core/quality/binary-metrics.js';
import { profileFrame } from '../../core/profile/profile-frame.js';
import type { Profile } from '../../core/profile/profile.js';
import type { ScoredRows } from '../../core/quality/usual-of-size.js';
import type { Undefined } from '../../core/statistics/undefined.js';
import type { DriftSettings, MonitoringPage, ProfileOptions } from './compute.js';
import { isSpilled, openSpilled, type SpilledFrame } from './spilled-frame.js';

export const profile = ({ frame, options }: { frame: Frame; options: ProfileOptions }): Profile => profileFrame(frame, options);

export interface DriftWork {
  readonly reference: Profile;
  readonly current: Frame | SpilledFrame;
  readonly settings: DriftSettings;
}

export const drift = ({ reference, current, settings }: DriftWork): DriftReport =>
  driftReport(reference, isSpilled(current) ? openSpilled(current) : current, settings);

export const quality = ({ labels, scores }: { labels: Uint8Array; scores: Float64Array }): BinaryMetrics => binaryMetrics(labels, scores);

export const estimate = ({ reference, window }: { reference: ScoredRows; window: WindowScores }): WindowEstimate | Undefined =>
  estimateWindow(reference, window);

/** What draws is loaded by the first page: other work goes without it. */
export const monitoringPage = async ({ report, profiles, ...context }: MonitoringPage): Promise<string> => {
  const [{ renderMonitoringReport }, { distributionsOf }] = await Promise.all([
    import('../report/monitoring-report.js'),
    import('../report/distributions.js'),
  ]);
  const distributions = profiles ? distributionsOf(profiles.reference, profiles.current) : new Map<never, never>();
  return renderMonitoringReport(report, { ...context, distributions });
};
