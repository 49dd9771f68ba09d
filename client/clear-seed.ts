/** What a cleared run takes over, in a size that Temporal takes as an argument. */
import { SEED, type Seed, type StoredSeed } from '../core/dag/run-input.js';
import type { TaskOutcome } from '../core/dag/run.js';
import { isStored } from '../core/dag/wire.js';
import { keys } from '../core/names.js';
import type { ObjectStore } from '../core/ports.js';
import { sha256Of } from '../platform/object-store/stored.js';

/** Bytes of JSON; Temporal refuses arguments over 2 MiB. */
const ARGUMENT_LIMIT = 1_000_000;
/** Bytes of JSON. Once there are so many results, an output travels itself up to this: a shard gets some five hundred of them at once. */
const OUTPUT_LIMIT = 512;
/** Characters, up to three bytes each. */
const PART = 500_000;
const AT_A_TIME = 16;
const JSON_TYPE = { contentType: 'application/json' };

/** The same output again goes to the same place. */
const offload = async (objects: ObjectStore, dag: string, run: string, instance: string, outcome: TaskOutcome): Promise<TaskOutcome> => {
  if (outcome.state !== 'success' || isStored(outcome.output)) return outcome;
  const body = Buffer.from(JSON.stringify(outcome.output));
  if (body.byteLength <= OUTPUT_LIMIT) return outcome;
  const sha256 = sha256Of(body);
  const key = keys.taskOutputAgain(dag, run, instance, sha256);
  await objects.put(key, body, JSON_TYPE);
  return { ...outcome, output: { $stored: { key, sha256, bytes: body.byteLength } } };
};

/** @param runId of the new run */
export const packSeed = async (objects: ObjectStore, dag: string, runId: string, seed: Seed): Promise<Seed | StoredSeed> => {
  if (Buffer.byteLength(JSON.stringify(seed)) <= ARGUMENT_LIMIT) return seed;
  const outcomes: Record<string, TaskOutcome> = {};
  const entries = Object.entries(seed.outcomes);
  for (let at = 0; at < entries.length; at += AT_A_TIME)
    await Promise.all(
      entries.slice(at, at + AT_A_TIME).map(async ([instance, outcome]) => {
        outcomes[instance] = await offload(objects, dag, seed.from, instance, outcome);
      }),
    );
  const packed: Seed = { from: seed.from, outcomes };
  const text = JSON.stringify(packed);
  if (Buffer.byteLength(text) <= ARGUMENT_LIMIT) return packed;
  const parts = Math.ceil(text.length / PART);
  for (let part = 0; part < parts; part++)
    await objects.put(keys.carriedRun(dag, runId, SEED, part), text.slice(part * PART, (part + 1) * PART), JSON_TYPE);
  return { from: seed.from, parts };
};
