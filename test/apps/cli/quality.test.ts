/** Expected values are scikit-learn's: cases of `test/reference/sklearn-variants.json`, written as files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { registerQuality } from '../../../apps/cli/commands/quality.js';
import { QualityEstimate } from '../../../core/quality/estimate-report.js';
import { QualityReport } from '../../../core/quality/report.js';
import { mulberry32 } from '../../../core/statistics/random.js';
import { runCommand, type Said } from '../../support/command.js';
import { tempFolder } from '../../support/fixtures.js';

const ROOT = join(import.meta.dirname, '../../..');

const rekindle = (...args: string[]): Promise<Said> => runCommand(registerQuality, args);

const CASES: any[] = JSON.parse(readFileSync(join(ROOT, 'test/reference/sklearn-variants.json'), 'utf8'));
const caseOf = (name: string): any => CASES.find((one) => one.name === name);

type Cell = string | number | null;
const csv = (columns: Readonly<Record<string, readonly Cell[]>>): string => {
  const names = Object.keys(columns);
  const rows = columns[names[0]!]!.map((_, row) => names.map((name) => columns[name]![row] ?? '').join(','));
  return [names.join(','), ...rows, ''].join('\n');
};

/** Every number of `expected` under our names. */
const expectMetrics = (metrics: any, expected: Readonly<Record<string, number>>): void => {
  for (const [name, value] of Object.entries(expected))
    expect(metrics[name], name).to.be.closeTo(value, 1e-9 * Math.max(1, Math.abs(value)));
};

