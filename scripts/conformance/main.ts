/** `npm run conformance -- FOLDER|FILE …`: feeds vectors that others computed to our code and names every difference. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { airflowAdapter } from './airflow.js';
import type { Adapter, TestCase, Verdict } from './adapter.js';
import { schedulesAdapter } from './schedules.js';
import { statisticsAdapter } from './statistics.js';
import { streamingAndQualityAdapter } from './streaming-and-quality.js';
import { twoSampleAdapter } from './two-sample.js';

const ADAPTERS: readonly Adapter[] = [airflowAdapter, schedulesAdapter, statisticsAdapter, streamingAndQualityAdapter, twoSampleAdapter];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const filesIn = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path, { withFileTypes: true })
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => (entry.isDirectory() || entry.name.endsWith('.json') ? filesIn(join(path, entry.name)) : []))
    : [path];

const isCase = (value: unknown): value is TestCase => typeof (value as { name?: unknown } | null)?.name === 'string';

/** @returns undefined for what is no array of cases: versions, notes */
const casesIn = (file: string): TestCase[] | undefined => {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return Array.isArray(content) && content.every(isCase) ? content : undefined;
};

const checked = async (adapter: Adapter, fileName: string, testCase: TestCase): Promise<Verdict> => {
  try {
    return await adapter.check(fileName, testCase);
  } catch (error) {
    return { verdict: 'fail', why: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

const paths = process.argv.slice(2);
if (paths.length === 0) {
  process.stderr.write('Say which vectors to check: npm run conformance -- FOLDER|FILE …\n');
  process.exit(2);
}

const absent = paths.filter((path) => !existsSync(path));
if (absent.length > 0) {
  process.stderr.write(`There is no ${absent.join(', no ')}.\n`);
  process.exit(2);
}

const counts = { pass: 0, fail: 0, skip: 0 };
const skipped = new Map<string, string[]>();
for (const file of paths.flatMap(filesIn)) {
  const cases = casesIn(file);
  if (!cases) continue;
  const fileName = basename(file);
  const adapter = ADAPTERS.find((candidate) => candidate.accepts(fileName, cases));
  if (!adapter) {
    say(`${fileName}: no part of ours answers to these ${cases.length} cases yet`);
    continue;
  }
  for (const testCase of cases) {
    const { verdict, why = '' } = await checked(adapter, fileName, testCase);
    counts[verdict]++;
    if (verdict === 'fail') say(`FAILED ${fileName} ${testCase.name}: ${why}`);
    if (verdict === 'skip') skipped.set(why, [...(skipped.get(why) ?? []), `${fileName} ${testCase.name}`]);
  }
}
for (const [why, names] of skipped) say(`skipped, ${why}:\n${names.map((name) => `  ${name}`).join('\n')}`);
say(`${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`);
process.exitCode = counts.fail > 0 ? 1 : 0;
