import { expect } from 'chai';
import { cron } from '../../../core/dag/schedule.js';
import { csv, defineModel, processTrainer, type ModelSpecInput } from '../../../core/lifecycle/model-spec.js';
import { RekindleError } from '../../../core/errors.js';

/** The example of the design. */
const electricity: ModelSpecInput = {
  name: 'electricity',
  problem: { kind: 'binary', target: 'class', positive: 'UP' },
  data: {
    source: csv('data/electricity.csv.gz'),
    time: 'timestamp',
    features: { nswdemand: 'number', vicprice: 'number', vicdemand: 'number', transfer: 'number', period: 'number', weekday: 'category' },
    transform: 'sql/features.sql',
    window: { training: '48 weeks', holdout: '2 weeks' },
  },
  trainer: processTrainer('sklearn', { learner: 'hist-gradient-boosting' }),
  monitor: {
    every: '1 week',
    anchor: '1997-04-22',
    labelDelay: '1 day',
    drift: { minShift: 0.2, falseAlarmRate: 0.05 },
    quality: { rocAuc: { min: 0.7 } },
  },
  retrain: { on: ['drift', 'quality', 'schedule'], schedule: cron('0 3 1 * *'), cooldown: '1 week', maxFailures: 3 },
  gates: {
    rocAuc: { min: 0.7, alpha: 0.05 },
    f1: { maxDrop: 0.02 },
    precision: { maxDrop: 0.05 },
    recall: { maxDrop: 0.05 },
    latencyP99Ms: { max: 5 },
  },
  rollout: [
    { shadow: '10 minutes', minRequests: 200 },
    { weight: 0.1, bake: '10 minutes', minRequests: 500 },
    { weight: 1, bake: '1 hour' },
  ],
};

/** The example with one field, named by its path, set to another value. */
const withField = (path: string, value: unknown): ModelSpecInput => {
  const copy = structuredClone(electricity) as unknown as Record<string, unknown>;
  const steps = path.split('.');
  let at = copy;
  for (const step of steps.slice(0, -1)) at = (at[step] ??= {}) as Record<string, unknown>;
  at[steps.at(-1)!] = value;
  return copy as unknown as ModelSpecInput;
};

const problemsOf = (input: unknown): string[] => {
  try {
    defineModel(input as ModelSpecInput);
    return [];
  } catch (error) {
    expect(error).to.be.instanceOf(RekindleError).and.to.include({ code: 'MODEL_SPEC_INVALID' });
    return (error as RekindleError).details['fields'] as string[];
  }
};

