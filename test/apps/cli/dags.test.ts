import { expect } from 'chai';
import { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { registerDags } from '../../../apps/cli/commands/dags.js';
import { cancelRun, runState, startRun, type LiveRunState } from '../../../client/dags.js';
import { publish } from '../../../client/publish.js';
import { dag, task } from '../../../core/dag/index.js';
import { keys } from '../../../core/names.js';
import { tempFolder, temporalAddress } from '../../support/fixtures.js';
import { quietRuntime } from '../../workflows/model-house.js';
import { openDagHouse, type DagHouse } from '../../workflows/dag-run-house.js';

const look = task({ id: 'look', run: () => null as string | null });
const flaky = task({
  id: 'flaky',
  retries: 3,
  backoff: { first: '1 hour' },
  run: () => {
    throw new Error('not today');
  },
});
const say = task({ id: 'say', input: z.any(), run: (input) => input as unknown });
const nobody = task({ id: 'nobody', queue: 'a-queue-without-workers', run: () => 1 });

const WAITING = dag({ id: 'waiting', doc: 'Waits for everything.' }, (d) => {
  const sure = d.approve(
    'sure',
    { title: 'Ship it?', show: { auc: 0.91 } },
    { input: z.object({ weight: z.number().max(1) }), within: '1 day' },
  );
  d.run(say, { input: sure.input }, { id: 'ship' });
  d.sense(look, {}, { id: 'file', every: '30 minutes' });
  d.sleep('2 hours', { id: 'nap' });
  d.run(flaky, {});
  d.run(nobody, {});
});
/** More than twice as many items as one shard takes: each is in a workflow of its own. */
const SHARDED = dag({ id: 'sharded' }, (d) => {
  d.map([1, 2, 3], (item) => d.approve('check', { title: 'Right?', show: item }), { id: 'items', shard: 1 });
});
const QUICK = dag({ id: 'quick', params: z.object({ n: z.number().default(1) }) }, (d, { params }) => d.run(say, { n: params.n }));

interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

describe('rekindle dags, beside a server', function () {
  this.timeout(60_000);
  let house: DagHouse;
  let project: string;
  const environment = { ...process.env };

  before(async function () {
    quietRuntime();
    const address = await temporalAddress(this);
    house = await openDagHouse(this, [WAITING, SHARDED, QUICK]);
    project = tempFolder();
    Object.assign(process.env, {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: house.client.options.namespace,
      REKINDLE_STORE: `folder:${house.store}`,
    });
    for (const { id, spec, hash } of [WAITING, SHARDED, QUICK]) {
      const history = (generation: number): string => keys.dagHistory(id, generation);
      await publish(house.objects, {
        ...{ current: keys.dagCurrent(id), key: keys.dagSpec(id, hash), history, spec, hash, project: 'test', file: `dags/${id}.ts` },
      });
    }
  });
  after(async () => {
    for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'REKINDLE_STORE']) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
    await house?.close();
  });

  /** what the command that runs has said so far */
  let said = { out: '', err: '' };
  /** Runs a command as the binary does, and catches what it says. */
  const rekindle = async (...args: string[]): Promise<Said> => {
    const mine = (said = { out: '', err: '' });
    const [stdout, stderr] = [process.stdout.write.bind(process.stdout), process.stderr.write.bind(process.stderr)];
    process.stdout.write = (text) => Boolean((mine.out += String(text)));
    process.stderr.write = (text) => Boolean((mine.err += String(text)));
    try {
      const program = new Command().exitOverride();
      registerDags(program);
      await program.parseAsync(['dags', ...args, '--project', project], { from: 'user' });
      return { exit: Number(process.exitCode ?? 0), ...mine };
    } finally {
      process.stdout.write = stdout;
      process.stderr.write = stderr;
      process.exitCode = 0;
    }
  };
  const json = async (...args: string[]) => {
    const { out, exit, err } = await rekindle(...args, '--json');
    return { exit, err, document: JSON.parse(out) };
  };
  const start = async (id: string): Promise<string> => startRun(house.client, id, {}, { runId: `${id}-${randomUUID()}` });
  const eventually = async (runId: string, what: string, holds: (state: LiveRunState) => boolean): Promise<LiveRunState> => {
    for (const deadline = Date.now() + 20_000; ; await sleep(50)) {
      const state = await runState(house.client, house.objects, runId).catch(() => undefined);
      if (state && holds(state)) return state;
      if (Date.now() > deadline) throw new Error(`It never happened that ${what}: ${JSON.stringify(state)}`);
    }
  };

  describe('a run that waits', () => {
    let runId: string;
    before(async () => {
      runId = await start('waiting');
      await eventually(runId, 'everything waits', ({ tasks, pending }) => {
        return tasks['flaky']?.state === 'up_for_retry' && pending?.['file']?.next !== undefined && tasks['sure']?.request !== undefined;
      });
    });

    it('says what only the server knows: tries, the next one, and that no worker has a task', async () => {
      const { document } = await json('state', runId);
      expect(document.tasks.flaky).to.deep.include({ state: 'up_for_retry', tries: 1 });
      expect(document.tasks.flaky.error.message).to.contain('not today');
      const inAnHour = Date.parse(document.pending.flaky.next) - Date.now();
      expect(inAnHour).to.be.within(3_400_000, 3_600_000);
      expect(Date.parse(document.pending.file.next) - Date.now()).to.be.within(1_700_000, 1_800_000);
      expect(document.tasks.file).to.deep.include({ state: 'deferred', kind: 'sensor', tries: 1 });
      expect(Date.parse(document.tasks.nap.until) - Date.parse(document.tasks.nap.start)).to.equal(2 * 3_600_000);
      expect(document.tasks.sure.form).to.deep.include({ type: 'object', required: ['weight'] });
      expect(Date.parse(document.tasks.sure.until) - Date.parse(document.tasks.sure.start)).to.equal(24 * 3_600_000);
      expect(document.pending.nobody).to.deep.include({ waitsFor: 'worker' });
    });

    it('says it to people, with the evidence and the command that answers', async () => {
      const { out } = await rekindle('state', runId);
      for (const part of ['no worker has taken it yet', 'asks again in', 'Ship it?', 'auc: 0.91']) expect(out).to.contain(part);
      expect(out).to.match(/next try in (59|60) min/);
      expect(out).to.contain(`→ rekindle dags approve ${runId} sure`);
      expect((await rekindle('state', runId, '--format', 'graph')).out).to.match(/◦ sure {2}\(approval, deferred/);
      expect((await rekindle('state', runId, '--format', 'mermaid')).out).to.contain('classDef up_for_retry');
      const file = join(project, 'run.svg');
      expect((await rekindle('state', runId, '--format', 'svg', '--output', file)).out).to.contain(file);
      expect(readFileSync(file, 'utf8')).to.match(/^<svg [^]*class="outline task up_for_retry"/);
    });

    it('takes notes, marks and cancellations of its tasks', async () => {
      expect((await rekindle('note', runId, 'the supplier is late', '--author', 'ana')).exit).to.equal(0);
      expect((await rekindle('mark', runId, 'file', 'success', '--output', '"there"', '--actor', 'ben')).exit).to.equal(0);
      expect((await rekindle('cancel', runId, 'nobody', '--actor', 'ben')).exit).to.equal(0);
      const { tasks, notes } = await eventually(runId, 'nobody is over', (state) => state.tasks['nobody']?.state === 'failed');
      expect(tasks['file']).to.deep.include({ state: 'success', output: 'there' });
      expect(tasks['nobody']!.error!.code).to.equal('TASK_CANCELLED');
      expect(notes!.map(({ author }) => author)).to.include.members(['ana', 'ben']);
      expect((await rekindle('state', runId)).out).to.match(/✎ .* ana: the supplier is late/);
    });

    it('refuses what does not fit, with a remedy', async () => {
      const unfit = await rekindle('approve', runId, 'sure', '--input', '{"weight":2}');
      expect(unfit).to.include({ exit: 2 });
      expect(unfit.err).to.match(/^✖ DAG_RUN_REFUSED\n.*weight.*\n {2}→ /);
      const unknown = await rekindle('mark', runId, 'shi', 'failed');
      expect(unknown).to.include({ exit: 2 });
      expect(unknown.err).to.contain('Did you mean ship?');
      expect((await rekindle('mark', runId, 'ship', 'failed')).err).to.contain("'ship' does not run");
      expect((await rekindle('note', `waiting-${randomUUID()}`, 'x')).err).to.match(/^✖ DAG_RUN_NOT_FOUND\n/);
    });

    it('goes on when the only approval that waits is answered without its name', async () => {
      const { exit, document } = await json('approve', runId, '--input', '{"weight":0.1}', '--approver', 'ana', '--reason', 'looks good');
      expect({ exit, document }).to.deep.equal({
        exit: 0,
        document: { runId, instance: 'sure', decision: 'approved', approver: 'ana', reason: 'looks good' },
      });
      const { tasks } = await eventually(runId, 'it is shipped', (state) => state.tasks['ship']?.state === 'success');
      expect(tasks['ship']!.output).to.deep.equal({ input: { weight: 0.1 } });
      expect((await rekindle('approve', runId)).err).to.contain('none waits');
    });

    it('is over once it is cancelled', async () => {
      expect((await rekindle('cancel', runId)).exit).to.equal(0);
      await eventually(runId, 'it is over', ({ state }) => state === 'failed');
      const { out, exit } = await rekindle('state', runId, '--watch');
      expect(exit).to.equal(1);
      expect(out).to.contain('failed (cancelled)');
    });
  });

  it('reaches the items of a large map, which are in workflows of their own', async () => {
    const runId = await start('sharded');
    const whole = await eventually(runId, 'all items wait', ({ tasks }) =>
      [0, 1, 2].every((i) => tasks[`items[${i}].check`]?.state === 'deferred'),
    );
    expect(whole.composites['items']!.shards).to.have.length(3);
    expect((await rekindle('approve', runId)).err).to.match(/these wait: items\[0\]\.check, items\[1\]/);
    for (const i of [0, 1]) expect((await rekindle('approve', runId, `items[${i}].check`)).exit).to.equal(0);
    expect((await rekindle('mark', runId, 'items[2].check', 'failed')).exit).to.equal(0);
    const ended = await eventually(runId, 'it is over', ({ state }) => state !== 'running');
    expect(Object.values(ended.tasks).map(({ state }) => state)).to.deep.equal(['success', 'success', 'failed']);
    const { out } = await rekindle('state', runId);
    expect(out).to.contain('3 items, 2 done, 1 failed').and.to.contain('[2]\n');
  });

  it('tells that a run was ended by force, which the run itself cannot', async () => {
    const runId = await start('waiting');
    await eventually(runId, 'it runs', ({ tasks }) => tasks['sure']?.request !== undefined);
    await house.client.workflow.getHandle(runId).terminate('impatience');
    const state = await eventually(runId, 'it is known', (found) => found.state === 'failed');
    expect(state.error!.message).to.contain('terminated');
    expect(Object.values(state.tasks).filter((task) => task.state === 'running' || task.state === 'deferred')).to.deep.equal([]);
  });

  it('finds runs by state, dates and kind, and lays them side by side', async () => {
    const runId = await start('quick');
    await house.client.workflow.getHandle(runId).result();
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50))
      if ((await json('runs', 'quick', '--state', 'success')).document.length > 0) break; // the index is some moments late
    const ids = async (...args: string[]): Promise<string[]> =>
      ((await json('runs', 'quick', ...args)).document as { runId: string }[]).map((run) => run.runId);
    expect(await ids('--state', 'success', '--kind', 'manual', '--since', '2020-01-01')).to.deep.equal([runId]);
    expect(await ids('--state', 'failed')).to.deep.equal([]);
    expect(await ids('--kind', 'scheduled')).to.deep.equal([]);
    expect(await ids('--until', '2020-01-01')).to.deep.equal([]);
    const wrong: unknown = await rekindle('runs', 'quick', '--state', 'lost').catch((error: unknown) => error);
    expect(String(wrong)).to.contain('running, success, failed');
    const { document } = await json('grid', 'quick');
    expect(document.tasks).to.deep.equal([{ node: 'say', states: ['success'] }]);
    expect((await rekindle('grid', 'quick')).out).to.match(/^took.*\nrun +✔\nsay +✔\n/);
    const { document: versions } = await json('versions', 'quick');
    expect(versions).to.have.length(1);
    expect(versions[0]).to.deep.include({ hash: QUICK.hash, current: true, runs: [{ runId, state: 'success' }] });
    expect(versions[0].published[0]).to.deep.include({ generation: 1, project: 'test', file: 'dags/quick.ts' });
  });

  it('shows the tree as it changes where a person looks, and takes it away at the end', async () => {
    const { isTTY } = process.stderr;
    process.stderr.isTTY = true;
    try {
      const runId = `waiting-${randomUUID()}`;
      const watched = rekindle('trigger', 'waiting', '--run-id', runId, '--wait');
      const drawn = (): string[] => said.err.split(/\x1b\[\d+A\r\x1b\[J/);
      while (drawn().filter((frame) => frame.includes('sure (approval deferred')).length < 2) await sleep(50);
      await cancelRun(house.client, runId);
      const { out, exit } = await watched;
      expect(exit).to.equal(1);
      const frames = drawn();
      expect(frames.every((frame) => frame === '' || frame.includes(runId))).to.equal(true);
      expect(frames.at(-1)).to.equal('');
      expect(out).to.contain('failed (cancelled)');
    } finally {
      process.stderr.isTTY = isTTY;
    }
  });

  it('draws and documents what is published', async () => {
    expect((await rekindle('show', 'waiting')).out).to.match(/^waiting {2}Waits for everything\.\n[^]* {2}ship {2}← sure/m);
    expect((await rekindle('show', 'waiting', '--graph')).out).to.match(/● sure {2}\(approval\)\n.*● ship/);
    expect((await rekindle('show', 'waiting', '--format', 'dot')).out).to.match(/^digraph "waiting" {/);
    expect((await json('show', 'quick')).document.params).to.deep.equal([
      { name: 'n', type: 'number', required: false, default: 1, about: '' },
    ]);
    expect((await rekindle('docs', 'waiting')).out).to.match(/^# waiting\n\nWaits for everything\.\n[^]*```mermaid\n/);
    const unknown = await rekindle('show', 'wating');
    expect(unknown).to.include({ exit: 2 });
    expect(unknown.err).to.contain('Published are: quick, sharded, waiting.');
  });
});
