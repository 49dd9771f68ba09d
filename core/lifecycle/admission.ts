/**
 * The door of a model: which triggers become a retraining. Pure: the same state and the same trigger give the same answer,
 * and every answer is kept with its reasons.
 */
import { z } from 'zod';
import { eventTime, eventTimeMs } from '../event-time.js';

export const TriggerSource = z.enum(['drift', 'quality', 'schedule', 'ci', 'manual', 'alert']);
export type TriggerSource = z.infer<typeof TriggerSource>;

/** Kept for as long as the door is open, so it is kept short. */
export const Reason = z.string().transform((text) => text.slice(0, 500));

/** The payload of the signal `retrain`. Everything but the reason may be left out by a person at a terminal. */
export const Trigger = z.strictObject({
  source: TriggerSource.default('manual'),
  reason: Reason.default('by hand'),
  /** triggers of one cause share it */
  key: z.string().min(1).max(120).optional(),
  /** event clock; the newest event of the source when absent */
  asOf: z.string().optional(),
});
export type Trigger = z.infer<typeof Trigger>;

/** A trigger at the door. */
export interface Arrival {
  readonly source: TriggerSource;
  readonly reason: string;
  /** the trigger's own, or one made for it alone */
  readonly key: string;
  /** ISO 8601, UTC; null: whatever is newest when the run begins */
  readonly asOf: string | null;
  /** when it came: stands for its event time where `asOf` is null */
  readonly at: string;
}

/** The part of a model's spec that the door needs. */
export interface AdmissionPolicy {
  readonly on: readonly TriggerSource[];
  readonly cooldownMs: number;
  readonly maxFailures: number;
}

/** A retraining that is under way, or the one that follows it. */
export interface Retraining {
  readonly key: string;
  readonly asOf: string | null;
  readonly reasons: readonly string[];
  /** did a person or a pipeline ask for it? Such a one knows no cooldown */
  readonly asked: boolean;
  readonly at: string;
}

export interface UnderWay extends Retraining {
  readonly runId: string;
  /** reads whatever is newest; `asOf` says what that is once the run has found out */
  readonly newest: boolean;
  /** false: started elsewhere, it took the lock */
  readonly own: boolean;
}

export type Verdict = 'start' | 'coalesce' | 'duplicate' | 'cooldown' | 'paused' | 'circuit_open' | 'not_subscribed';

/** One answer of the door; `refused` are payloads that say nothing. */
export interface Decision {
  readonly at: string;
  readonly source: string;
  readonly key: string;
  readonly asOf: string | null;
  readonly decision: Verdict | 'refused';
  /** the run that was started or joined */
  readonly runId: string | null;
  /** what the trigger said, and why the door answered so */
  readonly reasons: readonly string[];
}

export interface AdmissionState {
  readonly paused: { readonly reason: string; readonly actor: string | null; readonly at: string } | null;
  readonly running: UnderWay | null;
  /** at most one: a newer trigger takes the place of an older one and inherits its reasons */
  readonly followUp: Retraining | null;
  /** event clock of the last retraining that began */
  readonly lastAsOf: string | null;
  /** retrainings that failed since the last one that did not */
  readonly failures: number;
  /** keys that started or joined a retraining, oldest first */
  readonly seen: readonly string[];
  /** newest last */
  readonly decisions: readonly Decision[];
}

export const SEEN_KEYS = 200;
export const KEPT_DECISIONS = 50;
/** of one retraining */
export const KEPT_REASONS = 20;

export const openDoor: AdmissionState = {
  paused: null,
  running: null,
  followUp: null,
  lastAsOf: null,
  failures: 0,
  seen: [],
  decisions: [],
};

/** A person or a pipeline that asks for a retraining is not held back by `retrain.on` and cooldown; by a pause and an open circuit it is. */
const isAsked = (source: TriggerSource): boolean => source === 'manual' || source === 'ci';
/** Alerts come from rules that somebody wrote for this model: they need no subscription. */
const needsSubscription = (source: TriggerSource): boolean => !isAsked(source) && source !== 'alert';

