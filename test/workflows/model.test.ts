import { expect } from 'chai';
import { createModelDoor, rollback, type ModelStatus } from '../../client/models.js';
import { TASK_QUEUES, triggeredRunId } from '../../core/names.js';
import { recordHistory } from '../support/histories.js';
import { codeOf } from '../platform/object-store.contract.js';
import { ENVIRONMENT, openHouse, quietRuntime, type Door, type House } from './model-house.js';

const at = (day: string): string => `${day}T00:00:00.000Z`;
const drift = (day: string) => ({ source: 'drift' as const, reason: `vicprice has shifted by ${day}`, key: `drift-${day}`, asOf: day });
const last = ({ decisions }: ModelStatus) => decisions.at(-1)!;

describe('workflow of a model', function () {
  this.timeout(60_000);
  let house: House;
  let door: Door;

  before(async function () {
    quietRuntime();
    house = await openHouse(this);
  });
  after(() => house?.close());
  afterEach(async () => {
    await door?.handle.terminate('end of the test').catch(() => undefined);
  });

  const runOf = (key: string): string => triggeredRunId('retraining', door.model, key);
  const stateOf = async (runId: string): Promise<string> => (await house.client.workflow.getHandle(runId).describe()).status.name;
  const retrain = (payload?: unknown) => door.handle.signal('retrain', ...((payload === undefined ? [] : [payload]) as [unknown]));

  describe('triggers', () => {
    it('starts a retraining with the reasons, the key and the event clock, and learns how it ended', async () => {
      door = await house.open();
      await retrain(drift('1997-05-13'));
      const runId = runOf('drift-1997-05-13');
      await door.until('the run has begun', ({ running }) => running?.runId === runId);
      await door.finish(runId, { outcome: 'promote', asOf: at('1997-05-13'), reasons: ['better on every gate'] });
      const status = await door.until('the run is over', ({ running }) => running === null);
      expect(status.lastRun).to.deep.include({ runId, outcome: 'promote', asOf: at('1997-05-13'), reasons: ['better on every gate'] });
      expect(status.lastAsOf).to.equal(at('1997-05-13'));
      const { events } = await house.client.workflow.getHandle(runId).fetchHistory();
      const input = JSON.parse(Buffer.from(events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!.data!).toString());
      expect(input).to.deep.equal({
        model: door.model,
        key: 'drift-1997-05-13',
        reasons: ['drift: vicprice has shifted by 1997-05-13'],
        asOf: at('1997-05-13'),
      });
    });

    it('makes one run of three reasons that come together, and of a key one run only', async () => {
      door = await house.open();
      for (const source of ['drift', 'quality', 'schedule'] as const)
        await retrain({ source, reason: source, key: `${source}-13`, asOf: '1997-05-13' });
      const runId = runOf('drift-13');
      const { running } = await door.until('all have joined', (now) => now.running?.reasons.length === 3);
      expect(running).to.deep.include({ runId, reasons: ['drift: drift', 'quality: quality', 'schedule: schedule'] });
      await retrain({ source: 'drift', reason: 'again', key: 'drift-13', asOf: '1997-05-13' });
      await door.until('the second is refused', (now) => last(now).decision === 'duplicate');
      await door.finish(runId);
      const status = await door.until('the run is over', (now) => now.running === null);
      expect(status.decisions.map(({ decision }) => decision)).to.deep.equal(['start', 'coalesce', 'coalesce', 'duplicate']);
      await recordHistory('model-retrains-for-three-reasons', door.handle);
    });

    it('lets one run follow for newer data, as soon as the run under way has ended', async () => {
      door = await house.open();
      await retrain(drift('1997-05-13'));
      await door.until('the run has begun', ({ running }) => running !== null);
      for (const day of ['1997-05-20', '1997-05-27', '1997-05-21']) await retrain(drift(day));
      await door.until('all are told', ({ decisions }) => decisions.length === 4);
      await door.finish(runOf('drift-1997-05-13'));
      const { running, followUp } = await door.until('the next has begun', (now) => now.running?.runId === runOf('drift-1997-05-27'));
      expect(running!.reasons).to.have.length(3);
      expect(followUp).to.equal(null);
    });

    it('keeps to the cooldown of the model, on the event clock', async () => {
      door = await house.open();
      for (const [day, decision] of [
        ['1997-05-13', 'start'],
        ['1997-05-19', 'cooldown'],
        ['1997-05-20', 'start'],
      ] as const) {
        // prettier-ignore
        await retrain(drift(day));
        await door.until(`${day} is decided`, (status) => last(status)?.key === `drift-${day}`);
        expect(last(await door.status())).to.deep.include({ decision });
        if (decision !== 'start') continue;
        await door.finish(runOf(`drift-${day}`), { asOf: at(day) });
        await door.until('nothing runs', ({ running }) => running === null);
      }
    });

    it('opens the circuit after failures in a row, and closes it when somebody resumes', async () => {
      door = await house.open({ retrain: { maxFailures: 2 } });
      for (const key of ['a', 'b']) {
        await retrain({ key });
        await door.fail(runOf(key), 'training.onnx was not written');
        await door.until('it is over', ({ running, lastRun }) => running === null && lastRun?.runId === runOf(key));
      }
      const failed = await door.status();
      expect(failed).to.deep.include({ circuitOpen: true, failures: 2 });
      expect(failed.lastRun).to.deep.include({ outcome: 'failed', reasons: ['training.onnx was not written'] });
      await retrain({ key: 'c' });
      expect(last(await door.until('it is decided', (now) => last(now).key === 'c'))).to.include({ decision: 'circuit_open' });
      await door.handle.signal('resume');
      await retrain({ key: 'd' });
      await door.until('it begins', ({ running, circuitOpen }) => running?.runId === runOf('d') && !circuitOpen);
    });

    it('refuses payloads that say nothing sensible, and goes on', async () => {
      door = await house.open();
      for (const payload of [{ source: 'moon' }, { asof: '1997-05-13' }, { asOf: 'yesterday' }, [1, 2], 17, { key: '' }])
        await retrain(payload);
      for (const name of ['rollback', 'pause']) await door.handle.signal(name, { resaon: 'typing error' });
      const status = await door.until('all are told', ({ decisions }) => decisions.length === 8);
      expect(status.decisions.map(({ decision }) => decision)).to.deep.equal(Array(8).fill('refused'));
      expect(status.decisions[1]!.reasons[0]).to.include('asof');
      expect(status).to.include({ paused: null, rollback: null, running: null });
      await retrain();
      await door.until('an empty one is by hand', ({ running }) => running?.reasons[0] === 'manual: by hand');
      await recordHistory('model-refuses-payloads', door.handle);
    });

    it('tells that no worker knows the model', async () => {
      door = await house.open();
      const model = `${door.model}-unknown`;
      const handle = await house.client.workflow.start('model', {
        workflowId: `model/${model}`,
        taskQueue: TASK_QUEUES.orchestration,
        args: [{ name: model }],
      });
      await handle.signal('retrain', {});
      const told = () => handle.query<ModelStatus>('status');
      let status = await told();
      for (let tries = 0; tries < 200 && status.decisions.length === 0; tries++) status = await told();
      expect(last(status)).to.include({ decision: 'refused' });
      expect(last(status).reasons[0]).to.include('MODEL_NOT_FOUND');
      await handle.terminate();
    });
  });

  describe('lock', () => {
    const models = () => createModelDoor(house.client);
    const elsewhere = async (runId: string): Promise<string> => {
      await house.client.workflow.start('retraining', { workflowId: runId, taskQueue: TASK_QUEUES.orchestration, args: [] });
      return runId;
    };

    it('belongs to one run; the same run may ask again; its end gives it back', async () => {
      door = await house.open();
      const [first, second] = [await elsewhere(`${door.model}-1`), await elsewhere(`${door.model}-2`)];
      await models().acquire(door.model, first, at('1997-05-13'));
      await models().acquire(door.model, first, at('1997-05-13'));
      try {
        await models().acquire(door.model, second, at('1997-05-13'));
        expect.fail('two runs have the lock');
      } catch (error) {
        expect(error).to.include({ code: 'MODEL_BUSY' });
        expect((error as Error).message).to.include(first);
      }
      await door.finish(first);
      await models().acquire(door.model, second, at('1997-05-20'));
      expect((await door.status()).running).to.include({ runId: second, own: false });
      await recordHistory('model-lends-its-lock', door.handle);
    });

    it('opens the door when it is not open', async () => {
      door = await house.open();
      await door.handle.terminate();
      const run = await elsewhere(`${door.model}-3`);
      await models().acquire(door.model, run, at('1997-05-13'));
      expect((await door.status()).running).to.include({ runId: run });
      await door.handle.terminate();
      await models().trigger(door.model, drift('1997-05-20'));
      await door.until('the trigger has come in', ({ running }) => running?.runId === runOf('drift-1997-05-20'));
    });

    it('is given back by a run that was terminated or cancelled', async () => {
      door = await house.open();
      for (const end of ['terminate', 'cancel'] as const) {
        const run = await elsewhere(`${door.model}-${end}`);
        await models().acquire(door.model, run, at('1997-05-13'));
        await house.client.workflow.getHandle(run)[end]();
        const { lastRun } = await door.until('the lock is free', ({ running }) => running === null);
        expect(lastRun).to.include({ runId: run, outcome: 'cancelled' });
      }
    });

    it('makes triggers wait that come while a run from elsewhere is under way', async () => {
      door = await house.open();
      const run = await elsewhere(`${door.model}-1`);
      await models().acquire(door.model, run, at('1997-05-13'));
      await retrain(drift('1997-05-13'));
      await retrain(drift('1997-05-20'));
      const { followUp } = await door.until('both are told', ({ decisions }) => decisions.length === 2);
      expect(followUp).to.include({ asOf: at('1997-05-20') });
    });
  });

  describe('rollback', () => {
    const serving = async () => (await house.registry.pointer(door.model, ENVIRONMENT))!;

    it('goes back, sees that every live gateway has, and pauses the triggers', async () => {
      door = await house.open();
      await door.deploy('v1');
      await door.deploy('v2');
      const gateways = ['a', 'b'].map((name) => house.gateway(`${name}-${door.model}`, door.model));
      const done = await rollback(house.client, door.model, { reason: 'complaints', actor: 'ana' });
      expect(done).to.deep.include({
        state: 'verified',
        from: 'v2',
        to: 'v1',
        generation: 3,
        reason: 'complaints',
        actor: 'ana',
        error: null,
      });
      expect(done!.gateways).to.include.members(['a', 'b'].map((name) => `${name}-${door.model}`));
      expect(done!.seconds).to.be.above(0);
      expect(await serving()).to.include({ version: 'v1' });
      expect(await house.registry.isQuarantined(door.model, 'v2')).to.equal(true);
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await retrain(drift('1997-05-13'));
      expect(last(await door.until('it is decided', ({ decisions }) => decisions.length > 0))).to.include({ decision: 'paused' });
      await door.handle.signal('resume');
      await retrain(drift('1997-05-13'));
      await door.until('it begins after resume', ({ running }) => running !== null);
    });

    it('works while a retraining is under way: the run is cancelled, and what it judged can no longer be deployed', async () => {
      door = await house.open();
      await door.deploy('v1');
      await door.deploy('v2');
      await retrain(drift('1997-05-13'));
      const runId = runOf('drift-1997-05-13');
      await door.until('the run has begun', ({ running }) => running !== null);
      await retrain(drift('1997-05-27'));
      await door.until('one follows', ({ followUp }) => followUp !== null);
      const judged = (await serving()).generation;
      await rollback(house.client, door.model, { reason: 'complaints' });
      const status = await door.until('the run is over', ({ running }) => running === null);
      expect(status.lastRun).to.include({ runId, outcome: 'cancelled' });
      expect(status.decisions.at(-1)).to.include({ source: 'follow-up', decision: 'paused' });
      expect(await serving()).to.include({ version: 'v1' });
      await recordHistory('model-rolls-back-while-retraining', door.handle);
      const late = {
        model: door.model,
        environment: ENVIRONMENT,
        action: 'promote' as const,
        version: 'v1',
        decisionId: 'late',
        actor: runId,
      };
      expect(await codeOf(house.registry.commit({ ...late, reason: 'x', evidence: null, asOf: null, expected: judged }))).to.equal(
        'POINTER_MOVED',
      );
      expect(['CANCELLED', 'COMPLETED']).to.include(await stateOf(runId).catch(() => 'CANCELLED'));
    });

    it('does not let the cancelled run take the lock again', async () => {
      door = await house.open();
      await door.deploy('v1');
      await door.deploy('v2');
      await house.client.workflow.start('retraining', { workflowId: `${door.model}-1`, taskQueue: TASK_QUEUES.orchestration, args: [] });
      const models = createModelDoor(house.client);
      await models.acquire(door.model, `${door.model}-1`, at('1997-05-13'), 'scheduled');
      await rollback(house.client, door.model, {});
      expect(await codeOf(models.acquire(door.model, `${door.model}-2`, at('1997-05-13'), 'scheduled'))).to.equal('MODEL_PAUSED');
    });

    it('leaves a run alone that was admitted before a mere pause', async () => {
      door = await house.open();
      await retrain(drift('1997-05-13'));
      const runId = runOf('drift-1997-05-13');
      await door.begun(runId);
      await door.handle.signal('pause');
      await createModelDoor(house.client).acquire(door.model, runId, at('1997-05-13'), 'triggered');
      await door.finish(runId, { outcome: 'promote' });
      await door.until('it ends well', ({ lastRun }) => lastRun?.outcome === 'promote');
    });

    it('joins cords that are pulled twice, and tells why one led nowhere', async () => {
      door = await house.open();
      await door.deploy('v1');
      await door.deploy('v2');
      const twice = await Promise.all([rollback(house.client, door.model, {}), door.handle.signal('rollback', 'complaints')]);
      expect(twice[0]).to.include({ to: 'v1' });
      await door.until('the second is worked off', ({ rollback: done }) => done?.state === 'verified' || done?.state === 'failed');
      const nowhere = await rollback(house.client, door.model, { to: 'v9' });
      expect(nowhere).to.include({ state: 'failed', to: 'v9' });
      expect(nowhere!.error).to.include('VERSION_NOT_FOUND');
      expect(await serving()).to.include({ version: 'v1' });
    });
  });

  describe('approvals', () => {
    it('are kept with name and time; one without a name is refused', async () => {
      door = await house.open();
      await door.handle.executeUpdate('approve', { args: [{ decision: 'approved', approver: 'ana', reason: 'seen' }] });
      for (const wrong of [{ decision: 'approved', approver: '' }, { decision: 'maybe', approver: 'ana' }, 'yes'])
        expect(await codeOf(door.handle.executeUpdate('approve', { args: [wrong] }))).not.to.equal('no error');
      expect((await door.status()).approvals).to.have.length(1);
      expect((await door.status()).approvals[0]).to.include({ decision: 'approved', approver: 'ana', reason: 'seen' });
    });
  });

  describe('a long life', () => {
    it('continues as new with everything it knows, a run under way included', async () => {
      door = await house.open({ historyLimit: 60 });
      await door.deploy('v1');
      await door.handle.signal('pause', { reason: 'holidays', actor: 'ana' });
      await retrain({ key: 'while-paused' });
      expect(last(await door.until('it is decided', ({ decisions }) => decisions.length > 0))).to.include({ decision: 'paused' });
      await door.handle.signal('resume');
      await retrain(drift('1997-05-13'));
      const runId = runOf('drift-1997-05-13');
      await door.until('the run has begun', ({ running }) => running?.runId === runId);
      const first = (await door.handle.describe()).runId;
      let sent = 0;
      while ((await door.handle.describe()).runId === first && sent < 60) {
        await retrain({ ...drift('1997-05-13'), key: `more-${sent}` });
        await door.until('it is decided', ({ decisions }) => decisions.some(({ key }) => key === `more-${sent}`));
        sent += 1;
      }
      expect((await door.handle.describe()).runId).not.to.equal(first);
      const status = await door.status();
      expect(status.decisions.filter(({ key }) => key.startsWith('more-'))).to.have.length(sent);
      expect(status.running).to.include({ runId, own: true });
      expect(await stateOf(runId)).to.equal('RUNNING');
      await door.finish(runId, { outcome: 'promote', asOf: at('1997-05-13') });
      const { lastRun } = await door.until('the run is over', ({ running }) => running === null);
      expect(lastRun).to.include({ runId, outcome: 'promote' });
      await retrain(drift('1997-05-13'));
      expect(last(await door.until('its key is still known', (now) => last(now).key === 'drift-1997-05-13'))).to.include({
        decision: 'duplicate',
      });
      await recordHistory('model-continues-as-new', door.handle);
    });

    it('keeps every trigger of a stream that does not pause for the change', async () => {
      door = await house.open({ historyLimit: 40 });
      const keys = Array.from({ length: 40 }, (_, index) => `stream-${index}`);
      for (const key of keys) await retrain({ ...drift('1997-05-13'), key });
      const { decisions } = await door.until('all are told', (now) => now.decisions.length === keys.length);
      expect(decisions.map(({ key }) => key)).to.deep.equal(keys);
      expect(decisions.map(({ decision }) => decision)).to.deep.equal(['start', ...Array<string>(keys.length - 1).fill('coalesce')]);
      const { events } = await door.handle.fetchHistory();
      expect(events![0]!.workflowExecutionStartedEventAttributes!.continuedExecutionRunId).to.be.a('string').and.not.equal('');
    });
  });
});
