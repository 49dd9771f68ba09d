import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { findTestServer } from '../../scripts/setup/tools.mjs';
import { dag, format, task } from '../../core/dag/index.js';
import { openTestEngine, replayHistories, type TestEngine } from '../../workers/testing/index.js';
import { skip, tempFolder } from '../support/fixtures.js';
import { quietRuntime } from '../support/runtime.js';
import { refusalOf } from '../core/dag/support.js';

const load = task({ id: 'load', input: z.object({ file: z.string() }), retries: 2, run: ({ file }) => [file, 'loaded'] });
const file = task({ id: 'file', output: z.string(), run: () => 'never called' });
const slow = dag({ id: 'slow', params: z.object({ day: z.string() }) }, (d, { params }) => {
  const found = d.sense(file, {}, { every: '1 hour' });
  const waited = d.sleep('3 days', { after: [found] });
  const said = d.approve('sign', { title: format`load ${params.day}?` }, { after: [waited], within: '1 week' });
  return d.run(load, { file: found }, { after: [said] });
});
const child = dag({ id: 'child' }, (d) => d.runDag(slow, { day: 'x' }));

describe('a test engine', function () {
  this.timeout(240_000);
  let engine: TestEngine;
  let asked = 0;

  before(async function () {
    const server =
      findTestServer() ?? skip(this, 'no time-skipping test server (it needs Java and Maven): run `node scripts/setup.mjs --for test`');
    quietRuntime();
    engine = await openTestEngine({ dags: [slow, child], server, stubs: { file: () => (++asked > 5 ? 'a.csv' : null) } });
  });
  after(() => engine?.close());

  it('lets days pass in a moment, and runs what a deployment runs', async () => {
    asked = 0;
    const state = await engine.run('slow', { day: 'monday' });
    expect(state.state).to.equal('failed');
    expect(state.tasks['file']).to.include({ state: 'success', output: 'a.csv', tries: 6 });
    expect(state.tasks['sign']!.error!.code).to.equal('APPROVAL_TIMED_OUT');
    const days = (Date.parse(state.end!) - Date.parse(state.run.startedAt)) / 86_400_000;
    expect(days).to.be.within(10, 11);
  });

  it('answers approvals by the client, and looks at a run that goes on', async () => {
    asked = 5;
    const runId = await engine.start('slow', { day: 'tuesday' }, { logicalDate: '2026-03-01T00:00:00.000Z' });
    await engine.sleep('4 days');
    expect((await engine.state(runId)).tasks['sign']).to.deep.include({ state: 'deferred', request: { title: 'load tuesday?' } });
    const decision = { decision: 'approved', approver: 'ana', reason: 'fine' };
    await engine.client.workflow.getHandle(runId).executeUpdate('approve', { args: [{ instance: 'sign', ...decision }] });
    const state = await engine.finish(runId);
    expect(state).to.deep.include({ state: 'success', output: ['a.csv', 'loaded'] });
    expect(state.run.logicalDate).to.equal('2026-03-01T00:00:00.000Z');
  });

  it('runs child DAGs', async () => {
    asked = 5;
    const { tasks } = await engine.run('child');
    expect(tasks['slow']!.error!.message).to.contain('sign (APPROVAL_TIMED_OUT');
  });

  it('records histories without names of machines, which replay; a changed one does not', async () => {
    asked = 5;
    const folder = join(tempFolder(), 'histories');
    const runId = await engine.start('slow', { day: 'wednesday' });
    await engine.finish(runId);
    await engine.record(runId, join(folder, 'slow-unanswered.json'));
    const text = readFileSync(join(folder, 'slow-unanswered.json'), 'utf8');
    expect(text).to.contain('"identity": "recorded"');
    expect(text).to.not.contain(`${process.pid}@`);
    expect(await replayHistories(folder)).to.deep.equal(['slow-unanswered.json']);

    writeFileSync(join(folder, 'slow-other.json'), text.replaceAll('"activityId": "file"', '"activityId": "other"'));
    const error: unknown = await replayHistories(folder).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error);
    expect((error as Error).message).to.match(/^1 of 2 histories do not replay: .*\nslow-other\.json: /);
  });
});

describe('replaying histories', () => {
  it('says where there are none, and which file is none', async () => {
    const folder = tempFolder();
    expect((await refusalOf(replayHistories(folder))).message).to.contain('No recorded history is in');
    writeFileSync(join(folder, 'a.json'), '{');
    expect((await refusalOf(replayHistories(folder))).message).to.contain('a.json is no recorded history');
  });
});

describe('the entry for tests', () => {
  it('has what needs no server', async () => {
    const testing = await import('../../workers/testing/index.js');
    expect(Object.keys(testing).sort()).to.deep.equal([
      'aMonthOf',
      'assertRuns',
      'assertStates',
      'expectRun',
      'openTestEngine',
      'recordHistory',
      'replayHistories',
      'testDag',
      'treeOf',
    ]);
  });
});
