import { expect } from 'chai';
import { registerModels } from '../../../apps/cli/commands/models.js';
import { keys } from '../../../core/names.js';
import { runCommand, type Said } from '../../support/command.js';
import { tempFolder } from '../../support/fixtures.js';
import { ENVIRONMENT, openHouse, quietRuntime, type Door, type House } from '../../workflows/model-house.js';

describe('rekindle models', function () {
  this.timeout(60_000);
  let house: House;
  let door: Door;
  let project: string;
  const environment = { ...process.env };

  before(async function () {
    quietRuntime();
    house = await openHouse(this);
    project = tempFolder();
    Object.assign(process.env, {
      TEMPORAL_ADDRESS: house.address,
      TEMPORAL_NAMESPACE: house.namespace,
      REKINDLE_STORE: `folder:${house.store}`,
    });
    door = await house.open();
    await house.objects.put(keys.modelSpecCurrent(door.model), '{}');
  });
  after(async () => {
    for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'REKINDLE_STORE']) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
    await house?.close();
  });

  const rekindle = (...args: string[]): Promise<Said> => runCommand(registerModels, ['models', ...args, '--project', project]);
  const json = async (...args: string[]) => {
    const { out, exit } = await rekindle(...args, '--json');
    return { exit, document: JSON.parse(out) };
  };

  it('lists models, also those that have never been trained', async () => {
    expect((await json('list')).document).to.deep.equal([
      { model: door.model, environment: ENVIRONMENT, serving: null, gateways: [], monitored: null },
    ]);
    expect((await rekindle('list')).out).to.include(door.model);
  });

  it('shows what serves, who serves it and what the door thinks', async () => {
    await door.deploy('v1');
    await door.deploy('v2');
    const gateway = house.gateway('here', door.model);
    const { document } = await json('status', door.model);
    expect(document).to.deep.nested.include({ 'serving.version': 'v2', 'serving.generation': 2, 'door.paused': null });
    const { out } = await rekindle('status', door.model);
    await gateway.stop();
    for (const text of ['serving   v2, generation 2', 'door      open']) expect(out).to.include(text);
  });

  it('tells what monitoring said last, by the event clock', async () => {
    const reported = (to: string, verdict: string, reasons: string[]) =>
      house.objects.put(
        keys.report(door.model, 'monitoring', to, 'json'),
        JSON.stringify({
          window: { from: '1997-05-06T00:00:00.000Z', to },
          ...{ verdict, recommendation: { retrain: verdict === 'drift', reasons }, reading: { summary: 'Concept drift: it is worse.' } },
        }),
      );
    await reported('1997-05-13T00:00:00.000Z', 'drift', ['vicprice has shifted.']);
    await reported('1997-04-29T00:00:00.000Z', 'no_drift', []);
    const { document } = await json('status', door.model);
    expect(document.monitored).to.deep.include({ verdict: 'drift' });
    expect((await rekindle('status', door.model)).out).to.match(
      /monitored 1997-05-06 to 1997-05-13: drift; retrain: yes, because vicprice has shifted\n +Concept drift: it is worse\./,
    );
    expect((await rekindle('list')).out).to.include('drift, to 1997-05-13');
    // a live model's newest window is found among those of the last weeks
    await reported(new Date(Date.now() - 86_400_000).toISOString(), 'insufficient_data', []);
    expect((await rekindle('list')).out).to.include('not enough data, to ');
  });

  it('asks for a retraining and follows it to its end', async () => {
    const retraining = json('retrain', door.model, '--as-of', '1997-05-27', '--reason', 'complaints', '--key', 'k1', '--wait');
    await door.finish(`retraining-${door.model}-k1`, { outcome: 'promote', asOf: '1997-05-27T00:00:00.000Z' });
    const { document, exit } = await retraining;
    expect(exit).to.equal(0);
    expect(document.decision).to.include({ decision: 'start', runId: `retraining-${door.model}-k1`, asOf: '1997-05-27T00:00:00.000Z' });
    expect(document.run).to.include({ outcome: 'promote' });
  });

  it('exits 1 when nothing was promoted, and when the door says no', async () => {
    const retraining = rekindle('retrain', door.model, '--key', 'k2', '--wait');
    await door.finish(`retraining-${door.model}-k2`, { outcome: 'keep' });
    expect(await retraining).to.deep.include({ exit: 1 });
    const again = await rekindle('retrain', door.model, '--key', 'k2');
    expect(again.exit).to.equal(1);
    expect(again.out).to.include('duplicate');
  });

  it('pauses and resumes', async () => {
    expect((await rekindle('pause', door.model, '--reason', 'holidays', '--actor', 'ana')).exit).to.equal(0);
    await door.until('it is paused', ({ paused }) => paused?.actor === 'ana' && paused.reason === 'holidays');
    const refused = await rekindle('retrain', door.model);
    expect(refused).to.include({ exit: 1 });
    expect(refused.out).to.include('paused: holidays');
    expect((await rekindle('resume', door.model)).exit).to.equal(0);
    await door.until('it is open', ({ paused }) => paused === null);
  });

  it('rolls back, says what serves now, and keeps it in the history', async () => {
    const { document, exit } = await json('rollback', door.model, '--reason', 'complaints', '--actor', 'ana');
    expect(exit).to.equal(0);
    expect(document).to.include({ state: 'verified', from: 'v2', to: 'v1', generation: 3 });
    const { document: ledger } = await json('history', door.model);
    expect(ledger.at(-1)).to.include({ action: 'rollback', version: 'v1', previous: 'v2', actor: 'ana', reason: 'complaints' });
    expect((await rekindle('history', door.model)).out).to.match(/3 .* rollback +v1 +v2 +- +ana +complaints/);
    const nowhere = await rekindle('rollback', door.model);
    expect(nowhere.exit).to.equal(1);
    expect(nowhere.out).to.include('NO_PREVIOUS_VERSION');
  });

  it('rolls back without Temporal', async () => {
    await door.deploy('v3');
    const { TEMPORAL_ADDRESS } = process.env;
    process.env['TEMPORAL_ADDRESS'] = '127.0.0.1:1';
    try {
      const { document, exit } = await json('rollback', door.model, '--direct', '--reason', 'Temporal is down');
      expect(exit).to.equal(0);
      expect(document).to.include({ state: 'verified', from: 'v3', to: 'v1' });
      expect((await json('status', door.model)).document).to.deep.nested.include({ 'serving.version': 'v1', door: null });
      expect((await rekindle('rollback', door.model)).exit).to.equal(3);
    } finally {
      process.env['TEMPORAL_ADDRESS'] = TEMPORAL_ADDRESS;
    }
  });

  it('records an approval', async () => {
    expect((await rekindle('approve', door.model, '--approver', 'ana', '--reason', 'seen')).exit).to.equal(0);
    expect((await door.status()).approvals.at(-1)).to.include({ decision: 'approved', approver: 'ana', reason: 'seen' });
  });

  it('does not open a door for a model that nobody knows', async () => {
    const { document, exit } = await json('retrain', 'electrcity');
    expect(exit).to.equal(2);
    expect(document.error).to.include({ code: 'MODEL_NOT_FOUND' });
  });
});