const clockOf = ({ asOf, at }: Pick<Retraining, 'asOf' | 'at'>): number => eventTimeMs(asOf ?? at);

const lastOf = <T>(list: readonly T[], count: number): readonly T[] => list.slice(-count);

export const record = (state: AdmissionState, decision: Decision): AdmissionState => ({
  ...state,
  decisions: lastOf([...state.decisions, decision], KEPT_DECISIONS),
});

interface Answer {
  readonly verdict: Verdict;
  readonly why: string;
}

/** Why nothing may start now, whoever asks. */
const closed = (state: AdmissionState, policy: AdmissionPolicy): Answer | undefined => {
  if (state.paused) return { verdict: 'paused', why: `paused: ${state.paused.reason}` };
  if (state.failures >= policy.maxFailures)
    return { verdict: 'circuit_open', why: `the last ${state.failures} retrainings failed; resume closes the circuit` };
  return undefined;
};

const coolingDown = (state: AdmissionState, wanted: Retraining, { cooldownMs }: AdmissionPolicy): Answer | undefined => {
  if (wanted.asked || state.lastAsOf === null) return undefined;
  const due = eventTimeMs(state.lastAsOf) + cooldownMs;
  if (clockOf(wanted) >= due) return undefined;
  return { verdict: 'cooldown', why: `the last retraining was as of ${state.lastAsOf}; the next may be as of ${eventTime(due)}` };
};

/** Does the run under way read everything that the trigger speaks of? */
const covers = ({ asOf, newest }: UnderWay, wanted: Retraining): boolean =>
  wanted.asOf === null ? newest : asOf === null || eventTimeMs(asOf) >= eventTimeMs(wanted.asOf);

const merged = (reasons: readonly string[], more: readonly string[]): readonly string[] =>
  lastOf([...new Set([...reasons, ...more])], KEPT_REASONS);

/** The newer event clock wins; null is the newest. */
const merge = (first: Retraining, second: Retraining): Retraining => {
  const newer = second.asOf === null || (first.asOf !== null && eventTimeMs(second.asOf) >= eventTimeMs(first.asOf)) ? second : first;
  return { ...newer, reasons: merged(first.reasons, second.reasons), asked: first.asked || second.asked };
};

const begin = (state: AdmissionState, wanted: Retraining, runId: string, own: boolean): AdmissionState => ({
  ...state,
  running: { ...wanted, runId, newest: wanted.asOf === null, own },
  lastAsOf: wanted.asOf ?? state.lastAsOf,
});

export interface Admission {
  readonly state: AdmissionState;
  readonly decision: Verdict;
  readonly reasons: readonly string[];
}

/**
 * Decides about one trigger. On `start` the run is the state's `running`; on `coalesce` the trigger's reason joined the run
 * under way or, if it speaks of newer data, the one run that follows.
 *
 * @param runIdOf name of the run that a retraining with this key gets
 */
export const admit = (state: AdmissionState, arrival: Arrival, policy: AdmissionPolicy, runIdOf: (key: string) => string): Admission => {
  const { source, reason, key, asOf, at } = arrival;
  const wanted: Retraining = { key, asOf, at, reasons: [`${source}: ${reason}`], asked: isAsked(source) };
  const answer = (verdict: Verdict, why: string, next: AdmissionState = state, runId: string | null = null): Admission => {
    const reasons = [...wanted.reasons, why];
    const acted = verdict === 'start' || verdict === 'coalesce';
    const seen = acted ? lastOf([...next.seen, key], SEEN_KEYS) : next.seen;
    return { state: record({ ...next, seen }, { at, source, key, asOf, decision: verdict, runId, reasons }), decision: verdict, reasons };
  };

  if (state.seen.includes(key)) return answer('duplicate', `a trigger with the key '${key}' was admitted before`);
  if (needsSubscription(source) && !policy.on.includes(source)) return answer('not_subscribed', `retrain.on does not name '${source}'`);
  const barred = closed(state, policy);
  if (barred) return answer(barred.verdict, barred.why);
  const { running, followUp } = state;
  if (running && covers(running, wanted)) {
    const joined = { ...running, reasons: merged(running.reasons, wanted.reasons) };
    return answer('coalesce', `joins ${running.runId}`, { ...state, running: joined }, running.runId);
  }
  if (running) {
    const following = followUp ? merge(followUp, wanted) : wanted;
    return answer('coalesce', `speaks of newer data: follows ${running.runId}`, { ...state, followUp: following });
  }
  const wait = coolingDown(state, wanted, policy);
  if (wait) return answer(wait.verdict, wait.why);
  const runId = runIdOf(key);
  return answer('start', `starts ${runId}`, begin(state, wanted, runId, true), runId);
};

