/** What tests of DAGs are written with, where no server is needed. */
export { assertRuns, assertStates, expectRun, type RunExpectation, type TaskExpectation } from './testing/assertions.js';
export { aMonthOf, type Month, type MonthOptions, type OutsideEvent } from './testing/month.js';
export type { Answer, Approval, Choice, Outcome, Stub, TestOptions } from './testing/options.js';
export type { CalledBack, TestedTask, TestResult, TimelineEntry } from './testing/result.js';
export { testDag } from './testing/test-dag.js';
export type { Firing } from './testing/timetable.js';
export { treeOf } from './testing/tree.js';
