import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { DriftReport } from '../core/drift/report.js';
import {
  Call,
  callsOf,
  DataChecks,
  Quality,
  readingOf,
  recommendationOf,
  triggerOf,
  windowsNeeded,
  withheld,
  type MonitoringReport,
  type PastWindow,
  type Reading,
} from '../core/lifecycle/monitoring.js';
import { MonitoringResult } from '../core/lifecycle/results.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import { Profile } from '../core/profile/profile.js';
import { ValidationReport } from '../core/validation/report.js';
import type { MonitoringPage } from '../platform/compute/compute.js';
import { alive, HEARTBEAT } from './alive.js';
import { CollectedWindow } from './collect-window.js';
import type { ActivityContext } from './context.js';
import { DriftOutcome } from './drift.js';
import { pastWindows, readJson } from './past-windows.js';

/** What the run found out of its window, and what it is going to say at the model's door. */
export const Findings = MonitoringResult.omit({ triggered: true }).extend({ calls: z.array(Call) });
export type Findings = z.infer<typeof Findings>;

/** Windows before this one that a report shows. */
const SHOWN = 26;

const input = z.object({ window: CollectedWindow, drift: DriftOutcome, quality: Quality, validation: DataChecks });

const readingReasons = (reading: Reading | null): string[] =>
  reading === null ? [] : [reading.summary, ...reading.reasons, ...(reading.reading === 'as_usual' ? [] : [reading.advice])];

const validationReasons = ({ verdict, failed }: DataChecks): string[] =>
  verdict === 'fail'
    ? [...failed, 'Look at the source of the data, and repair it if it is broken: retraining would learn the fault.']
    : failed;

const documentOf = (
  { window: collected, drift, quality, validation }: z.infer<typeof input>,
  past: readonly PastWindow[],
): MonitoringReport => {
  const { model, spec, asOf, window, rows, labelled, coverage, versions, notes } = collected;
  const { verdict, worst } = drift;
  const trigger = triggerOf(spec.monitor.drift, past, { versions, verdict });
  const calls = callsOf(spec.retrain, { window, drift, quality, trigger });
  const judged = { drift, quality, trigger };
  const reading = readingOf(spec.monitor, verdict, quality);
  return {
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
    validation,
    trigger,
    calls,
    recommendation: recommendationOf(spec.retrain, judged, calls),
    reasons: [
      ...drift.reasons,
      ...withheld(spec.retrain, judged),
      ...quality.checks.map(({ reason }) => reason),
      ...readingReasons(reading),
      ...(quality.notEstimated === null ? [] : [quality.notEstimated]),
      ...validationReasons(validation),
      ...notes,
    ],
  };
};

const profilesOf = async ({ model, sha256, versions }: CollectedWindow, ctx: ActivityContext): Promise<MonitoringPage['profiles']> => {
  const version = versions[0]?.version;
  if (sha256 === null || version === undefined) return null;
  const current = await readJson(keys.dataset(sha256).profile, Profile, ctx);
  return current === undefined ? null : { reference: await ctx.registry.reference(model, version), current };
};

const checksOf = async ({ reportKey }: DataChecks, ctx: ActivityContext): Promise<MonitoringPage['checks']> =>
  reportKey === null ? [] : ((await readJson(reportKey, ValidationReport, ctx))?.checks ?? []);

/** A page that cannot be drawn keeps nobody from hearing of the drift: its absence is logged. @returns its key */
const storePage = async (
  report: MonitoringReport,
  { window }: z.infer<typeof input>,
  past: readonly PastWindow[],
  ctx: ActivityContext,
): Promise<string | null> => {
  const { spec } = window;
  const drift = report.driftReport === null ? null : ((await readJson(report.driftReport, DriftReport, ctx)) ?? null);
  const page = {
    report,
    drift,
    profiles: drift === null ? null : await profilesOf(window, ctx),
    past: past.slice(-SHOWN),
    checks: await checksOf(report.validation, ctx),
    monitor: { drift: spec.monitor.drift, quality: spec.monitor.quality },
  };
  const drawn = await ctx.compute.monitoringPage(page).catch((error: Error) => error);
  if (drawn instanceof Error) {
    ctx.log.error(`the report could not be drawn: ${drawn.message}`);
    return null;
  }
  const key = keys.report(report.model, 'monitoring', report.window.to, 'html');
  await ctx.objects.put(key, drawn, { contentType: 'text/html; charset=utf-8' });
  return key;
};

export const report = task({
  id: 'report',
  doc: 'writes down what the window showed and what it calls for',
  queue: TASK_QUEUES.data,
  timeout: '5 minutes', // pictures of hundreds of columns
  heartbeat: HEARTBEAT,
  retries: 3,
  input,
  output: Findings,
  async run(given, ctx: ActivityContext) {
    return alive(ctx, async () => {
      const { spec, window: range } = given.window;
      const past = await pastWindows(spec, range.to, Math.max(SHOWN, windowsNeeded(spec.monitor.drift)), ctx);
      const document = documentOf(given, past);
      const { model, asOf, window, rows, coverage, versions, verdict, worst, quality, calls } = document;
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
        page: await storePage(document, given, past, ctx),
        calls,
      };
    });
  },
});
