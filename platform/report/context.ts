/** What a report says beyond the drift report's JSON. */
import type { Distribution } from './distributions.js';

export interface QualityPoint {
  /** end of the window, ISO 8601 */
  readonly at: string;
  /** null where the metric is undefined or could not be estimated */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** rows behind the value */
  readonly rows: number;
  /** estimated without labels, rather than measured with them */
  readonly estimated: boolean;
}

export interface QualitySeries {
  /** such as `ROC AUC` */
  readonly metric: string;
  /** the value that the model must reach, when there is one */
  readonly minimum: number | null;
  /** in time order */
  readonly points: readonly QualityPoint[];
}

/** All of it optional: the report says less without. */
export interface ReportContext {
  /** such as `electricity` */
  readonly title?: string;
  /** what the sides are, such as the names of two files */
  readonly names?: { readonly reference: string; readonly current: string };
  /** ISO 8601 */
  readonly madeAt?: string;
  readonly settings?: { readonly minShift: number; readonly falseAlarmRate: number };
  /** by column, from `distributionsOf`; a column without one gets no picture */
  readonly distributions?: ReadonlyMap<string, Distribution>;
  readonly quality?: readonly QualitySeries[];
}
