/** The electricity story: what happens to a model in production when its market changes. Nothing here is known to the product. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelStatus, retrain, rollback } from '../../client/models.js';
import { startRun } from '../../client/dags.js';
import { eventTime, eventTimeMs } from '../../core/event-time.js';
import type { Json } from '../../core/json.js';
import { labelDelayMs, type ModelSpec } from '../../core/lifecycle/model-spec.js';
import { keys, triggeredRunId } from '../../core/names.js';
import type { Registry } from '../../platform/registry/registry.js';
import type { Tables } from '../../platform/tables/tables.js';
import type { Narrator } from './narrator.js';
import { byDay, readRows, type Row } from './rows.js';
import { doorIdle, followed, monitoringResult, retrained, runOfWindow, type Retrained, type Runs } from './runs.js';
import { auc, type Summary, type WindowSummary } from './summary.js';
import { Traffic, type Answered } from './traffic.js';

const MODEL = 'electricity';
const START = '1997-04-22';
const WEEKS = 6;
const DAY_MS = 86_400_000;

const dateOf = (ms: number): string => eventTime(ms).slice(0, 10);
const weekStart = (week: number): string => dateOf(eventTimeMs(START) + week * 7 * DAY_MS);
const short = (version: string | null | undefined): string => version?.slice(0, 8) ?? 'nothing';

export interface Stage extends Runs {
  readonly gateway: string;
  readonly project: string;
  readonly environment: string;
  readonly spec: ModelSpec;
  readonly registry: Registry;
  readonly tables: Tables;
  readonly narrator: Narrator;
}

const told = ({ summary: { outcome, champion, challenger, failedGates }, failure }: Retrained): string => {
  if (failure !== null) return `retraining failed: ${failure}`;
  const scores = `challenger ${short(challenger?.version)} scores ${auc(challenger?.rocAuc ?? null)}${champion ? `, champion ${auc(champion.rocAuc)}` : ''}`;
  if (outcome === 'promote') return `${scores}: promoted`;
  return `${scores}: kept out (${failedGates.length > 0 ? failedGates.join(', ') : outcome})`;
};

const monitored = ({ verdict, worstColumn, effect, rocAuc }: WindowSummary): string => {
  const worst = worstColumn === null ? '' : `, largest shift ${effect?.toFixed(2)} in ${worstColumn}`;
  return `monitoring: ${verdict === 'drift' ? 'DRIFT' : verdict === 'no_drift' ? 'quiet' : 'too few rows'}${worst}; ROC-AUC ${auc(rocAuc)}`;
};

/** Sends a week day by day; the labels of a day are known a day later. */
const liveThrough = async (traffic: Traffic, days: Iterable<Row[]>, progress: (text: string) => void): Promise<void> => {
  let due: Answered[] = [];
  for (const rows of days) {
    progress(rows[0]!.time.slice(0, 10));
    const answered = await traffic.predict(rows);
    await traffic.label(due);
    due = answered;
  }
  progress('labels of the last day');
  await traffic.label(due);
};

