/** What tests of DAGs are written with, where no server is needed. */
export { assertStates, expectRun, type RunExpectation, type TaskExpectation } from './testing/assertions.js';
export { testDag } from './testing/test-dag.js';
export type { Answer, Approval, Choice, Outcome, Stub, TestOptions } from './testing/options.js';
export type { CalledBack, TestedTask, TestResult, TimelineEntry } from './testing/result.js';
export { treeOf } from './testing/tree.js';
