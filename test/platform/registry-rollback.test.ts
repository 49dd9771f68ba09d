import { expect } from 'chai';
import type { Pointer } from '../../core/lifecycle/pointer.js';
import type { StoreConfig } from '../../platform/config.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { createRegistry } from '../../platform/registry/index.js';
import type { Registry, RollbackOrder } from '../../platform/registry/registry.js';
import { codeOf } from './object-store.contract.js';
import { describeRegistry, ENVIRONMENT, MODEL, addVersion, promotion } from './registry-house.js';

describeRegistry('rollback in the registry', (open) => {
  let config: StoreConfig;
  let registry: Registry;

  beforeEach(async function () {
    ({ config, registry } = await open(this));
  });

  const order = (pulled: Pointer | undefined, more: Partial<RollbackOrder> = {}): RollbackOrder => ({
    ...{ model: MODEL, environment: ENVIRONMENT, pulled: pulled ?? null, decisionId: 'rollback 1', actor: 'ana', reason: 'complaints' },
    ...more,
  });
  const serving = () => registry.pointer(MODEL, ENVIRONMENT);

  beforeEach(async () => {
    for (const version of ['v1', 'v2', 'v3', 'v4']) await addVersion(registry, version);
    await registry.commit(promotion('v1', null));
    await registry.commit(promotion('v2', 1));
    await registry.commit(promotion('v3', 2));
  });

  it('goes back to what served before, quarantines what it leaves, and says who and why', async () => {
    const done = await registry.rollBack(order(await serving()));
    expect(done).to.deep.equal({ from: 'v3', to: 'v2', generation: 4 });
    expect(await serving()).to.include({ version: 'v2', generation: 4 });
    expect(await registry.isQuarantined(MODEL, 'v3')).to.equal(true);
    expect(await registry.isQuarantined(MODEL, 'v2')).to.equal(false);
    expect((await registry.ledger(MODEL, ENVIRONMENT)).at(-1)).to.include({ action: 'rollback', actor: 'ana', reason: 'complaints' });
  });

  it('goes further back each time, over quarantined versions, until there is nothing left', async () => {
    await registry.quarantine(MODEL, 'v2', 'known to be bad');
    expect(await registry.rollBack(order(await serving()))).to.include({ from: 'v3', to: 'v1' });
    expect(await codeOf(registry.rollBack(order(await serving(), { decisionId: 'rollback 2' })))).to.equal('NO_PREVIOUS_VERSION');
    expect(await serving()).to.include({ version: 'v1' });
    expect(await registry.isQuarantined(MODEL, 'v1')).to.equal(false);
  });

  it('goes to the version that is named, if it exists and is not quarantined', async () => {
    const pulled = await serving();
    expect(await codeOf(registry.rollBack(order(pulled, { to: 'v9' })))).to.equal('VERSION_NOT_FOUND');
    await registry.quarantine(MODEL, 'v2', 'bad');
    expect(await codeOf(registry.rollBack(order(pulled, { to: 'v2' })))).to.equal('VERSION_QUARANTINED');
    expect(await registry.isQuarantined(MODEL, 'v3')).to.equal(false);
    expect(await registry.rollBack(order(pulled, { to: 'v1' }))).to.include({ from: 'v3', to: 'v1' });
    expect(await registry.rollBack(order(await serving(), { to: 'v1', decisionId: 'again' }))).to.include({ to: 'v1', generation: 4 });
  });

  it('also leaves what was promoted while the cord was being pulled', async () => {
    const pulled = await serving();
    await registry.commit(promotion('v4', 3));
    expect(await registry.rollBack(order(pulled))).to.deep.equal({ from: 'v3', to: 'v2', generation: 5 });
    for (const [version, unfit] of [
      ['v4', true],
      ['v3', true],
      ['v2', false],
    ] as const)
      // prettier-ignore
      expect(await registry.isQuarantined(MODEL, version), version).to.equal(unfit);
  });

  it('does not go back twice when the deployment undid itself meanwhile', async () => {
    const pulled = await serving();
    await registry.commit({ ...promotion('v2', 3, 'compensation'), action: 'rollback' });
    expect(await registry.rollBack(order(pulled))).to.deep.equal({ from: 'v3', to: 'v2', generation: 4 });
    expect(await registry.ledger(MODEL, ENVIRONMENT)).to.have.length(4);
    expect(await registry.isQuarantined(MODEL, 'v3')).to.equal(true);
  });

  it('answers a retry with what it did, whatever was deployed since', async () => {
    const pulled = await serving();
    const done = await registry.rollBack(order(pulled));
    await registry.commit(promotion('v4', 4));
    expect(await registry.rollBack(order(pulled))).to.deep.equal(done);
    expect(await registry.rollBack(order(await serving()))).to.deep.equal(done);
    expect(await serving()).to.include({ version: 'v4' });
    expect(await registry.isQuarantined(MODEL, 'v4')).to.equal(false);
  });

  it('wins against deployments that are judged and committed at the same time', async () => {
    const pulled = await serving();
    const deployment = codeOf(createRegistry(openObjectStore(config)).commit(promotion('v4', 3)));
    const done = await registry.rollBack(order(pulled));
    await deployment;
    expect(done).to.include({ from: 'v3', to: 'v2' });
    expect(await serving()).to.include({ version: 'v2' });
    expect(await codeOf(registry.commit(promotion('v4', 3, 'late')))).to.equal('POINTER_MOVED');
  });

  it('has nowhere to go before the first deployment', async () => {
    expect(await codeOf(registry.rollBack(order(undefined, { model: 'other' })))).to.equal('NO_PREVIOUS_VERSION');
  });
});
