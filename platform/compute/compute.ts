/** CPU work on worker threads, so that the event loop that heartbeats stays free. */
import type { DriftReport } from '../../core/drift/report.js';
import type { Frame } from '../../core/frame.js';
import type { Profile } from '../../core/profile/profile.js';

export interface DriftSettings {
  readonly minShift: number;
  readonly falseAlarmRate: number;
}

export interface Compute {
  /**
   * @param chunkRows size of the windows the profile will be compared with; its own chunks of that size calibrate the thresholds
   */
  profile(frame: Frame, options: { from: string | null; to: string | null; chunkRows: number }): Promise<Profile>;
  drift(reference: Profile, current: Frame, settings: DriftSettings): Promise<DriftReport>;
  close(): Promise<void>;
}