/** Distinct prediction ids in the Parquet files under a prefix. */
const countIds = async ({ tables, objects }: Stage, prefix: string): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-demo-'));
  try {
    let files = 0;
    for await (const { key } of objects.list(prefix)) await objects.download(key, join(folder, `${files++}.parquet`));
    if (files === 0) return 0;
    const [row] = await tables.query('SELECT count(DISTINCT prediction_id)::DOUBLE AS n FROM read_parquet($files)', {
      files: join(folder, '*.parquet'),
    });
    return Number(row?.['n']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

export const tellStory = async (stage: Stage): Promise<Omit<Summary, 'seconds' | 'ui'>> => {
  const { client, narrator, spec, registry, environment } = stage;
  const traffic = new Traffic(stage.gateway, MODEL);
  const windows: WindowSummary[] = [];
  const retrainings: Retrained[] = [];
  const follow = async (title: string, runId: string): Promise<Retrained> => {
    const run = await narrator.step(title, async (progress) => retrained(await followed(stage, runId, progress)), told);
    await doorIdle(stage, MODEL);
    return run;
  };

  narrator.chapter(`The first model, as of ${START}: 48 weeks of training, two weeks to prove itself`);
  await retrain(client, MODEL, { source: 'manual', reason: 'first model', key: 'bootstrap', asOf: START });
  const first = await follow('retraining', triggeredRunId('retraining', MODEL, 'bootstrap'));
  retrainings.push(first);
  if (first.summary.outcome !== 'promote') throw new Error(`the first model was not deployed: ${told(first)}`);

  const rows = await readRows(stage.tables, stage.project, spec, weekStart(0), weekStart(WEEKS));
  const days = byDay(rows);
  for (let week = 0; week < WEEKS; week++) {
    const [from, to] = [weekStart(week), weekStart(week + 1)];
    const asOf = dateOf(eventTimeMs(to) + labelDelayMs(spec)); // when the labels of the whole week are due
    const ofWeek = [...days].filter(([day]) => day >= from && day < to).map(([, list]) => list);
    narrator.chapter(`Week of ${from}`);
    await narrator.step(
      'requests',
      (progress) => liveThrough(traffic, ofWeek, progress),
      () => `${ofWeek.reduce((sum, list) => sum + list.length, 0)} requests answered, labels a day later`,
    );
    const result = await narrator.step(
      'monitoring',
      async (progress) => {
        const runId = await startRun(client, 'monitoring', { model: MODEL, asOf });
        const monitoring = monitoringResult(await followed(stage, runId, progress));
        const { verdict, worst, rocAuc, version } = monitoring;
        windows.push({ from, to, verdict, worstColumn: worst?.column ?? null, effect: worst?.effect ?? null, rocAuc, version });
        return monitoring;
      },
      () => monitored(windows.at(-1)!),
    );
    if (result.triggered.length === 0) continue;
    narrator.say(`  ! ${result.triggered.map(({ source }) => source).join(' and ')} call for a retraining`);
    const runId = await runOfWindow(stage, result);
    if (runId === undefined) narrator.say('  - the door of the model lets no retraining in: rekindle models status says why');
    else retrainings.push(await follow(`retraining as of ${asOf}`, runId));
  }
  const end = weekStart(WEEKS);

  narrator.chapter('A spoilt challenger: the same DAG, but the labels of its training rows were shuffled');
  const params: Json = { model: MODEL, asOf: end, transform: 'sql/spoilt.sql', reasons: ['a spoilt challenger'] };
  const spoilt = await follow('retraining with shuffled labels', await startRun(client, 'retraining', params));

  narrator.chapter('Rollback, by a signal, while requests go on');
  const before = await registry.pointer(MODEL, environment);
  let rolling = true;
  const meanwhile = (async () => {
    const answered: Answered[] = [];
    // the last week once more, hour by hour, for as long as it takes
    for (let at = 0; rolling || at === 0; at++)
      answered.push(...(await traffic.predict(rows.slice(-336).slice((at * 2) % 336, ((at * 2) % 336) + 2))));
    return answered;
  })();
  const rolled = await narrator.step(
    'rollback',
    () => rollback(client, MODEL, { reason: 'the demo wants the previous version back', actor: 'demo' }).finally(() => (rolling = false)),
    (done) => `${short(done?.from)} → ${short(done?.to)}, seen at every live gateway after ${done?.seconds?.toFixed(2)} s`,
  );
  const answered = await meanwhile;
  const after = await traffic.predict(rows.slice(-1));
  if (rolled?.state !== 'verified' || rolled.to === null || rolled.from !== before?.version || after[0]?.version !== rolled.to)
    throw new Error(`the rollback was not carried out: ${JSON.stringify(rolled)}`);
  const door = await modelStatus(client, MODEL);
  if (door?.paused) narrator.say('  - triggers are paused until somebody says `rekindle models resume electricity`');

  await narrator.step('the log is flushed', async () => {
    await traffic.label([...answered, ...after]);
    const flushed = await fetch(`${stage.gateway}/v1/flush`, { method: 'POST' });
    if (!flushed.ok) throw new Error(`flush: ${flushed.status} ${await flushed.text()}`);
  });
  const logged = await countIds(stage, keys.predictionsPrefix(MODEL, environment));
  const labelled = await countIds(stage, keys.labelsPrefix(MODEL));
  const { sent, failed } = traffic;
  if (traffic.firstFailure !== undefined) narrator.say(`  ✖ ${failed} requests failed, the first with: ${traffic.firstFailure}`);

  return {
    champion: { version: first.summary.challenger!.version, trainedTo: first.trainedTo ?? '' },
    windows,
    retrainings: retrainings.map(({ summary }) => summary),
    spoilt: { outcome: spoilt.summary.outcome, failedGates: spoilt.summary.failedGates },
    rollback: { from: rolled.from, to: rolled.to, seconds: rolled.seconds ?? 0 },
    requests: { sent, failed, logged, labelled },
  };
};