describe('a model, described', () => {
  it('is data: JSON in, the same JSON out', () => {
    const { spec } = defineModel(electricity);
    expect(JSON.parse(JSON.stringify(spec))).to.deep.equal(spec);
    expect(defineModel(spec).spec).to.deep.equal(spec);
  });

  it('has defaults for all that most models do not care about', () => {
    const { monitor, retrain, gates, rollout, ...rest } = electricity;
    const { spec } = defineModel({ ...rest, monitor: { every: '1 week' } });
    expect(spec.monitor).to.deep.equal({
      every: '1 week',
      labelDelay: '0 ms',
      drift: { minShift: 0.1, falseAlarmRate: 0.05 },
      quality: {},
    });
    expect(spec.retrain).to.deep.equal({ on: ['drift', 'quality', 'schedule'], cooldown: '0 ms', maxFailures: 3 });
    expect(spec).to.deep.include({ gates: {}, rollout: [], inconclusive: 'keep' });
    expect([monitor, retrain, gates, rollout]).not.to.include(undefined);
  });

  const wrong: [path: string, value: unknown, says: string][] = [
    ['name', 'Electricity Prices', 'name: '],
    ['problem.kind', 'ranking', 'problem.kind: '],
    ['problem.target', '', 'problem.target: name a column'],
    ['problem.targets', 'class', 'problem.targets: there is no such field'],
    ['data.source', { kind: 'xlsx', uri: 'a.xlsx' }, 'data.source.kind: '],
    ['data.source.uri', '', 'data.source.uri: name a file'],
    ['data.features', {}, 'data.features: name at least one feature'],
    ['data.features.period', 'float', 'data.features.period: '],
    ['data.features.class', 'category', 'data.features.class: is problem.target; a model must not see it'],
    ['data.features.timestamp', 'number', 'data.features.timestamp: is data.time; a model must not see it'],
    ['data.time', 'class', 'data.time: is problem.target'],
    ['data.window.training', '1 month', "data.window.training: '1 month' is not a duration"],
    ['data.window.holdout', '0 weeks', "data.window.holdout: '0 weeks' is no length of time"],
    ['monitor.every', '0 days', "monitor.every: '0 days' is no length of time"],
    ['monitor.evry', '1 week', 'monitor.evry: there is no such field'],
    ['monitor.anchor', 'last Tuesday', "monitor.anchor: 'last Tuesday' is not a time"],
    ['monitor.anchor', '1997-02-30', "monitor.anchor: '1997-02-30' is not a time"],
    ['monitor.labelDelay', 'soon', "monitor.labelDelay: 'soon' is not a duration"],
    ['monitor.drift.minShift', 2, 'monitor.drift.minShift: '],
    ['monitor.drift.windows', { of: 2, drifted: 3 }, 'monitor.drift.windows: asks for more drifted windows than it looks at'],
    ['monitor.drift.windows', { of: 0, drifted: 0 }, 'monitor.drift.windows.of: '],
    ['data.checks', '', 'data.checks: '],
    ['data.checks', 3, 'data.checks: name a file that holds a suite of checks'],
    ['retrain.on', ['moon'], 'retrain.on.0: '],
    ['retrain.on', ['drift'], "retrain.schedule: never fires, as retrain.on lacks 'schedule'"],
    ['retrain.schedule', cron('61 * * * *'), "retrain.schedule: '61' is no minute"],
    ['retrain.schedule', cron('0 3 * * *', { timezone: 'Mars/Olympus' }), 'retrain.schedule: '],
    ['retrain.cooldown', '1week', "retrain.cooldown: '1week' is not a duration"],
    ['retrain.maxFailures', 0, 'retrain.maxFailures: '],
    ['trainer.image', '../elsewhere', 'trainer.image: name of a folder under trainers/'],
    ['trainer.limits.time', '0 ms', "trainer.limits.time: '0 ms' is no length of time"],
    ['gates.rocAuc', { alpha: 0.05 }, 'gates.rocAuc: say min, max or maxDrop'],
    ['gates.rocAuc', { min: 0.9, max: 0.5 }, 'gates.rocAuc: min is above max'],
    ['gates.f1.maxDrop', -0.1, 'gates.f1.maxDrop: '],
    ['gates.aucc', { min: 0.7 }, 'gates.aucc: there is no such field'],
    ['extra', 1, 'extra: there is no such field'],
  ];
  for (const [path, value, says] of wrong)
    it(`refuses ${path} ${JSON.stringify(value)}`, () => {
      const problems = problemsOf(withField(path, value));
      expect(
        problems.some((problem) => problem.startsWith(says)),
        problems.join('; '),
      ).to.equal(true);
    });

  it('names all that is wrong at once', () => {
    const input = withField('monitor.every', 'weekly');
    expect(problemsOf({ ...input, name: 7, gates: { f1: { maxDrpo: 1 } } }).map((problem) => problem.split(':')[0])).to.have.members([
      'name',
      'monitor.every',
      'gates.f1.maxDrpo',
      'gates.f1',
    ]);
  });

  it('says so when it is given no model at all', () => {
    for (const nothing of [undefined, null, 'electricity', []]) expect(problemsOf(nothing)).to.have.length.above(0);
  });
});
