import { expect } from 'chai';
import { join } from 'node:path';
import { registerBackfill } from '../../../apps/cli/commands/dags-backfill.js';
import { registerPause } from '../../../apps/cli/commands/dags-pause.js';
import { publish } from '../../../client/publish.js';
import { dagSchedule, ensureSchedule, removeSchedule } from '../../../client/schedules.js';
import { cron, dag, task } from '../../../core/dag/index.js';
import { keys } from '../../../core/names.js';
import { FolderStore } from '../../../platform/object-store/folder.js';
import { backfillActivities } from '../../../workers/backfill.js';
import type { BackfillActivities } from '../../../workflows/backfill.js';
import { runCommand, type Said } from '../../support/command.js';
import { tempFolder, temporalAddress } from '../../support/fixtures.js';
import { quietRuntime } from '../../support/runtime.js';
import { openDagHouse, type DagHouse } from '../../workflows/dag-run-house.js';

const load = task({
  id: 'load',
  retries: 0,
  run: (_input, { run }) => {
    if (run.logicalDate.startsWith('2025-01-02')) throw new Error('a holiday');
    return run.logicalDate;
  },
});
const sales = dag({ id: 'sales', schedule: cron('@daily') }, (d) => d.run(load));
const byHand = dag({ id: 'byHand' }, (d) => d.run(load));

describe('rekindle dags backfill, pause and unpause', function () {
  this.timeout(60_000);
  const environment = { ...process.env };
  const NAMES = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'REKINDLE_STORE'];
  let house: DagHouse;
  let project: string;

  before(async function () {
    quietRuntime();
    project = tempFolder();
    const objects = new FolderStore(join(project, 'objects'));
    const later = <K extends keyof BackfillActivities>(name: K): BackfillActivities[K] =>
      ((...args: [never, never]) => backfillActivities(house.client, objects)[name](...args)) as BackfillActivities[K];
    house = await openDagHouse(this, [sales, byHand], {
      planBackfill: later('planBackfill'),
      nextBackfillRuns: later('nextBackfillRuns'),
    });
    for (const { id, spec, hash } of [sales, byHand])
      await publish(objects, { current: keys.dagCurrent(id), key: keys.dagSpec(id, hash), spec, hash, project: 'shop', file: 'dags/a.ts' });
    await ensureSchedule(house.client, dagSchedule(sales.spec)!);
    Object.assign(process.env, {
      TEMPORAL_ADDRESS: await temporalAddress(this),
      TEMPORAL_NAMESPACE: house.client.options.namespace,
      REKINDLE_STORE: `folder:${join(project, 'objects')}`,
    });
  });
  after(async () => {
    for (const name of NAMES) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
    if (house) await removeSchedule(house.client, 'dag/sales');
    await house?.close();
  });

  const rekindle = (...args: string[]): Promise<Said> =>
    runCommand(
      (program) => {
        registerBackfill(program);
        registerPause(program);
      },
      [...args, '--project', project],
    );
  const RANGE = ['backfill', 'sales', '--from', '2025-01-01', '--to', '2025-01-03'];

  it('says what would run, runs it, and exits with 1 because a run failed', async () => {
    const { out } = await rekindle(...RANGE, '--dry-run');
    expect(out.split('\n')[1]).to.match(/^2025-01-01T00:00:00\.000Z +run +- +sales-2025-01-01T00:00:00Z$/);
    expect(out).to.contain('3 runs would start, 0 dates would be left alone.');
    const { exit, out: text, err } = await rekindle(...RANGE, '--concurrency', '1', '--wait');
    expect(text).to.equal('3 of 3 dates done: 2 succeeded, 1 failed, 0 left alone\n  failed   sales-2025-01-02T00:00:00Z\n');
    expect(exit).to.equal(1);
    expect(err).to.match(/^backfill\/sales\/2025-01-01T00:00:00\.000Z\.\.2025-01-03T23:59:59\.999Z\n/);
    const again = JSON.parse((await rekindle(...RANGE, '--reprocess', 'failed', '--dry-run', '--json')).out) as { dates: object[] };
    expect(again.dates[1]).to.include({ action: 'run', found: 'failed', runId: 'sales-2025-01-02T00:00:00Z~2' });
    expect(again.dates[2]).to.include({ action: 'skip', found: 'success' });
  });

  it('exits with 0 when every run succeeded, and prints one document for machines', async () => {
    const { exit, out } = await rekindle('backfill', 'sales', '--from', '2025-02-01', '--to', '2025-02-02', '--wait', '--json');
    expect(exit).to.equal(0);
    expect(JSON.parse(out)).to.deep.include({ dag: 'sales', state: 'done', total: 2, succeeded: 2, failed: 0 });
  });

  it('finds no backfill under way where there is none', async () => {
    expect((await rekindle('backfill', 'byHand', '--progress')).out).to.equal("No backfill of 'byHand' is under way.\n");
    expect(JSON.parse((await rekindle('backfill', 'byHand', '--cancel', '--json')).out)).to.deep.equal([]);
  });

  it('pauses, says since when, and goes on', async () => {
    const { out } = await rekindle('pause', 'sales', '--reason', 'stock-taking', '--json');
    expect(JSON.parse(out)).to.include({ dag: 'sales', paused: true, reason: 'stock-taking' });
    const schedule = house.client.schedule.getHandle('dag/sales');
    expect((await schedule.describe()).state).to.deep.include({ paused: true });
    expect((await rekindle('unpause', 'sales')).out).to.equal("'sales' runs by itself again.\n");
    expect((await schedule.describe()).state.paused).to.equal(false);
  });

  for (const [args, code, exit] of [
    [['backfill', 'sales', '--from', '2025-01-01'], 'USAGE', 2],
    [['backfill', 'nobody', '--from', '2025-01-01', '--to', '2025-01-02'], 'DAG_NOT_FOUND', 2],
    [['backfill', 'byHand', '--from', '2025-01-01', '--to', '2025-01-02'], 'SCHEDULE_NOT_FOUND', 2],
    [['backfill', 'sales', '--from', '2025-01-02', '--to', '2025-01-01'], 'BACKFILL_INVALID', 2],
    [['pause', 'byHand'], 'SCHEDULE_NOT_FOUND', 2],
    [['unpause', 'nobody'], 'DAG_NOT_FOUND', 2],
  ] as const)
    it(`refuses '${args.join(' ')}'`, async () => {
      const said = await rekindle(...args);
      expect(said.err).to.contain(code);
      expect(said.exit).to.equal(exit);
    });
});
