/** Mocha's own report, ending in what was skipped and why, and in one line of counts. */
import Mocha from 'mocha';
import { existsSync, readFileSync } from 'node:fs';
import { skipsFile } from './fixtures.js';

interface Skip {
  /** title of the skipped test, or of the suite whose `before` hook skipped all of its tests */
  readonly title: string;
  readonly reason: string;
}

const recordedSkips = (): Skip[] => {
  const path = skipsFile();
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Skip);
};

export default class Summary extends Mocha.reporters.Spec {
  private readonly pending: string[] = [];

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test: Mocha.Test) => void this.pending.push(test.fullTitle()));
  }

  override epilogue(): void {
    if (this.failures.length > 0) Mocha.reporters.Base.list(this.failures);
    this.listSkipped();
    const { passes, failures, pending } = this.stats;
    console.log(`\n${passes} passed, ${failures} failed, ${pending} skipped`);
  }

  private listSkipped(): void {
    const skips = recordedSkips();
    const titles = new Map<string, string[]>();
    for (const title of this.pending) {
      const reason = skips.find((skip) => title.startsWith(skip.title))?.reason ?? 'no reason given';
      titles.set(reason, [...(titles.get(reason) ?? []), title]);
    }
    for (const [reason, skipped] of titles) console.log(`\nskipped, ${reason}:\n${skipped.map((title) => `  - ${title}`).join('\n')}`);
  }
}
