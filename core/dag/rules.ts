/** Airflow's thirteen trigger rules: when a task starts, given how its upstreams ended. */
import { assertNever } from '../assert-never.js';

export const TRIGGER_RULES = [
  'all_success',
  'all_failed',
  'all_done',
  'all_done_min_one_success',
  'all_done_setup_success',
  'one_success',
  'one_failed',
  'one_done',
  'none_failed',
  'none_failed_min_one_success',
  'none_skipped',
  'all_skipped',
  'always',
] as const;
export type TriggerRule = (typeof TRIGGER_RULES)[number];

/** How many upstreams there are and how those that have ended did so. */
export interface UpstreamCounts {
  readonly total: number;
  readonly success: number;
  readonly failed: number;
  readonly skipped: number;
  readonly upstream_failed: number;
  /** of the above, those marked as setup */
  readonly setups: { readonly total: number; readonly success: number; readonly skipped: number };
}

export type Decision = 'wait' | 'run' | 'skipped' | 'upstream_failed';

/**
 * Asked again each time an upstream ends; the first answer other than `wait` holds. So `all_success` with a skipped and a failed
 * upstream depends on which ended first, as in Airflow.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/dags.html#trigger-rules
 */
export const decide = (rule: TriggerRule, counts: UpstreamCounts): Decision => {
  const { total, success, failed, skipped, setups } = counts;
  if (total === 0 || rule === 'always') return 'run';
  const bad = failed + counts.upstream_failed;
  const done = success + skipped + bad;
  switch (rule) {
    case 'all_success':
      return bad > 0 ? 'upstream_failed' : skipped > 0 ? 'skipped' : success === total ? 'run' : 'wait';
    case 'all_failed':
      return success > 0 || skipped > 0 ? 'skipped' : bad === total ? 'run' : 'wait';
    case 'all_done':
      return done === total ? 'run' : 'wait';
    case 'all_done_min_one_success':
      if (skipped > 0) return 'skipped';
      return done < total ? 'wait' : success > 0 ? 'run' : 'upstream_failed';
    case 'all_done_setup_success':
      if (done < total) return 'wait';
      if (setups.total === 0 || setups.success > 0) return 'run';
      return setups.skipped === setups.total ? 'skipped' : 'upstream_failed';
    case 'one_success':
      if (success > 0) return 'run';
      return done < total ? 'wait' : skipped === total ? 'skipped' : 'upstream_failed';
    case 'one_failed':
      return bad > 0 ? 'run' : done < total ? 'wait' : 'skipped';
    case 'one_done':
      return success + failed > 0 ? 'run' : done < total ? 'wait' : 'skipped';
    case 'none_failed':
      return bad > 0 ? 'upstream_failed' : done === total ? 'run' : 'wait';
    case 'none_failed_min_one_success':
      if (bad > 0) return 'upstream_failed';
      return done < total ? 'wait' : success > 0 ? 'run' : 'skipped';
    case 'none_skipped':
      return skipped > 0 ? 'skipped' : done === total ? 'run' : 'wait';
    case 'all_skipped':
      return success + bad > 0 ? 'skipped' : skipped === total ? 'run' : 'wait';
    default:
      return assertNever(rule);
  }
};
