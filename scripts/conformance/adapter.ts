/** What turns a file of vectors into calls of our code. */
export interface TestCase {
  readonly name: string;
  readonly [field: string]: unknown;
}

export interface Verdict {
  readonly verdict: 'pass' | 'fail' | 'skip';
  /** the difference, or why it was skipped */
  readonly why?: string;
}

export interface Adapter {
  /** @param fileName without folder: `trigger-rules.json` */
  accepts(fileName: string, cases: readonly TestCase[]): boolean;
  check(fileName: string, testCase: TestCase): Verdict | Promise<Verdict>;
}
