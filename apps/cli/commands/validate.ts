/** `rekindle validate`: do data look as they should? A file and a suite of checks are enough; a suite can be had from a file. */
import type { Command } from 'commander';
import { eventTime } from '../../../core/event-time.js';
import { RekindleError } from '../../../core/errors.js';
import type { CheckSuite } from '../../../core/validation/suite.js';
import type { ComputeFor } from '../../../platform/drift/compare-files.js';
import { count, time } from '../arguments.js';
import { standalone, withStandaloneOptions, type Standalone } from '../standalone.js';
import { writeWhole } from '../write-whole.js';

interface ValidateOptions {
  readonly suite?: string;
  readonly suggest?: string;
  readonly output?: string;
  readonly window?: number;
  readonly asOf?: string;
  readonly junit?: string;
}

/** A profile of one pass; threads would start for nothing. */
const computeFor: ComputeFor = async () => (await import('../../../platform/compute/inline.js')).createInlineCompute();

const check = async (session: Standalone, data: string, suite: CheckSuite, { asOf, junit }: ValidateOptions): Promise<number> => {
  const { validateFile } = await import('../../../platform/validation/validate-file.js');
  const report = await validateFile(data, suite, {
    asOf: asOf ?? eventTime(Date.now()),
    onProgress: session.progress,
    signal: session.signal,
  });
  if (junit !== undefined) {
    const { validationJunit } = await import('./validate-junit.js');
    await writeWhole(junit, validationJunit(report, `checks of ${data}`), session.signal);
  }
  const { validationText } = await import('./validate-text.js');
  session.print(report, () => validationText(report, data));
  return report.verdict === 'fail' ? 1 : 0;
};

const suggest = async (session: Standalone, reference: string, { output, window }: ValidateOptions) => {
  const { suggestFromFile } = await import('../../../platform/validation/suggest-file.js');
  const suggested = await suggestFromFile(reference, {
    computeFor,
    onProgress: session.progress,
    signal: session.signal,
    ...(window === undefined ? {} : { window }),
  });
  if (output !== undefined) {
    const { suiteText } = await import('../../../platform/validation/suite-file.js');
    await writeWhole(output, suiteText(suggested.suite), session.signal);
  }
  return suggested;
};

const validate = async (session: Standalone, data: string | undefined, options: ValidateOptions): Promise<number> => {
  const { suite, suggest: reference, output } = options;
  if (suite !== undefined && reference !== undefined)
    throw new RekindleError('USAGE', '--suite names the checks, and --suggest asks for some: give one of them.');
  if (reference !== undefined) {
    const { suite: suggested, rows, findings } = await suggest(session, reference, options);
    if (data !== undefined) return check(session, data, suggested, options);
    const [{ suiteText }, { suggestedText }] = await Promise.all([
      import('../../../platform/validation/suite-file.js'),
      import('./validate-text.js'),
    ]);
    session.print(output === undefined ? suggested : { output, rows, checks: suggested.checks.length, findings }, () =>
      output === undefined ? suiteText(suggested).trimEnd() : suggestedText(suggested, rows, findings, output),
    );
    return 0;
  }
  if (suite === undefined)
    throw new RekindleError('USAGE', 'Say with --suite which checks to run, or have some made with --suggest REFERENCE.');
  if (data === undefined) throw new RekindleError('USAGE', `Say which file to check: rekindle validate DATA --suite ${suite}.`);
  const { readSuite } = await import('../../../platform/validation/suite-file.js');
  return check(session, data, await readSuite(suite), options);
};

export const registerValidate = (program: Command): void => {
  withStandaloneOptions(program.command('validate'))
    .description('do data look as they should? checks of a suite over a file, no server needed; exits with 1 when one fails')
    .argument('[data]', 'CSV, NDJSON or Parquet, plain or gzipped')
    .option('--suite <file>', 'the checks: JSON, see docs/validation.md')
    .option('--suggest <reference>', 'make a suite from a file of good rows, or from a profile of one; with DATA it is checked at once')
    .option('-o, --output <file>', 'write the suggested suite here')
    .option('--window <rows>', 'rows of the files that will be checked, when they have about as many each', count)
    .option('--as-of <time>', 'as of when the newest row must be fresh; by default the present', time)
    .option('--junit <file>', 'also write JUnit XML: a test for each check')
    .action(standalone(validate));
};
