/** What tests of DAGs are written with, where no server is needed. */
export { testDag } from './testing/test-dag.js';
export type { Answer, Approval, Choice, Outcome, Stub, TestOptions } from './testing/options.js';
export type { CalledBack, TestedTask, TestResult, TimelineEntry } from './testing/result.js';
