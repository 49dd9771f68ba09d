import { expect } from 'chai';
import fc from 'fast-check';
import {
  acquire,
  admit,
  conclude,
  KEPT_DECISIONS,
  KEPT_REASONS,
  openDoor,
  pause,
  resume,
  SEEN_KEYS,
  Trigger,
  TriggerSource,
  type AdmissionPolicy,
  type AdmissionState,
  type Arrival,
  type RetrainingOutcome,
  type Verdict,
} from '../../../core/lifecycle/admission.js';

const WEEK = 7 * 86_400_000;
const policy: AdmissionPolicy = { on: ['drift', 'quality', 'schedule'], cooldownMs: WEEK, maxFailures: 3 };
const runIdOf = (key: string): string => `retraining-electricity-${key}`;
const at = '2026-11-24T08:00:00.000Z';

const arrival = (given: Partial<Arrival> = {}): Arrival => ({
  source: 'drift',
  reason: 'vicprice has shifted',
  key: `drift-${given.asOf ?? 'newest'}`,
  asOf: '1997-05-13T00:00:00.000Z',
  at,
  ...given,
});
const asOf = (day: string, source: TriggerSource = 'drift'): Arrival =>
  arrival({ source, asOf: `${day}T00:00:00.000Z`, key: `${source}-${day}` });

/** Feeds triggers one after the other; each that starts ends at once. */
const feed = (
  triggers: readonly Arrival[],
  from: AdmissionState = openDoor,
  outcome: RetrainingOutcome = 'keep',
): [AdmissionState, Verdict[]] => {
  const verdicts: Verdict[] = [];
  let state = from;
  for (const trigger of triggers) {
    const admission = admit(state, trigger, policy, runIdOf);
    verdicts.push(admission.decision);
    state = admission.state;
    if (admission.decision === 'start')
      state = conclude(state, { runId: runIdOf(trigger.key), outcome, asOf: trigger.asOf, at }, policy, runIdOf);
  }
  return [state, verdicts];
};

const running = (trigger: Arrival = arrival()): AdmissionState => admit(openDoor, trigger, policy, runIdOf).state;

