import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import type { CheckResult } from '../core/validation/report.js';
import { suggestChecks } from '../core/validation/suggest.js';
import type { CheckSuite } from '../core/validation/suite.js';
import { alikeRows } from './alike-versions.js';
import { alive, HEARTBEAT } from './alive.js';
import { CollectedWindow } from './collect-window.js';
import type { ActivityContext } from './context.js';
import { fetchTable } from './stored-tables.js';

export const Validation = z.object({
  verdict: z.enum(['pass', 'warn', 'fail', 'not_run']),
  /** the checks that failed, warnings too: what each found, in a sentence */
  failed: z.array(z.string()),
  /** the whole report in the object store; null when nothing was run */
  reportKey: z.string().nullable(),
  /** why nothing was run */
  reason: z.string().optional(),
});
export type Validation = z.infer<typeof Validation>;

const notRun = (reason: string): Validation => ({ verdict: 'not_run', failed: [], reportKey: null, reason });

/** Nobody has agreed to what was only suggested. */
const asWarnings = ({ checks, ...suite }: CheckSuite): CheckSuite => ({
  ...suite,
  checks: checks.map((check) => ({ ...check, severity: 'warning' as const })),
});

/** That of the model, else the one that came with the version, else what its reference suggests for a window of so many rows. */
const suiteOf = async ({ model, spec, rows }: CollectedWindow, version: string, ctx: ActivityContext): Promise<CheckSuite> => {
  const own = spec.data.checks;
  if (typeof own === 'object') return own;
  const stored = await ctx.registry.suite(model, version);
  return stored ?? asWarnings(suggestChecks(await ctx.registry.reference(model, version), { window: rows }));
};

const sentence = ({ name, text }: CheckResult): string => `${name}: ${text}`;

export const validate = task({
  id: 'validate',
  doc: 'checks that the rows of the window look as they should',
  queue: TASK_QUEUES.data,
  timeout: '10 minutes',
  heartbeat: HEARTBEAT,
  retries: 3,
  input: z.object({ window: CollectedWindow }),
  output: Validation,
  async run({ window }, ctx: ActivityContext) {
    const { model, asOf, sha256, versions } = window;
    const version = versions[0]?.version;
    if (sha256 === null || version === undefined) return notRun('No predictions in the window.');
    return ctx.scratch((folder) =>
      alive(ctx, async () => {
        const path = await fetchTable(ctx.objects, sha256, folder);
        const suite = await suiteOf(window, version, ctx);
        if (suite.checks.length === 0) return notRun('The suite of the model has no checks.');
        const { columns, where } = await alikeRows(window, ctx);
        const report = await ctx.tables.validate(path, suite, { columns, where, asOf, signal: ctx.signal });
        const reportKey = keys.report(model, 'validation', window.window.to, 'json');
        await ctx.objects.put(reportKey, JSON.stringify(report), { contentType: 'application/json' });
        const failed = report.checks.filter(({ verdict }) => verdict === 'fail').map(sentence);
        ctx.log.info(`${report.checks.length} checks of ${report.rows} rows, ${failed.length} failed`, { verdict: report.verdict, failed });
        return { verdict: report.verdict, failed, reportKey };
      }),
    );
  },
});
