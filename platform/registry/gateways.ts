import { setTimeout as sleep } from 'node:timers/promises';
import { RekindleError } from '../../core/errors.js';
import { GatewayHeartbeat, isAlive } from '../../core/lifecycle/heartbeat.js';
import { keys } from '../../core/names.js';
import type { ObjectStore } from '../../core/ports.js';
import { readDocument } from './documents.js';
import type { Registry } from './registry.js';

/** Heartbeats that were not written for so long are not even read; generous, because the store has a clock of its own. */
const LONG_SILENT_MS = 60_000;
const POLL_MS = 100;

type Gateways = Pick<Registry, 'liveGateways' | 'waitUntilServed'>;

export const gatewaysIn = (objects: ObjectStore): Gateways => {
  const liveGateways: Gateways['liveGateways'] = async (environment) => {
    const now = Date.now();
    const recent: string[] = [];
    for await (const { key, modified } of objects.list(keys.gatewaysPrefix(environment)))
      if (now - Date.parse(modified) < LONG_SILENT_MS) recent.push(key);
    const heartbeats = await Promise.all(recent.map((key) => readDocument(objects, key, GatewayHeartbeat)));
    return heartbeats.flatMap((heartbeat) => (heartbeat && isAlive(heartbeat.value, Date.now()) ? [heartbeat.value] : []));
  };

  return {
    liveGateways,

    async waitUntilServed(model, environment, generation, { timeoutMs, signal }) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const live = await liveGateways(environment);
        const behind = live.filter(
          ({ models }) => !models.some((served) => served.model === model && (served.generation ?? 0) >= generation),
        );
        if (behind.length === 0) return live;
        if (Date.now() >= deadline) {
          const names = behind.map(({ gateway }) => gateway);
          throw new RekindleError(
            'ROLLBACK_UNVERIFIED',
            `Model '${model}' in ${environment}: generation ${generation} is not served yet by ${names.join(', ')}.`,
            { model, environment, generation, gateways: names },
          );
        }
        await sleep(POLL_MS, undefined, signal ? { signal } : {});
      }
    },
  };
};