describe('rekindle quality', function () {
  this.timeout(60_000);
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const file = (name: string, content: string | Readonly<Record<string, readonly Cell[]>>): string => {
    writeFileSync(at(name), typeof content === 'string' ? content : csv(content));
    return at(name);
  };
  const json = async (...args: string[]): Promise<any> => {
    const { out } = await rekindle(...args, '--json');
    const document = JSON.parse(out);
    // nothing is printed that the schema does not have
    const schema = document.schema === 'rekindle/quality-estimate/1' ? QualityEstimate : QualityReport;
    if (document.error === undefined) expect(JSON.parse(JSON.stringify(schema.parse(document)))).to.deep.equal(document);
    return document;
  };
  const evaluate = (...args: string[]): Promise<any> => json('quality', 'evaluate', ...args);
  const codes = ({ findings }: { findings: readonly { code: string }[] }): string[] => findings.map(({ code }) => code);

  beforeEach(() => {
    folder = tempFolder();
  });

  describe('evaluate, several classes', () => {
    const { inputs, expected } = caseOf('scores_4');
    const scores = Object.fromEntries(inputs.scores.map((column: number[], i: number) => [`p_${i}`, column]));

    it('has the ranking, the loss and the Brier score of scikit-learn, for each class and for all', async () => {
      const report = await evaluate(file('p.csv', { label: inputs.y_true, ...scores }), '--target', 'label', '--scores', 'p_*');
      expect(report).to.include({ kind: 'multiclass', rows: 60, labelled: 60 });
      expect(report.classes).to.deep.equal(['0', '1', '2', '3']);
      expectMetrics(report.metrics, {
        rocAucOvrMacro: expected.roc_auc_ovr_macro,
        rocAucOvrWeighted: expected.roc_auc_ovr_weighted,
        rocAucOvoMacro: expected.roc_auc_ovo_macro,
        rocAucOvoWeighted: expected.roc_auc_ovo_weighted,
        logLoss: expected.log_loss,
        brier: expected.brier,
      });
      report.perClass.forEach((row: any, i: number) => expect(row.rocAuc).to.be.closeTo(expected.per_class[i], 1e-12));
      const right = inputs.y_true.filter((label: number, row: number) => {
        const all: number[] = inputs.scores.map((column: number[]) => column[row]!);
        return all.indexOf(Math.max(...all)) === label;
      }).length;
      expect(report.metrics.incorrect).to.equal(60 - right);
      expect(report.confusionMatrix.flat().reduce((a: number, b: number) => a + b)).to.equal(60);
    });

    it('takes the scores as names, with a common beginning or as the classes themselves', async () => {
      const named = await evaluate(file('p.csv', { label: inputs.y_true, ...scores }), '--target', 'label', '--scores', 'p_0,p_1,p_2,p_3');
      const words = ['ant', 'bee', 'cow', 'dog'];
      const bare = Object.fromEntries(inputs.scores.map((column: number[], i: number) => [words[i]!, column]));
      const animals = inputs.y_true.map((label: number) => words[label]!);
      const report = await evaluate(file('w.csv', { what: animals, ...bare }), '--target', 'what', '--scores', words.join(','));
      expect(report.classes).to.deep.equal(words);
      for (const { metrics } of [named, report]) expectMetrics(metrics, { rocAucOvrMacro: expected.roc_auc_ovr_macro });
    });

    it('finds target and scores by their names, and says so', async () => {
      const report = await evaluate(file('p.csv', { label: inputs.y_true, ...scores }));
      expectMetrics(report.metrics, { logLoss: expected.log_loss });
      expect(codes(report)).to.include('columns_by_name');
    });

    it('weighs rows', async () => {
      const weighted = caseOf('scores_4_weighted');
      const columns = { label: inputs.y_true, ...scores, w: weighted.inputs.sample_weight };
      const { metrics, intervals } = await evaluate(file('p.csv', columns), '--scores', 'p_*', '--weight', 'w');
      expectMetrics(metrics, {
        rocAucOvrMacro: weighted.expected.roc_auc_ovr_macro,
        rocAucOvrWeighted: weighted.expected.roc_auc_ovr_weighted,
        logLoss: weighted.expected.log_loss,
        brier: weighted.expected.brier,
      });
      expect(metrics.rocAucOvoMacro).to.equal(null);
      expect(metrics.whyNull.rocAucOvoMacro).to.equal('not defined for weighted rows');
      expect(metrics.logLoss).to.be.within(intervals.logLoss[0], intervals.logLoss[1]);
    });

    it('needs a column of scores for every class that occurs', async () => {
      const path = file('p.csv', { label: inputs.y_true, ...scores });
      const { exit, err } = await rekindle('quality', 'evaluate', path, '--target', 'label', '--scores', 'p_0,p_1');
      expect(exit).to.equal(2);
      expect(err).to.contain("class '2', '3'").and.to.contain("'p_0', 'p_1'");
    });

    it('reads decisions: the means and the table of scikit-learn', async () => {
      const words = caseOf('multi_weighted_words');
      const { y_true: is, y_pred: said, sample_weight: w } = words.inputs;
      const report = await evaluate(file('d.csv', { is, said, w }), '--target', 'is', '--prediction', 'said', '--weight', 'w');
      expect(report).to.include({ kind: 'multiclass', labelled: 60 });
      const { macro, weighted, accuracy, mcc, cohen_kappa: cohenKappa, incorrect } = words.expected;
      expectMetrics(report.metrics, {
        ...{ accuracy, mcc, cohenKappa, incorrect, macroF1: macro.f1, macroPrecision: macro.precision, macroRecall: macro.recall },
        ...{ weightedF1: weighted.f1, weightedPrecision: weighted.precision, weightedRecall: weighted.recall },
      });
      words.expected.per_class.forEach((row: any, i: number) => {
        const { class: name, precision, recall, f1, support } = report.perClass[i];
        expect(name).to.equal(row.label);
        expectMetrics(
          { precision, recall, f1, support },
          { precision: row.precision, recall: row.recall, f1: row.f1, support: row.support },
        );
      });
      expect(report.metrics.rocAucOvrMacro).to.equal(null);
      expect(report.metrics.whyNull.rocAucOvrMacro).to.equal('only decisions were given, no scores');
    });

    it('calls 0/0 null with a reason, keeps it out of the means, and shows it as a dash', async () => {
      const path = file('d.csv', { target: ['a', 'b', 'c', 'a'], prediction: ['a', 'b', 'a', 'a'] });
      const report = await evaluate(path);
      const { precision, recall, whyNull } = report.perClass[2];
      expect({ precision, recall }).to.deep.equal({ precision: null, recall: 0 });
      expect(whyNull.precision).to.equal('never predicted');
      expect(report.metrics.macroPrecision).to.be.closeTo((2 / 3 + 1) / 2, 1e-12);
      expect((await rekindle('quality', 'evaluate', path)).out).to.match(/^c +– +0\.0000/m);
    });

    it('knows 1 and 1.0 as one class', async () => {
      const report = await evaluate(
        file('d.csv', { target: ['1.0', '2.0', '3.0', '1.0'], prediction: [1, 2, 3, 3] }),
        '--kind',
        'multiclass',
      );
      expect(report.classes).to.deep.equal(['1', '2', '3']);
      expect(report.metrics.incorrect).to.equal(1);
    });

    it('shows a table of classes and who was taken for whom', async () => {
      const { out } = await rekindle('quality', 'evaluate', file('p.csv', { label: inputs.y_true, ...scores }));
      expect(out).to.match(/^\d+ of 60 predictions are wrong: 4 classes/);
      expect(out)
        .to.match(/^class +precision +recall +F1 +ROC AUC +rows$/m)
        .and.to.match(/^was 3 +\d/m);
    });
  });

  describe('evaluate, numbers', () => {
    const weighted = caseOf('regression_weighted_quantile_1');
    const { y_true: happened, y_pred: said, sample_weight: w } = weighted.inputs;

    it('has the errors of scikit-learn, and intervals that hold them', async () => {
      const plain = caseOf('regression_quantile_9').expected;
      const report = await evaluate(file('r.csv', { target: happened, prediction: said }), '--quantile', '0.9');
      expect(report).to.include({ kind: 'regression', labelled: 60, quantile: 0.9 });
      const { mae, mse, rmse, mape, r2, msle, pinball, max_error: maxError, median_ae: medianAe } = plain;
      expectMetrics(report.metrics, { mae, mse, rmse, mape, r2, msle, pinball, maxError, medianAe });
      for (const [name, [low, high]] of Object.entries<any>(report.intervals)) expect(report.metrics[name], name).to.be.within(low, high);
      expect(codes(report)).to.include('kind_found');
    });

    it('weighs rows, and has no median then', async () => {
      const report = await evaluate(
        ...[file('r.csv', { y: happened, f: said, w }), '--target', 'y', '--prediction', 'f', '--weight', 'w', '--quantile', '0.1'],
      );
      const { mae, mse, rmse, mape, r2, msle, pinball } = weighted.expected;
      expectMetrics(report.metrics, { mae, mse, rmse, mape, r2, msle, pinball });
      expect(report.metrics.medianAe).to.equal(null);
      expect(report.metrics.whyNull.medianAe).to.equal('no median of weighted rows');
    });

    it('gives the same intervals for the same seed, others for another', async () => {
      const path = file('r.csv', { target: happened, prediction: said });
      const [a, b, c] = [await evaluate(path), await evaluate(path, '--seed', '1'), await evaluate(path, '--seed', '2')];
      expect(a.intervals).to.deep.equal(b.intervals);
      expect(a.intervals.mae).to.not.deep.equal(c.intervals.mae);
    });

    it('has no infinite metric: it is null, and says why', async () => {
      const report = await evaluate(file('r.csv', 'target,prediction\n1.5,2\n2.5,inf\n'), '--kind', 'regression');
      expect(report.metrics.mae).to.equal(null);
      expect(report.metrics.whyNull.mae).to.equal('infinite values among the rows');
    });

    it('leaves out rows without both numbers, and says how many', async () => {
      const report = await evaluate(file('r.csv', 'target,prediction\n1.5,2\n,3\n2.5,\n3.5,3.5\n'), '--kind', 'regression');
      expect(report).to.include({ rows: 4, labelled: 2 });
      expect(report.metrics.mae).to.equal(0.25);
      expect(report.findings.find(({ code }: any) => code === 'rows_without_label_or_score').text).to.match(/^2 rows were left out/);
    });
  });

  describe('evaluate, two classes', () => {
    const { inputs, expected } = caseOf('binary_ties_weighted');

    it('weighs rows as scikit-learn does', async () => {
      const columns = { class: inputs.y_true, score: inputs.y_score, w: inputs.sample_weight };
      const { metrics, intervals, calibration } = await evaluate(file('b.csv', columns), '--weight', 'w', '--threshold', '0.4');
      const { accuracy, precision, recall, f1, mcc, brier, roc_auc: rocAuc, average_precision: averagePrecision } = expected;
      expectMetrics(metrics, { accuracy, precision, recall, f1, mcc, brier, rocAuc, averagePrecision, logLoss: expected.log_loss });
      for (const [name, [low, high]] of Object.entries<any>(intervals)) expect(metrics[name], name).to.be.within(low, high);
      expect(calibration).to.not.be.empty;
    });

    it('reads decisions without scores: what needs scores has no value, and says why', async () => {
      const report = await evaluate(file('b.csv', { actual: ['no', 'yes', 'yes', 'no'], predicted: ['no', 'yes', 'no', 'no'] }));
      expect(report).to.include({ kind: 'binary', positive: 'yes', threshold: null });
      expect(report.metrics).to.include({ tp: 1, fn: 1, fp: 0, tn: 2, rocAuc: null, precision: 1, recall: 0.5 });
      expect(report.metrics.whyNull.rocAuc).to.equal('only decisions were given, no scores');
    });

    it('lets a column decide beside the scores', async () => {
      const path = file('b.csv', { target: [0, 0, 1, 1], score: [0.1, 0.4, 0.35, 0.8], said: [0, 0, 1, 1] });
      const report = await evaluate(path, '--score', 'score', '--prediction', 'said');
      expect(report.metrics).to.include({ rocAuc: 0.75, incorrect: 0 });
      expect(report.threshold).to.equal(null);
    });

    it('refuses a weight below zero, naming the column', async () => {
      const path = file('b.csv', { target: [0, 1], score: [0.1, 0.4], w: [1, -2] });
      const { exit, err } = await rekindle('quality', 'evaluate', path, '--weight', 'w');
      expect(exit).to.equal(2);
      expect(err).to.contain("'w'").and.to.contain('-2');
    });
  });

  describe('evaluate, bounds', () => {
    const text = 'target,score,ms\n0,0.1,2\n0,0.4,4\n1,0.35,6\n1,0.8,8\n';

    it('exits with 1 when one is not kept, and writes all as JUnit XML', async () => {
      const path = file('b.csv', text);
      const bounds = [
        '--min',
        'roc-auc=0.7',
        '--max',
        'log-loss=0.1',
        '--max',
        'latency-mean=5',
        '--latency',
        'ms',
        '--junit',
        at('q.xml'),
      ];
      const { exit, out } = await rekindle('quality', 'evaluate', path, ...bounds);
      expect(exit).to.equal(1);
      expect(out)
        .to.contain('✔ roc-auc is 0.75')
        .and.to.match(/✖ log-loss is 0\.\d+ .*above 0\.1\./);
      expect(out).to.contain('A prediction took 5 on average');
      const xml = readFileSync(at('q.xml'), 'utf8');
      expect(xml)
        .to.contain('tests="3" failures="1"')
        .and.to.contain('<testcase classname="rekindle.quality" name="roc-auc at least 0.7"/>');
      expect(xml).to.contain('<failure type="fail" message="log-loss is');
      expect((await rekindle('quality', 'evaluate', path, '--min', 'roc-auc=0.75')).exit).to.equal(0);
    });

    it('is not kept by a metric without a value', async () => {
      const path = file('b.csv', 'target,score\n1,0.1\n1,0.9\n');
      const report = await evaluate(path, '--min', 'roc-auc=0.5');
      expect(report.checks).to.deep.equal([
        {
          ...{ metric: 'rocAuc', rule: 'min', threshold: 0.5, value: null, verdict: 'inconclusive' },
          reason: 'roc-auc cannot be measured: only one class is present.',
        },
      ]);
      expect((await rekindle('quality', 'evaluate', path, '--min', 'roc-auc=0.5')).exit).to.equal(1);
    });

    it('names the metrics that there are when it is asked for another', async () => {
      const { exit, err } = await rekindle('quality', 'evaluate', file('b.csv', text), '--min', 'auc=0.5');
      expect(exit).to.equal(2);
      expect(err).to.contain('--min auc').and.to.contain('roc-auc, average-precision');
    });
  });

  describe('evaluate, what it cannot do', () => {
    const refused: Readonly<Record<string, readonly [string, readonly string[], string]>> = {
      'a target that is nowhere': ['a,b\n1,2\n', [], '--target'],
      'predictions that are nowhere': ['target,b\n1,2\n', [], '--score, --scores or --prediction'],
      'a column that is not there': ['target,score\n1,2\n', ['--score', 'p'], "no column 'p'"],
      'a pattern that nothing is like': ['target,score\n1,2\n', ['--scores', 'x_*'], "'x_*'"],
      'one column for both': ['target,score\n1,2\n', ['--prediction', 'target'], 'both what happened and what was predicted'],
      'a regression of scores': ['target,score\n1,2\n', ['--kind', 'regression', '--score', 'score'], '--prediction'],
      'no row with both': ['target,score\n1,\n,0.5\n', [], 'no row has'],
    };
    for (const [what, [text, args, message]] of Object.entries(refused)) {
      it(`refuses ${what}, and says what to do`, async () => {
        const { exit, err } = await rekindle('quality', 'evaluate', file('f.csv', text), ...args);
        expect(exit).to.be.within(1, 2);
        expect(err).to.contain(message).and.to.contain('→');
      });
    }
  });

  describe('estimate', () => {
    const random = mulberry32(5);
    /** Rows in which `p` is the true probability, drifted by `power`; `twist` of them mean the opposite. */
    const rows = (n: number, power: number, twist = 0): Record<string, Cell[]> => {
      const p = Array.from({ length: n }, () => random() ** power);
      const target = p.map((share) => Number(random() < share) ^ Number(random() < twist));
      return { x: p.map((share) => share * 10 - 3), score: p, target };
    };
    const estimate = (...args: string[]): Promise<any> => json('quality', 'estimate', ...args);

    it('tells how good predictions will be, before any outcome is known', async () => {
      const now = rows(3000, 3);
      const truth = await evaluate(file('truth.csv', now));
      const { target: _, ...unlabelled } = now;
      const report = await estimate(file('ref.csv', rows(3000, 1)), file('now.csv', unlabelled));
      expect(report).to.include({ kind: 'binary', chunkRows: 300 });
      expect(report.predictions).to.deep.equal({ rows: 3000, estimated: 3000, labelled: 0 });
      for (const metric of ['rocAuc', 'f1', 'precision', 'recall', 'accuracy'] as const) {
        expect(report.metrics[metric].value, metric).to.be.closeTo(truth.metrics[metric], 0.04);
        expect(report.metrics[metric].realized).to.equal(null);
      }
      expect(report.chunks).to.have.lengthOf(10);
      expect(report.inputs).to.deep.equal({ verdict: 'drift', columns: 1, drifted: ['x'] });
      expect(report.reading.reasons.join(' ')).to.contain('No label has arrived').and.to.contain('The inputs have drifted.');
    });

    it('calls it concept drift when outcomes are worse than the inputs explain', async () => {
      const paths = [file('ref.csv', rows(3000, 1)), file('now.csv', rows(2000, 1, 0.35))];
      const report = await estimate(...paths);
      expect(report.reading.reading).to.equal('concept_drift');
      expect(report.metrics.rocAuc.realized).to.be.below(report.metrics.rocAuc.band.lower);
      const { exit, out } = await rekindle('quality', 'estimate', ...paths, '--fail-on-alert');
      expect(exit).to.equal(1);
      expect(out).to.match(/^✖ Concept drift/);
      expect((await rekindle('quality', 'estimate', paths[0]!, paths[0]!, '--fail-on-alert')).exit).to.equal(0);
    });

    it('holds outcomes that have arrived against the estimate of the same rows', async () => {
      const now = rows(2000, 1);
      const target = now['target']!.map((label, row) => (row < 500 ? label : null));
      const report = await estimate(file('ref.csv', rows(3000, 1)), file('now.csv', { ...now, target }));
      expect(report.predictions.labelled).to.equal(500);
      expect(report.reading.reading).to.equal('as_usual');
      expect(report.reading.reasons[0]).to.contain('on 500 labelled rows');
      expect(report.chunks.map(({ metrics }: any) => metrics.rocAuc.realized !== null)).to.deep.equal([
        ...[true, true],
        ...[false, false, false, false, false],
      ]);
    });

    it('estimates the error of numbers from where the model errs', async () => {
      const demand = (n: number, share: number): Record<string, Cell[]> => {
        const wild = Array.from({ length: n }, () => random() < share);
        const forecast = wild.map(() => 100 * random());
        return {
          kind: wild.map((is) => (is ? 'wild' : 'calm')),
          forecast,
          demand: forecast.map((value, i) => value + (random() - 0.5) * (wild[i] ? 40 : 4)),
        };
      };
      const now = demand(2000, 0.8);
      const columns = ['--target', 'demand', '--prediction', 'forecast'];
      const truth = await evaluate(file('now.csv', now), ...columns);
      const report = await estimate(file('ref.csv', demand(2000, 0.2)), at('now.csv'), ...columns, '--chunk-rows', '500');
      expect(report).to.include({ kind: 'regression', chunkRows: 500 });
      expect(report.columns.features).to.deep.equal(['kind']);
      expect(report.metrics.mae.value).to.be.closeTo(truth.metrics.mae, 0.5);
      expect(report.metrics.mae.realized).to.be.closeTo(truth.metrics.mae, 1e-9);
      expect(report.metrics.mae.alert).to.equal(true);
      expect(report.reading.reading).to.equal('data_drift');
    });

    it('is not made of several classes, of scores that are not there, or of too little', async () => {
      const ref = file('ref.csv', rows(300, 1));
      const failures: (readonly [readonly string[], string])[] = [
        [[ref, file('no.csv', 'x\n1\n')], "no column 'score'"],
        [[ref, ref, '--kind', 'multiclass'], 'not of several classes'],
        [[ref, ref, '--features', 'y'], "no column 'y'"],
        [[file('few.csv', 'target,prediction\n1.5,2\n2.5,2\n'), at('few.csv')], '200 are needed'],
      ];
      for (const [args, message] of failures) {
        const { exit, err } = await rekindle('quality', 'estimate', ...args);
        expect(exit, message).to.be.within(1, 2);
        expect(err).to.contain(message);
      }
    });
  });

  it('does all that docs/quality.md says', async () => {
    const random = mulberry32(8);
    const n = 900;
    const draw = <T>(make: (row: number) => T): T[] => Array.from({ length: n }, (_, row) => make(row));
    const probability = draw(random);
    const up = { nswprice: draw(random), probability, class: probability.map((p) => (random() < p ? 'UP' : 'DOWN')) };
    const temperature = draw(() => 30 * random());
    const forecast = temperature.map((t) => 5 * t);
    const demand = {
      ...{ temperature, weekday: draw((row) => `d${row % 7}`), forecast, high: forecast.map((value) => value + 5) },
      demand: forecast.map((value) => value + 10 * (random() - 0.5)),
    };
    const thirds = draw(() => [random(), random(), random()]).map((p) => p.map((share) => share / (p[0]! + p[1]! + p[2]!)));
    const files: Readonly<Record<string, Readonly<Record<string, readonly Cell[]>>>> = {
      'predictions.csv': up,
      'reference.csv': up,
      'demand.csv': demand,
      'demand-now.csv': demand,
      'digits.csv': {
        ...{ label: draw((row) => row % 3), p_0: thirds.map((p) => p[0]!), p_1: thirds.map((p) => p[1]!), p_2: thirds.map((p) => p[2]!) },
        ms: draw(random),
      },
      'animals.csv': {
        animal: draw((row) => ['ant', 'bee', 'cow'][row % 3]!),
        said: draw((row) => ['ant', 'bee', 'cow'][row % 2]!),
        w: draw(random),
      },
    };
    for (const [name, columns] of Object.entries(files)) file(name, columns);
    const page = readFileSync(join(ROOT, 'docs/quality.md'), 'utf8');
    const commands = [...page.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block]) => block!.trim().split('\n'));
    expect(commands).to.have.lengthOf(9);
    for (const command of commands) {
      const [, program, ...args] = command.split(' ').map((word) => word.replaceAll("'", ''));
      expect(program).to.equal('rekindle');
      const { exit, err } = await rekindle(...args.map((word) => (/\.(csv|xml)$/.test(word) ? at(word) : word)));
      expect(exit, `${command}\n${err}`).to.equal(0);
    }
  });
});