describe('admission of triggers', () => {
  it('starts a retraining for the first trigger and says why', () => {
    const { state, decision, reasons } = admit(openDoor, arrival({ key: 'k' }), policy, runIdOf);
    expect(decision).to.equal('start');
    expect(reasons).to.deep.equal(['drift: vicprice has shifted', 'starts retraining-electricity-k']);
    expect(state.running).to.include({ runId: 'retraining-electricity-k', asOf: '1997-05-13T00:00:00.000Z', own: true });
    expect(state.decisions).to.deep.equal([
      { at, source: 'drift', key: 'k', asOf: '1997-05-13T00:00:00.000Z', decision: 'start', runId: 'retraining-electricity-k', reasons },
    ]);
  });

  it('admits weekly triggers under a cooldown of one week, and none in between', () => {
    const days = ['1997-05-13', '1997-05-16', '1997-05-20', '1997-05-26', '1997-05-27'];
    expect(feed(days.map((day) => asOf(day)))[1]).to.deep.equal(['start', 'cooldown', 'start', 'cooldown', 'start']);
  });

  it('measures the cooldown from the event clock of the last run, wherever it was started', () => {
    const taken = acquire(openDoor, { runId: 'retraining-manual-1', asOf: '1997-04-22T00:00:00.000Z', at });
    expect(taken).to.have.property('state');
    const { state } = taken as { state: AdmissionState };
    const free = conclude(
      state,
      { runId: 'retraining-manual-1', outcome: 'promote', asOf: '1997-04-22T00:00:00.000Z', at },
      policy,
      runIdOf,
    );
    expect(feed([asOf('1997-04-28')], free)[1]).to.deep.equal(['cooldown']);
    expect(feed([asOf('1997-04-29')], free)[1]).to.deep.equal(['start']);
  });

  it('refuses a trigger about data older than what the last retraining has seen', () => {
    expect(feed([asOf('1997-05-27'), asOf('1997-05-13')])[1]).to.deep.equal(['start', 'cooldown']);
  });

  it('takes the arrival for the event time of an alert that names none', () => {
    const alert = (key: string, when: string): Arrival => arrival({ source: 'alert', asOf: null, key, at: when });
    const [state] = feed([asOf('2026-11-20')]);
    expect(feed([alert('a', '2026-11-26T23:59:59.999Z')], state)[1]).to.deep.equal(['cooldown']);
    expect(feed([alert('b', '2026-11-27T00:00:00.000Z')], state)[1]).to.deep.equal(['start']);
  });

  it('answers a key that was admitted before as a duplicate, but not one that was refused', () => {
    const [paused] = feed([arrival({ key: 'k' })], pause(openDoor, { reason: 'rollback', actor: null, at }));
    expect(feed([arrival({ key: 'k' })], resume(paused))[1]).to.deep.equal(['start']);
    expect(feed([arrival({ key: 'k' }), arrival({ key: 'k', asOf: '1997-06-03T00:00:00.000Z' })])[1]).to.deep.equal(['start', 'duplicate']);
  });

  it('joins three reasons for the same data to one run', () => {
    const state = running(asOf('1997-05-13', 'drift'));
    const [joined, verdicts] = feed([asOf('1997-05-13', 'quality'), asOf('1997-05-13', 'schedule')], state);
    expect(verdicts).to.deep.equal(['coalesce', 'coalesce']);
    expect(joined.running!.reasons.map((reason) => reason.split(':')[0])).to.deep.equal(['drift', 'quality', 'schedule']);
    expect(joined.followUp).to.equal(null);
  });

  it('joins wishes for the newest data to a run of the newest data, also after that run has found out which it is', () => {
    const wish = (key: string): Arrival => arrival({ source: 'manual', asOf: null, key });
    const first = running(wish('a'));
    const known = (acquire(first, { runId: runIdOf('a'), asOf: '1998-12-05T00:00:00.000Z', at }) as { state: AdmissionState }).state;
    const [state, verdicts] = feed([wish('b'), wish('c')], known);
    expect(verdicts).to.deep.equal(['coalesce', 'coalesce']);
    expect(state.followUp).to.equal(null);
    expect(state.running).to.include({ asOf: '1998-12-05T00:00:00.000Z', runId: runIdOf('a') });
  });

  it('lets one run follow for newer data, the newest of it, with the reasons of all', () => {
    const [state] = feed([asOf('1997-05-27'), asOf('1997-05-20'), asOf('1997-05-27', 'quality')], running(asOf('1997-05-13')));
    expect(state.followUp).to.include({ asOf: '1997-05-27T00:00:00.000Z' });
    expect(state.followUp!.reasons).to.deep.equal(['drift: vicprice has shifted', 'quality: vicprice has shifted']);
    const next = conclude(state, { runId: runIdOf('drift-1997-05-13'), outcome: 'keep', asOf: null, at }, policy, runIdOf);
    expect(next.running).to.include({ asOf: '1997-05-27T00:00:00.000Z', own: true });
    expect(next.followUp).to.equal(null);
    expect(next.decisions.at(-1)).to.include({ source: 'follow-up', decision: 'start' });
  });

  it('judges a follow-up again when its turn comes', () => {
    const ended = { runId: runIdOf('drift-1997-05-13'), asOf: null, at };
    const [soon] = feed([asOf('1997-05-15')], running(asOf('1997-05-13')));
    expect(conclude(soon, { ...ended, outcome: 'keep' }, policy, runIdOf).decisions.at(-1)).to.include({ decision: 'cooldown' });
    const [later] = feed([asOf('1997-05-20')], { ...running(asOf('1997-05-13')), failures: 2 });
    const open = conclude(later, { ...ended, outcome: 'failed' }, policy, runIdOf);
    expect(open.decisions.at(-1)).to.include({ decision: 'circuit_open' });
    expect(open.running).to.equal(null);
  });

  it('opens the circuit after three failures in a row; keep is no failure, cancelled is neither', () => {
    const [failed] = feed([asOf('1997-05-13'), asOf('1997-05-20'), asOf('1997-05-27')], openDoor, 'failed');
    expect(feed([asOf('1997-06-03')], failed)[1]).to.deep.equal(['circuit_open']);
    expect(feed([asOf('1997-06-03')], resume(failed))[1]).to.deep.equal(['start']);
    const [kept] = feed([asOf('1997-05-13'), asOf('1997-05-20')], openDoor, 'failed');
    expect(feed([asOf('1997-05-27')], kept, 'keep')[0].failures).to.equal(0);
    expect(feed([asOf('1997-05-27')], kept, 'cancelled')[0].failures).to.equal(2);
  });

  it('lets those who ask pass cooldown and subscription, but neither a pause nor an open circuit', () => {
    const [state] = feed([asOf('1997-05-13')]);
    const bare: AdmissionPolicy = { ...policy, on: [] };
    for (const source of ['manual', 'ci'] as const) {
      const ask = asOf('1997-05-14', source);
      expect(admit(state, ask, bare, runIdOf).decision, source).to.equal('start');
      expect(admit(pause(state, { reason: 'x', actor: null, at }), ask, bare, runIdOf).decision, source).to.equal('paused');
      expect(admit({ ...state, failures: 3 }, ask, bare, runIdOf).decision, source).to.equal('circuit_open');
    }
    for (const source of ['drift', 'quality', 'schedule'] as const)
      expect(admit(openDoor, asOf('1997-06-03', source), bare, runIdOf).decision, source).to.equal('not_subscribed');
    expect(admit(openDoor, asOf('1997-06-03', 'alert'), bare, runIdOf).decision).to.equal('start');
  });

  it('drops what was to follow when it is paused', () => {
    const [state] = feed([asOf('1997-05-27')], running(asOf('1997-05-13')));
    const paused = pause(state, { reason: 'rollback', actor: 'ana', at });
    const after = conclude(paused, { runId: runIdOf('drift-1997-05-13'), outcome: 'cancelled', asOf: null, at }, policy, runIdOf);
    expect(after).to.deep.include({ running: null, followUp: null });
    expect(after.decisions.at(-1)).to.include({ source: 'follow-up', key: 'drift-1997-05-27', decision: 'paused' });
  });

  it('gives the lock to one run; again to the same one; to another when it is free', () => {
    const { state } = acquire(openDoor, { runId: 'a', asOf: '1997-05-13T00:00:00.000Z', at }) as { state: AdmissionState };
    expect(state.running).to.include({ runId: 'a', own: false });
    expect(acquire(state, { runId: 'a', asOf: '1997-05-13T00:00:00.000Z', at })).to.have.property('state');
    expect(acquire(state, { runId: 'b', asOf: '1997-05-13T00:00:00.000Z', at })).to.have.nested.property('busy.runId', 'a');
    const free = conclude(state, { runId: 'a', outcome: 'failed', asOf: null, at }, policy, runIdOf);
    expect(acquire(free, { runId: 'b', asOf: '1997-05-13T00:00:00.000Z', at })).to.have.property('state');
    expect(conclude(state, { runId: 'other', outcome: 'keep', asOf: null, at }, policy, runIdOf)).to.equal(state);
  });

  it('does not start the cooldown with a run that never found out its event clock', () => {
    const state = running(arrival({ source: 'manual', asOf: null, key: 'm' }));
    const failed = conclude(state, { runId: runIdOf('m'), outcome: 'failed', asOf: null, at }, policy, runIdOf);
    expect(feed([asOf('1997-05-13')], failed)[1]).to.deep.equal(['start']);
  });

  it('understands what a person types, and refuses fields that it does not know', () => {
    expect(Trigger.parse({})).to.deep.equal({ source: 'manual', reason: 'by hand' });
    expect(Trigger.safeParse({ asof: '1997-05-13' }).success).to.equal(false);
    expect(Trigger.safeParse({ source: 'moon' }).success).to.equal(false);
    expect(Trigger.parse({ reason: 'x'.repeat(10_000) }).reason).to.have.length(500);
  });
});

