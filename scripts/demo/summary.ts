/** The demo's one JSON document, and the same told to a person. */
import type { DriftVerdict } from '../../core/drift/report.js';

export interface Scored {
  readonly version: string;
  readonly rocAuc: number | null;
}

export interface WindowSummary {
  /** YYYY-MM-DD, half-open */
  readonly from: string;
  readonly to: string;
  readonly verdict: DriftVerdict;
  readonly worstColumn: string | null;
  readonly effect: number | null;
  readonly rocAuc: number | null;
  readonly version: string | null;
}

export interface RetrainingSummary {
  readonly runId: string;
  readonly asOf: string;
  readonly reasons: readonly string[];
  readonly outcome: 'promote' | 'keep' | 'inconclusive' | 'failed';
  readonly champion: Scored | null;
  readonly challenger: Scored | null;
  readonly failedGates: readonly string[];
}

export interface Summary {
  readonly champion: { readonly version: string; readonly trainedTo: string };
  readonly windows: readonly WindowSummary[];
  readonly retrainings: readonly RetrainingSummary[];
  readonly spoilt: { readonly outcome: RetrainingSummary['outcome']; readonly failedGates: readonly string[] };
  readonly rollback: { readonly from: string; readonly to: string; readonly seconds: number };
  /** rows, counted after the log was flushed */
  readonly requests: { readonly sent: number; readonly failed: number; readonly logged: number; readonly labelled: number };
  readonly seconds: number;
  readonly ui: string;
}

export const auc = (value: number | null): string => (value === null ? ' n/a ' : value.toFixed(3));

const VERDICTS: Record<DriftVerdict, string> = { drift: 'DRIFT', no_drift: 'quiet', insufficient_data: 'too few rows' };

/** A bar for ROC-AUC between 0.5 (guessing) and 1. */
const bar = (value: number | null): string => (value === null ? '' : '█'.repeat(Math.max(0, Math.round((value - 0.5) * 40))));

const windowLine = (window: WindowSummary): string =>
  [
    `  ${window.from}`,
    VERDICTS[window.verdict].padEnd(12),
    (window.effect === null ? '-' : window.effect.toFixed(2)).padStart(5),
    (window.worstColumn ?? '-').padEnd(11),
    auc(window.rocAuc),
    bar(window.rocAuc).padEnd(17),
    window.version?.slice(0, 8) ?? '-',
  ].join('  ');

const retrainingLine = ({ asOf, outcome, champion, challenger, failedGates }: RetrainingSummary): string => {
  const against = champion === null ? 'nothing served yet' : `champion ${auc(champion.rocAuc)}`;
  const verdict = outcome === 'promote' ? 'PROMOTED' : outcome === 'keep' ? 'kept out' : outcome;
  const why = failedGates.length > 0 ? `  (failed: ${failedGates.join(', ')})` : '';
  return `  as of ${asOf.slice(0, 10)}  challenger ${auc(challenger?.rocAuc ?? null)} against ${against}  →  ${verdict}${why}`;
};

export const renderSummary = (summary: Summary): string =>
  [
    '',
    'What happened',
    '',
    `  Version ${summary.champion.version.slice(0, 8)} was trained on rows up to ${summary.champion.trainedTo.slice(0, 10)} and put into production.`,
    '',
    'Each week, as monitoring saw it',
    '  week of     verdict       worst column       ROC-AUC                     served by',
    ...summary.windows.map(windowLine),
    '',
    'Retrainings: a challenger replaces the champion only if it is better on the same fresh rows',
    ...summary.retrainings.map(retrainingLine),
    `  with shuffled labels                                     →  ${summary.spoilt.outcome === 'keep' ? 'kept out' : summary.spoilt.outcome}  (failed: ${summary.spoilt.failedGates.join(', ')})`,
    '',
    `Rollback by signal: ${summary.rollback.from.slice(0, 8)} → ${summary.rollback.to.slice(0, 8)}, every live gateway serving it after ${summary.rollback.seconds.toFixed(2)} s`,
    `Requests: ${summary.requests.sent} rows sent, ${summary.requests.failed} failed, ${summary.requests.logged} in the prediction log, ${summary.requests.labelled} labelled`,
    `The whole story took ${summary.seconds.toFixed(0)} s.`,
    '',
  ].join('\n');
