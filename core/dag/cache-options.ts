/** How a task's results are shared between runs. */
import type { Duration } from '../duration.js';

/**
 * A result is found again by the task's id, its version and its checked input: a run that asks for the same gets the same answer
 * without the task being run.
 */
export interface CacheOptions {
  /**
   * Fields of the checked input that decide; the others may differ. Dots go into objects: `'window.start'`.
   * Default: the whole input.
   */
  readonly key?: string | readonly string[];
  /** how old an answer may be */
  readonly ttl: Duration;
  /**
   * The version of the task, if not its own `version`. Default: a hash of the text of `run` and of the schemas, which does not see what
   * `run` calls.
   */
  readonly version?: string;
}
