/** CPU work on worker threads, so that the event loop that heartbeats stays free. */
import type { DriftSettings } from '../../core/drift/drift-report.js';
import type { DriftReport } from '../../core/drift/report.js';
import type { BinaryMetrics } from '../../core/lifecycle/gates.js';
import type { Frame } from '../../core/frame.js';
import type { MonitoringReport } from '../../core/lifecycle/monitoring.js';
import type { WindowEstimate, WindowScores } from '../../core/lifecycle/window-estimate.js';
import type { ProfileFrameOptions } from '../../core/profile/profile-frame.js';
import type { Profile } from '../../core/profile/profile.js';
import type { ScoredRows } from '../../core/quality/usual-of-size.js';
import type { Undefined } from '../../core/statistics/undefined.js';
import type { MonitoringContext } from '../report/monitoring-report.js';
import type { SpilledFrame } from './spilled-frame.js';

export type { DriftSettings, ProfileFrameOptions as ProfileOptions };

export interface MonitoringPage extends Omit<MonitoringContext, 'distributions'> {
  readonly report: MonitoringReport;
  /** profiles of both sides; null when there was nothing to compare */
  readonly profiles: { readonly reference: Profile; readonly current: Profile } | null;
}

export interface Compute {
  profile(frame: Frame, options: ProfileFrameOptions): Promise<Profile>;
  drift(reference: Profile, current: Frame | SpilledFrame, settings: DriftSettings): Promise<DriftReport>;
  /**
   * @param labels 1 for the positive class
   * @param scores probabilities of the positive class
   */
  quality(labels: Uint8Array, scores: Float64Array): Promise<BinaryMetrics>;
  /** Quality of a window without its labels, from the answers of the same version to its hold-out. */
  estimate(reference: ScoredRows, window: WindowScores): Promise<WindowEstimate | Undefined>;
  /** The report of monitoring as HTML, with pictures of both sides of the columns. */
  monitoringPage(page: MonitoringPage): Promise<string>;
  close(): Promise<void>;
}
