/** Looks at what the model answered in the latest whole window, and calls for a retraining when it should. */
import { z } from 'zod';
import { collectWindow } from '../activities/collect-window.js';
import { measureQuality } from '../activities/measure-quality.js';
import { report } from '../activities/report.js';
import { testWindow } from '../activities/test-window.js';
import { trigger } from '../activities/trigger.js';
import { validate } from '../activities/validate.js';
import { dag } from '../core/dag/index.js';

export default dag(
  {
    id: 'monitoring',
    doc: 'window of predictions and labels → drift, quality and checks of the data → report → trigger',
    params: z.object({
      model: z.string(),
      /** event clock; absent: the end of a scheduled run's data interval, else the newest event of the source */
      asOf: z.string().optional(),
    }),
  },
  (d, { params }) => {
    const window = d.run(collectWindow, { model: params.model, asOf: params.asOf });
    const drift = d.run(testWindow, { window }, { id: 'testDrift' });
    const quality = d.run(measureQuality, { window });
    const validation = d.run(validate, { window });
    const findings = d.run(report, { window, drift, quality, validation });
    return d.run(trigger, { findings });
  },
);
