import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { callsOf, Quality, type MonitoringReport } from '../core/lifecycle/monitoring.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import { CollectedWindow } from './collect-window.js';
import type { ActivityContext } from './context.js';
import { DriftOutcome } from './drift.js';

export const report = task({
  id: 'report',
  doc: 'writes down what the window showed and what it calls for',
  queue: TASK_QUEUES.data,
  timeout: '1 minute',
  retries: 3,
  input: z.object({ window: CollectedWindow, drift: DriftOutcome, quality: Quality }),
  output: z.object({ key: z.string() }),
  async run({ window, drift, quality }, ctx: ActivityContext) {
    const { model, spec, asOf, rows, labelled, coverage, versions, notes } = window;
    const calls = callsOf(spec.retrain, { window: window.window, asOf, drift, quality });
    const document: MonitoringReport = {
      schema: 'rekindle/monitoring-report/1',
      model,
      asOf,
      window: window.window,
      rows,
      labelled,
      coverage,
      versions,
      verdict: drift.verdict,
      driftReport: drift.reportKey,
      worst: drift.worst,
      quality,
      calls: calls.map(({ source, reason }) => ({ source, reason })),
      reasons: [...drift.reasons, ...quality.checks.map(({ reason }) => reason), ...notes],
    };
    const key = keys.report(model, 'monitoring', window.window.to, 'json');
    await ctx.objects.put(key, JSON.stringify(document, undefined, 2), { contentType: 'application/json' });
    return { key };
  },
});