describe('admission, whatever happens', () => {
  const outcomes: RetrainingOutcome[] = ['promote', 'keep', 'inconclusive', 'failed', 'cancelled'];
  const event = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('trigger' as const),
        source: fc.constantFrom(...TriggerSource.options),
        key: fc.integer({ min: 0, max: 300 }).map(String),
        day: fc.option(fc.integer({ min: 0, max: 60 })),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('end' as const), outcome: fc.constantFrom(...outcomes) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('acquire' as const), run: fc.integer({ min: 0, max: 5 }) }) },
  );
  const dayOf = (day: number): string => new Date(Date.UTC(1997, 4, 1) + day * 86_400_000).toISOString();

  it('runs one at a time, starts no key twice, honours pause and circuit, and forgets what is old', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 400 }), (events) => {
        let state = openDoor;
        const started: string[] = [];
        for (const step of events) {
          const before = state;
          if (step.kind === 'trigger') {
            const wish = arrival({ source: step.source, key: step.key, asOf: step.day === null ? null : dayOf(step.day) });
            const { state: next, decision } = admit(state, wish, policy, runIdOf);
            if (decision === 'start') {
              expect(before.running).to.equal(null);
              expect(before.paused).to.equal(null);
              expect(before.failures).to.be.below(policy.maxFailures);
            }
            if (decision !== 'start' && decision !== 'coalesce')
              expect({ ...next, decisions: [] }).to.deep.equal({ ...before, decisions: [] });
            state = next;
          } else if (step.kind === 'end' && state.running) {
            state = conclude(state, { runId: state.running.runId, outcome: step.outcome, asOf: null, at }, policy, runIdOf);
            expect(state.followUp).to.equal(null);
          } else if (step.kind === 'pause') state = pause(state, { reason: 'x', actor: null, at });
          else if (step.kind === 'resume') state = resume(state);
          else if (step.kind === 'acquire') {
            const taken = acquire(state, { runId: `run ${step.run}`, asOf: dayOf(0), at });
            if ('state' in taken) state = taken.state;
            else expect(taken.busy).to.equal(before.running);
          }
          if (state.running?.own && state.running.runId !== before.running?.runId) started.push(state.running.runId);
          expect(state.seen.length).to.be.at.most(SEEN_KEYS);
          expect(state.decisions.length).to.be.at.most(KEPT_DECISIONS);
          expect(state.running?.reasons.length ?? 0).to.be.at.most(KEPT_REASONS);
          expect(JSON.parse(JSON.stringify(state))).to.deep.equal(state);
        }
        if (new Set(events.flatMap((step) => (step.kind === 'trigger' ? [step.key] : []))).size <= SEEN_KEYS)
          expect(new Set(started).size).to.equal(started.length);
      }),
      { numRuns: 200 },
    );
  });

  it("never drops a follow-up's reasons while it waits", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }), (days) => {
        let state = running(asOf('1997-04-30'));
        for (const [index, day] of days.entries())
          state = admit(state, arrival({ key: `k${index}`, reason: `reason ${index}`, asOf: dayOf(day) }), policy, runIdOf).state;
        expect(state.followUp!.reasons).to.have.length(days.length);
        expect(state.followUp!.asOf).to.equal(dayOf(Math.max(...days)));
      }),
    );
  });
});
