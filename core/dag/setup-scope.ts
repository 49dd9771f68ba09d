/** Which tasks a setup governs, and what a teardown waits for, as Airflow has it. */

interface Governed {
  readonly index: number;
  readonly isSetup: boolean;
  readonly isTeardown: boolean;
  readonly upstreams: readonly number[];
  readonly downstreams: readonly number[];
  gates: readonly number[];
  readonly gateOf: number[];
}

/** Everything that can be reached from `start`. */
const reach = (start: number, next: (index: number) => readonly number[]): Set<number> => {
  const found = new Set<number>();
  const waiting = [...next(start)];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    waiting.push(...next(at));
  }
  return found;
};

/**
 * Sets `gates` and `gateOf`.
 *
 * A setup belongs to the teardowns directly downstream of it. It governs every node downstream of it that is upstream of one of these
 * (every downstream if it has none). A teardown waits for everything between its setups and itself.
 *
 * @param order upstream first
 * @param setupsOf of a teardown; undefined for every other node
 */
export const govern = (nodes: Governed[], order: readonly number[], setupsOf: (index: number) => readonly number[] | undefined): void => {
  const setups = order.filter((index) => nodes[index]!.isSetup);
  if (setups.length === 0) return;
  const gates = new Map<number, Set<number>>();
  const gate = (of: number, by: number): void => {
    const known = gates.get(of);
    if (known) known.add(by);
    else gates.set(of, new Set([by]));
  };
  const upstreamOf = new Map<number, Set<number>>();
  const above = (index: number): Set<number> => {
    const known = upstreamOf.get(index) ?? reach(index, (at) => nodes[at]!.upstreams);
    upstreamOf.set(index, known);
    return known;
  };

  for (const setup of setups) {
    const below = reach(setup, (at) => nodes[at]!.downstreams);
    const teardowns = nodes[setup]!.downstreams.filter((index) => nodes[index]!.isTeardown);
    for (const index of below) {
      if (nodes[index]!.isTeardown || nodes[index]!.upstreams.includes(setup)) continue;
      if (teardowns.length === 0 || teardowns.some((teardown) => above(teardown).has(index))) gate(index, setup);
    }
    for (const teardown of teardowns)
      if (setupsOf(teardown)?.includes(setup)) for (const index of below) if (above(teardown).has(index)) gate(teardown, index);
  }
  for (const [index, by] of gates) {
    nodes[index]!.gates = [...by];
    for (const gateIndex of by) nodes[gateIndex]!.gateOf.push(index);
  }
};
