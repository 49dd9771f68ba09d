/** `npm run conformance -- FOLDER|FILE …`: feeds vectors that others computed to our code and names every difference. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { airflowAdapter } from './airflow.js';
import type { Adapter, TestCase, Verdict } from './adapter.js';
import { schedulesAdapter } from './schedules.js';
import { statisticsCalls } from './statistics.js';
import { ROUNDED, streamingAndQualityCalls } from './streaming-and-quality.js';
import { twoSampleCalls } from './two-sample.js';
import { vectorAdapter } from './vectors.js';

const ADAPTERS: readonly Adapter[] = [
  airflowAdapter,
  schedulesAdapter,
  vectorAdapter({ ...statisticsCalls, ...streamingAndQualityCalls, ...twoSampleCalls }, ROUNDED),
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const filesIn = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path, { withFileTypes: true })
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => (entry.isDirectory() || entry.name.endsWith('.json') ? filesIn(join(path, entry.name)) : []))
    : [path];

const isCase = (value: unknown): value is TestCase => typeof (value as { name?: unknown } | null)?.name === 'string';

/** @returns undefined for what is no array: versions, notes; what is wrong with an array that is none of cases */
const casesIn = (file: string): TestCase[] | string | undefined => {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return `it is no JSON: ${(error as Error).message}`;
  }
  if (!Array.isArray(content)) return undefined;
  const nameless = content.findIndex((entry) => !isCase(entry));
  return nameless < 0 ? (content as TestCase[]) : `entry ${nameless} is no case: it has no name`;
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
const skip = (why: string, name: string): void => void skipped.set(why, [...(skipped.get(why) ?? []), name]);
for (const file of paths.flatMap(filesIn)) {
  const cases = casesIn(file);
  if (cases === undefined) continue;
  const fileName = basename(file);
  if (typeof cases === 'string') {
    counts.fail++;
    say(`FAILED ${fileName}: ${cases}`);
    continue;
  }
  const adapter = ADAPTERS.find((candidate) => candidate.accepts(fileName, cases));
  if (!adapter) {
    counts.skip += cases.length;
    for (const { name } of cases) skip('no part of ours answers to it', `${fileName} ${name}`);
    continue;
  }
  for (const testCase of cases) {
    const { verdict, why = '' } = await checked(adapter, fileName, testCase);
    counts[verdict]++;
    if (verdict === 'fail') say(`FAILED ${fileName} ${testCase.name}: ${why}`);
    if (verdict === 'skip') skip(why, `${fileName} ${testCase.name}`);
  }
}
for (const [why, names] of skipped) say(`skipped, ${why}:\n${names.map((name) => `  ${name}`).join('\n')}`);
say(`${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`);
// a folder without vectors has proved nothing
process.exitCode = counts.fail > 0 || counts.pass + counts.skip === 0 ? 1 : 0;
