import { expect } from 'chai';
import { decide } from '../../activities/decide.js';
import { runTask } from '../../core/dag/run-task.js';
import type { DriftVerdict } from '../../core/drift/report.js';
import type { ModelSpec } from '../../core/lifecycle/model-spec.js';
import type { RunInfo, TaskContext } from '../../core/ports.js';
import electricity from '../../examples/electricity/models/electricity.js';

interface Situation {
  readonly kind: RunInfo['kind'];
  readonly serving?: boolean;
  readonly drift?: DriftVerdict;
  /** the drifted columns are broken */
  readonly broken?: true;
  readonly reasons?: string[];
  readonly on?: ModelSpec['retrain']['on'];
}

const decided = async ({ kind, serving = true, drift = 'no_drift', broken, reasons, on = ['drift', 'schedule'] }: Situation) => {
  const spec = { ...electricity.spec, retrain: { ...electricity.spec.retrain, on } };
  const at = '1997-04-22T00:00:00.000Z';
  const champion = serving ? { version: 'v1', generation: 1 } : null;
  const model = { name: 'electricity', spec, specHash: '', asOf: at, until: at, champion };
  const outcome = {
    verdict: drift,
    worst: null,
    reportKey: null,
    retrain: drift === 'drift' && !broken,
    reasons: [`the data says ${drift}`],
  };
  return runTask(decide, { model, drift: outcome, reasons }, { run: { kind }, attempt: 1 } as unknown as TaskContext);
};

describe('decide', () => {
  const cases: [string, Situation, 'retrain' | 'keep', string[]][] = [
    ['retrains when nothing serves yet', { kind: 'scheduled', serving: false, on: [] }, 'retrain', ['nothing serves yet']],
    ['retrains for the reasons that were given', { kind: 'triggered', reasons: ['quality: AUC fell'] }, 'retrain', ['quality: AUC fell']],
    ['retrains when the run was started by hand', { kind: 'manual' }, 'retrain', ['started by hand']],
    ['retrains on drift', { kind: 'triggered', drift: 'drift' }, 'retrain', ['the data says drift']],
    ['retrains on schedule', { kind: 'scheduled' }, 'retrain', ['the schedule calls for it']],
    ['takes a backfilled run for a scheduled one', { kind: 'backfill' }, 'retrain', ['the schedule calls for it']],
    [
      'gives every reason',
      { kind: 'scheduled', drift: 'drift', reasons: ['alert: p99'] },
      'retrain',
      ['alert: p99', 'the data says drift', 'the schedule calls for it'],
    ],
    [
      'keeps the champion when the model does not listen to drift',
      { kind: 'triggered', drift: 'drift', on: ['quality'] },
      'keep',
      ['drift is no reason to retrain for this model', 'the data says drift'],
    ],
    [
      'keeps the champion when what drifted is broken',
      { kind: 'triggered', drift: 'drift', broken: true },
      'keep',
      ['the data are broken: repair them, retraining would learn the fault', 'the data says drift'],
    ],
    [
      'keeps the champion when nothing calls',
      { kind: 'scheduled', drift: 'insufficient_data', on: ['drift'] },
      'keep',
      ['no reason to retrain: insufficient_data', 'the data says insufficient_data'],
    ],
  ];
  for (const [name, situation, action, reasons] of cases)
    it(name, async () => expect(await decided(situation)).to.deep.equal({ action, reasons }));
});
