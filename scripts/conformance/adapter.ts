/** What a room brings to `npm run conformance`: which files of vectors it answers for, and how it judges one case. */
export interface Verdict {
  readonly verdict: 'pass' | 'fail' | 'skip';
  /** what differs, or why the case is not run */
  readonly why?: string;
}

export interface Adapter {
  accepts(fileName: string, cases: unknown[]): boolean;
  check(fileName: string, testCase: unknown): Verdict | Promise<Verdict>;
}
