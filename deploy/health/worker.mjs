/**
 * Health check of a worker: `node worker.mjs QUEUE…` exits 0 when this host has lately asked Temporal for tasks of every queue.
 * A worker has no port to ask; what it must do is poll, and the server knows who polls.
 */
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';

/** A poll lasts a minute when there is nothing to do. */
const POLLED_WITHIN_MS = 120_000;
/** Kinds of task queue: workflows are polled on the orchestration queue, activities on every one. */
const KINDS = [1, 2];

const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233', connectTimeout: '5 seconds' });

/** @param {string} name */
const isPolledFromHere = async (name) => {
  const namespace = process.env['TEMPORAL_NAMESPACE'] ?? 'default';
  const answers = await Promise.all(
    KINDS.map((taskQueueType) => connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType })),
  );
  return answers
    .flatMap(({ pollers }) => pollers ?? [])
    .some(({ identity, lastAccessTime }) => {
      const last = Number(lastAccessTime?.seconds ?? 0) * 1000;
      return identity?.endsWith(`@${hostname()}`) === true && Date.now() - last < POLLED_WITHIN_MS;
    });
};

const queues = process.argv.slice(2);
const polled = await Promise.all(queues.map(isPolledFromHere));
await connection.close();
const silent = queues.filter((_, index) => !polled[index]);
if (silent.length > 0) {
  console.error(`not polled from ${hostname()}: ${silent.join(', ')}`);
  process.exitCode = 1;
}
