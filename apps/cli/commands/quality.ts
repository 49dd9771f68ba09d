/** `rekindle quality`: how good were predictions whose outcome is known? A file is enough. */
import { InvalidArgumentError, type Command } from 'commander';
import { standalone, withStandaloneOptions, type Standalone } from '../standalone.js';

interface EvaluateOptions {
  readonly target: string;
  readonly score: string;
  readonly positive?: string;
  readonly threshold: number;
}

const number = (text: string): number => {
  if (text.trim() === '' || !Number.isFinite(Number(text))) throw new InvalidArgumentError('Write a number.');
  return Number(text);
};

const evaluate = async (session: Standalone, file: string, { target, score, positive, threshold }: EvaluateOptions): Promise<void> => {
  const { evaluateFile } = await import('../../../platform/quality/evaluate-file.js');
  const report = await evaluateFile(file, {
    target,
    score,
    threshold,
    onProgress: session.progress,
    signal: session.signal,
    ...(positive === undefined ? {} : { positive }),
  });
  const { qualityText } = await import('./quality-text.js');
  session.print(report, () => qualityText(report));
};

export const registerQuality = (program: Command): void => {
  const quality = program.command('quality').description('how good were predictions whose outcome is known? no server needed');
  withStandaloneOptions(quality.command('evaluate'))
    .description('measure the predictions of a binary classifier in a file')
    .argument('<predictions>', 'CSV, NDJSON or Parquet, plain or gzipped: a row for each prediction')
    .requiredOption('--target <column>', 'what happened')
    .requiredOption('--score <column>', 'what was predicted: a probability, or any number that is larger for the positive class')
    .option('--positive <value>', 'the positive class; found by itself where the target is 0/1, true/false or yes/no')
    .option('--threshold <score>', 'from this score on a prediction is positive', number, 0.5)
    .action(standalone(evaluate));
};
