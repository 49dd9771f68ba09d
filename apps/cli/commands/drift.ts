/** `rekindle drift`: have the data moved? Two files are enough. */
import { basename } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { DriftSettings } from '../../../platform/compute/compute.js';
import type { Comparison } from '../../../platform/drift/compare-files.js';
import { count } from '../arguments.js';
import { writeWhole } from '../write-whole.js';
import { standalone, withStandaloneOptions, type Standalone } from '../standalone.js';

/** Fewer cells than this are compared sooner here than by a thread that must start first. */
const THREADS_FROM_CELLS = 5_000_000;

const share = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('Write a number from 0 to 1.');
  return value;
};

const rate = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('Write a number between 0 and 1.');
  return value;
};

/** Names with a comma in them are quoted, as in a CSV file. */
export const names = (text: string, before: readonly string[] = []): string[] => {
  const found = [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g)]
    .map(([, quoted, plain]) => (quoted === undefined ? plain!.trim() : quoted.replaceAll('""', '"')))
    .filter((name) => name !== '');
  if (found.length === 0) throw new InvalidArgumentError('Write names of columns, with commas between them.');
  return [...before, ...found];
};

interface CompareOptions {
  readonly columns?: readonly string[];
  readonly minShift: number;
  readonly falseAlarmRate: number;
  readonly failOnDrift?: true;
  readonly saveProfile?: string;
  readonly junit?: string;
  readonly html?: string;
  readonly title?: string;
  readonly multivariate?: true;
}

const computeFor = async (cells: number) => {
  if (cells < THREADS_FROM_CELLS) return (await import('../../../platform/compute/inline.js')).createInlineCompute();
  return (await import('../../../platform/compute/pool.js')).createCompute();
};

/** For people, in a browser: no scripts, nothing loaded from elsewhere. */
const htmlOf = async (
  names: { reference: string; current: string },
  compared: Comparison,
  settings: DriftSettings,
  title: string | undefined,
): Promise<string> => {
  const [{ renderDriftReport }, { distributionsOf }] = await Promise.all([
    import('../../../platform/report/drift-report.js'),
    import('../../../platform/report/distributions.js'),
  ]);
  const distributions = distributionsOf(compared.profile, compared.currentProfile!);
  const madeAt = new Date().toISOString();
  return renderDriftReport(compared.report, { names, settings, distributions, madeAt, ...(title === undefined ? {} : { title }) });
};

const compare = async (session: Standalone, reference: string, current: string, options: CompareOptions): Promise<number> => {
  const { columns, minShift, falseAlarmRate, multivariate = false } = options;
  const settings = { minShift, falseAlarmRate, ...(multivariate ? { multivariate } : {}) };
  const names = { reference: basename(reference), current: basename(current) };
  const { compareFiles } = await import('../../../platform/drift/compare-files.js');
  const compared = await compareFiles(reference, current, {
    ...settings,
    profileCurrent: options.html !== undefined,
    computeFor,
    onProgress: session.progress,
    signal: session.signal,
    ...(columns ? { columns } : {}),
  });
  const { report, profile } = compared;
  const write = (path: string, text: string): Promise<void> => writeWhole(path, text, session.signal);
  if (options.html !== undefined) {
    session.progress('Drawing');
    await write(options.html, await htmlOf(names, compared, settings, options.title));
  }
  if (options.saveProfile !== undefined) await write(options.saveProfile, `${JSON.stringify(profile)}\n`);
  if (options.junit !== undefined) {
    const { driftJunit } = await import('./drift-junit.js');
    await write(options.junit, driftJunit(report, options.title ?? `drift of ${names.current} from ${names.reference}`));
  }
  session.signal.throwIfAborted();
  const { driftText } = await import('./drift-text.js');
  session.print(report, () => driftText(report));
  return options.failOnDrift === true && report.verdict === 'drift' ? 1 : 0;
};

interface ProfileOptions {
  readonly output?: string;
  readonly columns?: readonly string[];
  readonly window?: number;
  readonly multivariate?: true;
}

const profile = async (session: Standalone, file: string, options: ProfileOptions): Promise<void> => {
  const { profileFile } = await import('../../../platform/drift/profile-file.js');
  const { profile: made, findings } = await profileFile(file, {
    computeFor,
    onProgress: session.progress,
    signal: session.signal,
    ...(options.columns ? { columns: options.columns } : {}),
    ...(options.window === undefined ? {} : { chunkRows: options.window }),
    ...(options.multivariate ? { multivariate: true } : {}),
  });
  if (options.output !== undefined) {
    await writeWhole(options.output, `${JSON.stringify(made)}\n`, session.signal);
  }
  const { profileText } = await import('./drift-profile-text.js');
  session.print(
    options.output === undefined ? made : { output: options.output, rows: made.rows, columns: Object.keys(made.columns), findings },
    () => profileText(made, findings, options.output),
  );
};

const columnsOption = ['--columns <names>', 'only these, with commas between them; times are compared only when they are named'] as const;

export const registerDrift = (program: Command): void => {
  const drift = program.command('drift').description('have the data moved away from what a model was trained on? no server needed');
  withStandaloneOptions(drift.command('compare'))
    .description('compare two files: CSV, NDJSON, Parquet, plain or gzipped; REFERENCE may be a profile')
    .argument('<reference>', 'what the model was trained on: a file of rows, or a profile of one')
    .argument('<current>', 'a file of rows')
    .option(columnsOption[0], columnsOption[1], names)
    .option('--min-shift <effect>', 'smallest effect that matters, 0 to 1', share, 0.1)
    .option('--false-alarm-rate <rate>', 'accepted share of comparisons with an alarm although nothing has changed', rate, 0.05)
    .option('--fail-on-drift', 'exit with 1 when the verdict is drift')
    .option('--html <file>', 'also write a report for people: one HTML file with pictures')
    .option('--title <text>', 'of the report for people and of the JUnit suite')
    .option('--multivariate', 'also test whether the columns have changed together, by telling rows of both sides apart')
    .option('--junit <file>', 'also write JUnit XML: a test for each column')
    .option('--save-profile <file>', 'also write the profile of the reference, to compare with instead of its rows')
    .action(standalone(compare));
  withStandaloneOptions(drift.command('profile'))
    .description('summarise a file as a profile, to compare with instead of its rows')
    .argument('<file>', 'CSV, NDJSON or Parquet, plain or gzipped')
    .option('-o, --output <file>', 'write the profile here')
    .option(columnsOption[0], columnsOption[1], names)
    .option(
      '--window <rows>',
      'rows of the windows that will be compared with it: how far such windows of the file itself stray is kept too',
      count,
    )
    .option('--multivariate', 'also keep a sample of rows, for tests of the columns together')
    .action(standalone(profile));
};