/** What became of the follow-up. */
const followedBy = (
  state: AdmissionState,
  { key, asOf, reasons }: Retraining,
  { verdict, why }: Answer,
  at: string,
  runId: string | null = null,
): AdmissionState => record(state, { at, source: 'follow-up', key, asOf, decision: verdict, runId, reasons: [...reasons, why] });

/** How a retraining came out. Only `failed` counts against the circuit: `keep` is a success, `cancelled` was somebody's will. */
export type RetrainingOutcome = 'promote' | 'keep' | 'inconclusive' | 'failed' | 'cancelled';

export interface RunEnd {
  readonly runId: string;
  readonly outcome: RetrainingOutcome;
  /** the event clock that the run had in the end; null if it never said */
  readonly asOf: string | null;
  /** of the verdict, or what failed */
  readonly reasons: readonly string[];
  readonly at: string;
}

/**
 * The run is over: its lock is free, and the follow-up, if there is one, passes the door again.
 *
 * @returns the state; a started follow-up is its `running`
 */
export const conclude = (
  state: AdmissionState,
  ended: Omit<RunEnd, 'reasons'>,
  policy: AdmissionPolicy,
  runIdOf: (key: string) => string,
): AdmissionState => {
  if (state.running?.runId !== ended.runId) return state;
  const failures = ended.outcome === 'failed' ? state.failures + 1 : ended.outcome === 'cancelled' ? state.failures : 0;
  const free: AdmissionState = { ...state, running: null, followUp: null, failures, lastAsOf: ended.asOf ?? state.lastAsOf };
  const next = state.followUp;
  if (!next) return free;
  const barred = closed(free, policy) ?? coolingDown(free, next, policy);
  if (barred) return followedBy(free, next, barred, ended.at);
  const runId = runIdOf(next.key);
  return followedBy(begin(free, next, runId, true), next, { verdict: 'start', why: `starts ${runId}` }, ended.at, runId);
};

/** A run that was started elsewhere takes the lock; again, it has it. */
export const acquire = (
  state: AdmissionState,
  run: { readonly runId: string; readonly asOf: string; readonly at: string },
): { readonly state: AdmissionState } | { readonly busy: UnderWay } => {
  const { running } = state;
  if (running && running.runId !== run.runId) return { busy: running };
  // An own run that was started for the newest data now says which that is.
  if (running) return { state: { ...state, running: { ...running, asOf: run.asOf }, lastAsOf: run.asOf } };
  const wanted: Retraining = { key: run.runId, asOf: run.asOf, at: run.at, reasons: ['started elsewhere'], asked: true };
  return { state: begin(state, wanted, run.runId, false) };
};

/** Nothing starts until {@link resume}; what was to follow is dropped. */
export const pause = (state: AdmissionState, why: { reason: string; actor: string | null; at: string }): AdmissionState => {
  const paused: AdmissionState = { ...state, paused: why, followUp: null };
  return state.followUp ? followedBy(paused, state.followUp, { verdict: 'paused', why: `paused: ${why.reason}` }, why.at) : paused;
};

/** Also closes the circuit: whoever resumes has looked at the failures. */
export const resume = (state: AdmissionState): AdmissionState => ({ ...state, paused: null, failures: 0 });
