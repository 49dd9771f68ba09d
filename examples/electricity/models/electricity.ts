import { cron, csv, defineModel, processTrainer } from 'rekindle';

/** Will the electricity price of New South Wales rise over its mean of the last day? One row each half hour. */
export default defineModel({
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
});
