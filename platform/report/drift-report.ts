import type { DriftReport } from '../../core/drift/report.js';
import type { ReportContext } from './context.js';
import { html } from './html.js';

/**
 * The drift report as one HTML document: no scripts, nothing loaded from elsewhere, of bounded size (300 kB for 25 columns, 1 MB for
 * 500 and for any more).
 */
export const renderDriftReport = async (report: DriftReport, context: ReportContext = {}): Promise<string> =>
  await Promise.resolve(
    String(
      html`<!doctype html><title>${context.title ?? 'Drift report'}</title>
        <p>${report.verdict}</p>`,
    ),
  );
