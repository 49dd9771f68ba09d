/** `rekindle quality`: how good were predictions whose outcome is known? A file is enough. */
import { InvalidArgumentError, type Command } from 'commander';
import type { QualityRule } from '../../../core/quality/checks.js';
import type { ProblemKind } from '../../../core/quality/report.js';
import { count, oneOf } from '../arguments.js';
import { standalone, withStandaloneOptions, type Standalone } from '../standalone.js';
import { writeWhole } from '../write-whole.js';
import { names } from './drift.js';

const number = (text: string): number => {
  if (text.trim() === '' || !Number.isFinite(Number(text))) throw new InvalidArgumentError('Write a number.');
  return Number(text);
};

const quantile = (text: string): number => {
  const value = number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('Write a number between 0 and 1.');
  return value;
};

const bound =
  (rule: QualityRule['rule']) =>
  (text: string, before: readonly QualityRule[] = []): QualityRule[] => {
    const [metric = '', threshold = '', ...rest] = text.split('=').map((part) => part.trim());
    if (metric === '' || rest.length > 0) throw new InvalidArgumentError('Write a metric and its bound, such as roc-auc=0.7.');
    return [...before, { metric, rule, threshold: number(threshold) }];
  };

/** What is said about the columns, of either command. */
interface ColumnOptions {
  readonly kind?: ProblemKind;
  readonly target?: string;
  readonly score?: string;
  readonly prediction?: string;
  readonly positive?: string;
  readonly threshold: number;
}

interface EvaluateOptions extends ColumnOptions {
  readonly scores?: readonly string[];
  readonly weight?: string;
  readonly latency?: string;
  readonly quantile?: number;
  readonly min?: readonly QualityRule[];
  readonly max?: readonly QualityRule[];
  readonly seed: number;
  readonly junit?: string;
}

const evaluate = async (session: Standalone, file: string, options: EvaluateOptions): Promise<number> => {
  const { min = [], max = [], junit, ...asked } = options;
  const { evaluateFile } = await import('../../../platform/quality/evaluate-file.js');
  const report = await evaluateFile(file, {
    ...asked,
    rules: [...min, ...max],
    onProgress: session.progress,
    signal: session.signal,
  });
  if (junit !== undefined) {
    const { qualityJunit } = await import('./quality-junit.js');
    await writeWhole(junit, qualityJunit(report, `quality of ${file}`));
  }
  const { qualityText } = await import('./quality-text.js');
  session.print(report, () => qualityText(report));
  return report.checks.some(({ verdict }) => verdict !== 'pass') ? 1 : 0;
};

interface EstimateOptions extends ColumnOptions {
  readonly features?: readonly string[];
  readonly chunkRows?: number;
  readonly failOnAlert?: true;
  readonly seed: number;
}

const estimate = async (session: Standalone, reference: string, current: string, options: EstimateOptions): Promise<number> => {
  const { failOnAlert = false, ...asked } = options;
  const { estimateFile } = await import('../../../platform/quality/estimate-file.js');
  const report = await estimateFile(reference, current, { ...asked, onProgress: session.progress, signal: session.signal });
  const { qualityEstimateText } = await import('./quality-estimate-text.js');
  session.print(report, () => qualityEstimateText(report));
  return failOnAlert && isBad(report.reading.reading) ? 1 : 0;
};

/** Quality has fallen, or is going to. */
const isBad = (reading: string): boolean =>
  reading.includes('data_drift') || reading.includes('concept_drift') || reading.startsWith('worse');

const withColumnOptions = (command: Command): Command =>
  command
    .option('--kind <kind>', 'binary, multiclass or regression; found by itself', oneOf('binary', 'multiclass', 'regression'))
    .option(
      '--target <column>',
      'what happened; found by its name where it is called target, label, actual, outcome, truth, y_true or class',
    )
    .option('--score <column>', 'two classes: a probability, or any number that is larger for the positive class')
    .option('--prediction <column>', 'the class, or the number, that was predicted')
    .option('--positive <value>', 'the positive class; found by itself where the target is 0/1, true/false or yes/no')
    .option('--threshold <score>', 'from this score on a prediction is positive', number, 0.5);

export const registerQuality = (program: Command): void => {
  const quality = program.command('quality').description('how good were predictions, or how good will they be? no server needed');
  withStandaloneOptions(withColumnOptions(quality.command('evaluate')))
    .description('measure predictions whose outcome is known: two classes, several, or numbers')
    .argument('<predictions>', 'CSV, NDJSON or Parquet, plain or gzipped: a row for each prediction')
    .option('--scores <columns>', "several classes: the score of each, names with commas between them or a pattern such as 'p_*'", names)
    .option('--weight <column>', 'how much each row counts')
    .option('--latency <column>', 'how long each prediction took, in any unit')
    .option('--quantile <share>', 'numbers: which quantile was predicted, for the pinball loss', quantile)
    .option('--min <metric=value>', 'exit with 1 when the metric is below; may be given more than once', bound('min'))
    .option('--max <metric=value>', 'exit with 1 when the metric is above; may be given more than once', bound('max'))
    .option('--junit <file>', 'also write JUnit XML: a test for each --min and --max')
    .option('--seed <number>', 'of the intervals by resampling', number, 1)
    .action(standalone(evaluate));
  withStandaloneOptions(withColumnOptions(quality.command('estimate')))
    .description('how good will predictions turn out to be, before their outcome is known? two classes, or numbers')
    .argument('<reference>', 'predictions with their outcomes, on rows that the model was not trained on')
    .argument('<predictions>', 'predictions; where some have an outcome, what it says is shown beside the estimate')
    .option('--features <columns>', 'what the model was given; the columns that both files have besides', names)
    .option('--chunk-rows <rows>', 'rows that are estimated together, in the order of the file; a tenth of the reference', count)
    .option('--fail-on-alert', 'exit with 1 when quality has fallen or is going to')
    .option('--seed <number>', 'of what is drawn by lot', number, 1)
    .action(standalone(estimate));
};
