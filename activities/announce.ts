import { z } from 'zod';
import { task } from '../core/dag/task.js';
import { Comparison } from '../core/lifecycle/gates.js';
import { ResolvedModel } from '../core/lifecycle/resolved-model.js';
import { RetrainingResult } from '../core/lifecycle/results.js';
import { keys, TASK_QUEUES } from '../core/names.js';
import { alive, HEARTBEAT } from './alive.js';
import type { ActivityContext } from './context.js';
import { Deployment } from './deploy.js';
import { resultOf } from './result.js';
import { TrainedVersion } from './train.js';

/** A gateway looks at the pointer several times a second and loads a model in well under one. */
const SERVED_WITHIN_MS = 60_000;

export const announce = task({
  id: 'announce',
  doc: 'waits until every live gateway serves the new version, and says so',
  queue: TASK_QUEUES.data,
  timeout: '5 minutes',
  heartbeat: HEARTBEAT,
  retries: 2, // a gateway that serves it in no try is a reason to go back
  input: z.object({ model: ResolvedModel, challenger: TrainedVersion, verdict: Comparison, deployment: Deployment }),
  output: RetrainingResult,
  async run({ model, challenger, verdict, deployment }, ctx: ActivityContext) {
    const { version, generation, previous, decisionId } = deployment;
    const gateways = await alive(ctx, () =>
      ctx.registry.waitUntilServed(model.name, ctx.environment, generation, { timeoutMs: SERVED_WITHIN_MS, signal: ctx.signal }),
    );
    const result = resultOf({ model, challenger, verdict, outcome: 'promote', generation });
    // A CloudEvent: whoever gets it twice knows it by source and id.
    const event = {
      specversion: '1.0',
      id: decisionId,
      source: `rekindle/models/${model.name}`,
      type: previous === null ? 'dev.cdevents.service.deployed' : 'dev.cdevents.service.upgraded',
      subject: `${model.name}/${version}`,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      data: { environment: ctx.environment, previous, gateways: gateways.map(({ gateway }) => gateway), ...result },
    };
    const key = keys.version(model.name, version).evidence(`deployment-${generation}.json`);
    await ctx.objects.put(key, JSON.stringify(event), { contentType: 'application/cloudevents+json' });
    ctx.log.info(`${version} is served by ${gateways.length} live gateways`, { event: key });
    return result;
  },
});
