/** What `rekindle models` says to people. */
import type { LastWindow } from '../../../client/last-window.js';
import type { ModelStatus, RollbackStatus } from '../../../client/models.js';
import type { Decision, RunEnd } from '../../../core/lifecycle/admission.js';
import type { LedgerEntry, Pointer } from '../../../core/lifecycle/pointer.js';
import { table } from '../output.js';

export interface ModelOverview {
  readonly model: string;
  readonly environment: string;
  readonly serving: Pointer | null;
  /** live ones */
  readonly gateways: readonly { gateway: string; url: string; version: string | null; generation: number | null }[];
  /** the window that monitoring looked at last; null before the first */
  readonly monitored: LastWindow | null;
}

/** `1997-05-27 10:00:00` */
const when = (time: string): string => time.slice(0, 19).replace('T', ' ');

/** `1997-05-27`, with the time where it is not midnight. */
const day = (time: string): string => when(time).replace(' 00:00:00', '');

const VERDICTS: Readonly<Record<LastWindow['verdict'], string>> = {
  drift: 'drift',
  no_drift: 'no drift',
  insufficient_data: 'not enough data',
};

export const listTable = (models: readonly ModelOverview[]): string =>
  models.length === 0
    ? 'No models. `rekindle sync` publishes those of the project.'
    : table(
        ['MODEL', 'VERSION', 'GENERATION', 'SINCE (UTC)', 'GATEWAYS', 'LAST WINDOW'],
        models.map(({ model, serving, gateways, monitored }) => [
          model,
          serving?.version ?? '-',
          serving ? String(serving.generation) : '-',
          serving ? when(serving.at) : '-',
          `${gateways.filter(({ generation }) => serving !== null && generation === serving.generation).length} of ${gateways.length}`,
          monitored ? `${VERDICTS[monitored.verdict]}, to ${day(monitored.window.to)}` : '-',
        ]),
      );

export const historyTable = (ledger: readonly LedgerEntry[]): string =>
  ledger.length === 0
    ? 'Nothing has served yet.'
    : table(
        ['GENERATION', 'AT (UTC)', 'ACTION', 'VERSION', 'BEFORE', 'AS OF', 'BY', 'REASON'],
        ledger.map(({ generation, at, action, version, previous, asOf, actor, reason }) => [
          String(generation),
          when(at),
          action,
          version,
          previous ?? '-',
          asOf ? when(asOf) : '-',
          actor,
          reason,
        ]),
      );

/** Some are whole sentences. */
const joined = (reasons: readonly string[]): string => reasons.map((reason) => reason.replace(/\.$/, '')).join('; ');

export const decisionText = ({ decision, reasons }: Decision): string => `${decision}: ${joined(reasons)}`;

export const retrainingText = (run: RunEnd | null): string =>
  run === null ? 'Nothing came of it.' : `${run.runId}: ${run.outcome}${run.reasons.length > 0 ? ` (${joined(run.reasons)})` : ''}`;

type Rolled = Pick<RollbackStatus, 'from' | 'to' | 'generation' | 'gateways' | 'seconds' | 'state' | 'error'>;

export const rollbackText = ({
  from,
  to,
  generation,
  gateways,
  seconds,
  state,
  error,
}: Omit<Rolled, 'generation'> & { generation: number | null }): string => {
  if (generation === null) return `✖ nothing was changed: ${error ?? state}`;
  const moved = `${from} → ${to} (generation ${generation})`;
  if (state === 'unverified') return `✖ ${moved}, but: ${error}`;
  const seen = gateways.length === 0 ? 'no gateway is live' : `served by ${gateways.join(', ')}`;
  return `✔ ${moved}, ${seen}, after ${(seconds ?? 0).toFixed(1)} s`;
};

const doorLines = (door: ModelStatus): string[] => {
  const { paused, circuitOpen, failures, running, followUp, lastRun, rollback, decisions } = door;
  const state = paused
    ? `paused since ${when(paused.at)}${paused.actor ? ` by ${paused.actor}` : ''}: ${paused.reason}`
    : circuitOpen
      ? `circuit open after ${failures} failed retrainings; \`resume\` closes it`
      : 'open';
  return [
    `door      ${state}`,
    `running   ${running ? `${running.runId}: ${joined(running.reasons)}` : '-'}`,
    ...(followUp ? [`follows   as of ${followUp.asOf ?? 'the newest row'}: ${joined(followUp.reasons)}`] : []),
    ...(lastRun ? [`last run  ${retrainingText(lastRun)}`] : []),
    ...(rollback ? [`rollback  ${when(rollback.at)} by ${rollback.actor}: ${rollbackText(rollback)}`] : []),
    ...(decisions.length > 0
      ? ['', 'last answers of the door:', ...decisions.slice(-5).map((decision) => `  ${when(decision.at)}  ${decisionText(decision)}`)]
      : []),
  ];
};

const monitoredLines = (monitored: LastWindow | null): string[] => {
  if (monitored === null) return ['monitored not yet'];
  const { window, verdict, recommendation, reading } = monitored;
  const { retrain, reasons } = recommendation;
  return [
    `monitored ${day(window.from)} to ${day(window.to)}: ${VERDICTS[verdict]}; retrain: ${retrain ? 'yes' : 'no'}${reasons.length > 0 ? `, because ${joined(reasons)}` : ''}`,
    ...(reading ? [`          ${reading.summary}`] : []),
  ];
};

/** @param door null: it cannot be asked or has never been opened */
export const statusText = ({ model, environment, serving, gateways, monitored }: ModelOverview, door: ModelStatus | null): string =>
  [
    `${model} in ${environment}`,
    `serving   ${serving ? `${serving.version}, generation ${serving.generation}, since ${when(serving.at)}` : 'nothing yet'}`,
    ...gateways.map(
      ({ gateway, url, version, generation }) =>
        `gateway   ${gateway} at ${url}: ${version ?? 'nothing'}${generation === null ? '' : `, generation ${generation}`}`,
    ),
    ...(gateways.length === 0 ? ['gateway   none is live'] : []),
    ...monitoredLines(monitored),
    ...(door ? doorLines(door) : ['door      unknown']),
  ].join('\n');
