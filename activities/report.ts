import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { Call, callsOf, Quality, readingOf, type MonitoringReport, type Reading } from '../core/lifecycle/monitoring.js';
import { MonitoringResult } from '../core/lifecycle/results.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import { CollectedWindow } from './collect-window.js';
import type { ActivityContext } from './context.js';
import { DriftOutcome } from './drift.js';

/** What the run found out of its window, and what it is going to say at the model's door. */
export const Findings = MonitoringResult.omit({ triggered: true }).extend({ calls: z.array(Call) });
export type Findings = z.infer<typeof Findings>;

const readingReasons = (reading: Reading | null): string[] =>
  reading === null ? [] : [reading.summary, ...reading.reasons, ...(reading.reading === 'as_usual' ? [] : [reading.advice])];

export const report = task({
  id: 'report',
  doc: 'writes down what the window showed and what it calls for',
  queue: TASK_QUEUES.data,
  timeout: '1 minute',
  retries: 3,
  input: z.object({ window: CollectedWindow, drift: DriftOutcome, quality: Quality }),
  output: Findings,
  async run({ window: collected, drift, quality }, ctx: ActivityContext) {
    const { model, spec, asOf, window, rows, labelled, coverage, versions, notes } = collected;
    const calls = callsOf(spec.retrain, { window, drift, quality });
    const { verdict, worst } = drift;
    const reading = readingOf(spec.monitor, verdict, quality);
    const document: MonitoringReport = {
      schema: 'rekindle/monitoring-report/1',
      model,
      asOf,
      window,
      rows,
      labelled,
      coverage,
      versions,
      verdict,
      driftReport: drift.reportKey,
      worst,
      quality,
      reading,
      calls,
      reasons: [
        ...drift.reasons,
        ...quality.checks.map(({ reason }) => reason),
        ...readingReasons(reading),
        ...(quality.notEstimated === null ? [] : [quality.notEstimated]),
        ...notes,
      ],
    };
    const key = keys.report(model, 'monitoring', window.to, 'json');
    await ctx.objects.put(key, JSON.stringify(document, undefined, 2), { contentType: 'application/json' });
    return {
      model,
      asOf,
      window,
      rows,
      coverage,
      version: versions[0]?.version ?? null,
      verdict,
      worst,
      rocAuc: quality.metrics?.rocAuc ?? null,
      failedChecks: quality.failedChecks,
      report: key,
      calls,
    };
  },
});
