import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ActivityContext } from '../../activities/context.js';
import { resolveModel } from '../../activities/resolve-model.js';
import { RekindleError } from '../../core/errors.js';
import { csv } from '../../core/lifecycle/model-spec.js';
import electricity from '../../examples/electricity/models/electricity.js';
import { openTestWorker, run, type TestWorker } from '../support/activities.js';
import { failureOf } from '../support/failure.js';
import { tempFolder } from '../support/fixtures.js';

describe('resolveModel', () => {
  let worker: TestWorker;
  const taken: unknown[][] = [];
  const models: ActivityContext['models'] = {
    trigger: () => Promise.resolve(),
    acquire: async (...request) => void taken.push(request),
  };
  const spec = {
    ...electricity.spec,
    data: { ...electricity.spec.data, source: csv('rows.csv'), time: 'timestamp' },
    monitor: { ...electricity.spec.monitor, labelDelay: '1 day' as const },
  };
  const resolve = (input: object, over: Partial<ActivityContext> = {}) =>
    worker.run(resolveModel, { model: 'electricity', ...input }, { models, ...over });

  before(async () => {
    const project = tempFolder();
    await writeFile(join(project, 'rows.csv'), 'timestamp,class\n1997-04-21T10:00:00Z,UP\n1997-04-22T10:00:00Z,DOWN\n');
    worker = await openTestWorker(project, [spec]);
  });
  after(() => worker.close());
  beforeEach(() => taken.splice(0));

  it('takes the event clock from the caller, as ISO 8601 in UTC, and the lock with it', async () => {
    const resolved = await resolve({ asOf: '1997-05-27' });
    expect(resolved).to.deep.include({ asOf: '1997-05-27T00:00:00.000Z', until: '1997-05-26T00:00:00.000Z', champion: null });
    expect(resolved).to.include({ name: 'electricity', specHash: 'hash of electricity' });
    expect(taken).to.deep.equal([['electricity', run.id, '1997-05-27T00:00:00.000Z', 'manual']]);
  });

  it('else from the data interval of a scheduled run', async () => {
    const dataInterval = { start: '1997-05-06T00:00:00.000Z', end: '1997-05-13T00:00:00.000Z' };
    expect((await resolve({}, { run: { ...run, kind: 'scheduled', dataInterval } })).asOf).to.equal('1997-05-13T00:00:00.000Z');
    expect(taken[0]![3]).to.equal('scheduled');
  });

  it('else from the newest row, so that it is included', async () => {
    expect((await resolve({})).asOf).to.equal('1997-04-22T10:00:00.001Z');
  });

  it('pins what production serves', async () => {
    const pointer = { version: 'v7', generation: 3 };
    const registry = { ...worker.ctx.registry, pointer: () => Promise.resolve(pointer as never) };
    expect((await resolve({ asOf: '1997-05-27' }, { registry })).champion).to.deep.equal({ version: 'v7', generation: 3 });
  });

  it('fails when another run holds the model, when there is no such model, and when asOf is no time', async () => {
    const busy: ActivityContext['models'] = { ...models, acquire: () => Promise.reject(new RekindleError('MODEL_BUSY', 'held by x')) };
    await failureOf(resolve({ asOf: '1997-05-27' }, { models: busy }), 'MODEL_BUSY');
    await failureOf(resolve({ model: 'other' }), 'MODEL_NOT_FOUND');
    await failureOf(resolve({ asOf: 'yesterday' }), 'DAG_PARAMS_INVALID');
  });
});
