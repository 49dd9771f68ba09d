/** Failures of tasks. */
export { failureOf } from '../activities/failures.js';
