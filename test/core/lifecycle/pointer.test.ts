import { expect } from 'chai';
import { GATEWAY_ALIVE_MS, isAlive, type GatewayHeartbeat } from '../../../core/lifecycle/heartbeat.js';
import { distrusted, pointerOf, previousGood, type LedgerEntry } from '../../../core/lifecycle/pointer.js';

/** A ledger in short: `+v1` was promoted, `-v1` rolled back to. */
const ledgerOf = (...changes: string[]): LedgerEntry[] =>
  changes.map((change, index) => ({
    ...{ model: 'm', environment: 'production', generation: index + 1, actor: 'a', reason: 'r', evidence: null, asOf: null },
    ...{ action: change.startsWith('+') ? ('promote' as const) : ('rollback' as const), version: change.slice(1) },
    ...{ previous: changes[index - 1]?.slice(1) ?? null, decisionId: `d${index}`, at: '1997-05-27T00:00:00.000Z' },
  }));

describe('pointer', () => {
  const cases: [ledger: string[], bad: string[], to: string | undefined][] = [
    [['+v1', '+v2'], ['v2'], 'v1'],
    [['+v1', '+v2', '+v3'], ['v3'], 'v2'],
    [['+v1', '+v2', '+v3'], ['v3', 'v2'], 'v1'],
    [['+v1', '+v2', '-v1', '+v3'], ['v3'], 'v1'],
    [['+v1', '+v2', '-v1'], ['v1', 'v2'], undefined],
    [['+v1'], ['v1'], undefined],
    [[], [], undefined],
  ];
  for (const [ledger, bad, to] of cases)
    it(`goes from ${ledger.join(' ') || 'nothing'} without ${bad.join(', ') || 'fault'} to ${to ?? 'nowhere'}`, () => {
      expect(previousGood(ledgerOf(...ledger), new Set(bad))).to.equal(to);
    });

  it('distrusts what served when the cord was pulled and what was promoted since, not what was rolled back to', () => {
    const ledger = ledgerOf('+v1', '+v2', '+v3', '-v2', '+v4');
    expect([...distrusted(ledger, pointerOf(ledger[2]!))]).to.have.members(['v3', 'v4']);
    expect([...distrusted(ledger, pointerOf(ledger[4]!))]).to.have.members(['v4']);
    expect([...distrusted(ledger, null)]).to.have.members(['v1', 'v2', 'v3', 'v4']);
  });

  it('takes a gateway for dead five seconds after its last word', () => {
    const heartbeat = { at: '1997-05-27T00:00:00.000Z' } as GatewayHeartbeat;
    const at = Date.parse(heartbeat.at);
    expect(isAlive(heartbeat, at + GATEWAY_ALIVE_MS - 1)).to.equal(true);
    expect(isAlive(heartbeat, at + GATEWAY_ALIVE_MS)).to.equal(false);
  });
});
