import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Command } from 'commander';
import { z } from 'zod';
import { registerClear } from '../../../apps/cli/commands/dags-clear.js';
import { registerSpeak } from '../../../apps/cli/commands/dags-speak.js';
import type * as ImportModule from '../../../workers/import-project.js';
import { DIFFERENCES } from '../../../core/dag/replay.js';
import type * as ReplayModule from '../../../apps/cli/commands/dags-replay.js';
import { runEnded } from '../../../client/dags.js';
import { publish } from '../../../client/publish.js';
import { dag, task } from '../../../core/dag/index.js';
import { keys } from '../../../core/names.js';
import { tempFolder } from '../../support/fixtures.js';
import { importOwn } from '../../support/project.js';
import { quietRuntime } from '../../support/runtime.js';
import { openDagHouse, type DagHouse } from '../../workflows/dag-run-house.js';

let isBroken = true;
const count = task({ id: 'count', output: z.object({ rows: z.number() }), run: () => ({ rows: 3 }) });
const store = task({
  id: 'store',
  input: z.object({ rows: z.number() }),
  run: ({ rows }) => {
    if (isBroken) throw new Error('the disk is full');
    return rows;
  },
});
const etl = dag({ id: 'etl', params: z.object({ day: z.string() }) }, (d) => d.run(store, { rows: d.run(count).rows }));

/** A draft of the next version, as a user writes it. */
const DRAFT = `
import { dag, task } from 'rekindle';
import { z } from 'zod';
const count = task({ id: 'count', output: z.object({ rows: z.number() }), run: () => ({ rows: 3 }) });
const check = task({ id: 'check', input: z.object({ rows: z.number() }), output: z.number(), run: ({ rows }) => rows });
const store = task({ id: 'store', input: z.object({ rows: z.number() }), run: ({ rows }) => rows });
export default dag({ id: 'etl', params: z.object({ day: z.iso.date() }) }, (d) => d.run(store, { rows: d.run(check, { rows: d.run(count).rows }) }));
`;

interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

describe('rekindle dags clear, retry and replay', function () {
  this.timeout(120_000);
  let house: DagHouse;
  let project: string;
  const environment = { ...process.env };
  const ours = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'REKINDLE_STORE'];

  before(async function () {
    quietRuntime();
    house = await openDagHouse(this, [etl]);
    const { spec, hash, id } = etl;
    const file = `dags/${id}.ts`;
    await publish(house.objects, { current: keys.dagCurrent(id), key: keys.dagSpec(id, hash), spec, hash, project: 'p', file });
    const { client, objects } = house;
    project = tempFolder();
    const key = keys.dagCurrent(id);
    const folder = fileURLToPath(await objects.presign(key, 60)).slice(0, -key.length - 1);
    Object.assign(process.env, {
      TEMPORAL_ADDRESS: (client.connection as unknown as { options: { address: string } }).options.address,
      TEMPORAL_NAMESPACE: client.options.namespace,
      REKINDLE_STORE: `folder:${folder}`,
    });
  });
  after(async () => {
    for (const name of ours) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
    await house?.close();
  });
  beforeEach(() => (isBroken = true));

  const failedRun = async (): Promise<string> => {
    const { workflowId } = await house.start('etl', { day: '2026-01-31' });
    await runEnded(house.client, workflowId);
    return workflowId;
  };

  /** Runs a command as the binary does, and catches what it says. */
  const rekindle = async (...args: string[]): Promise<Said> => {
    const said = { out: '', err: '' };
    const [stdout, stderr] = [process.stdout.write.bind(process.stdout), process.stderr.write.bind(process.stderr)];
    process.stdout.write = (text) => Boolean((said.out += String(text)));
    process.stderr.write = (text) => Boolean((said.err += String(text)));
    try {
      const program = new Command().exitOverride();
      const dags = program.command('dags');
      registerClear(dags);
      registerSpeak(dags);
      (await importOwn<typeof ReplayModule>('apps/cli/commands/dags-replay')).registerReplay(dags);
      await program.parseAsync(['dags', ...args, '--project', project], { from: 'user' });
      return { exit: Number(process.exitCode ?? 0), ...said };
    } finally {
      process.stdout.write = stdout;
      process.stderr.write = stderr;
      process.exitCode = 0;
    }
  };
  const json = async (...args: string[]): Promise<any> => JSON.parse((await rekindle(...args, '--json')).out);

  it('says what would be run again, without doing it', async () => {
    const run = await failedRun();
    const { out, exit } = await rekindle('clear', run, '--failed', '--dry-run');
    expect(exit).to.equal(0);
    expect(out).to.equal(
      [`${run} → ${run}~2  (version ${etl.hash.slice(0, 12)})`, '  AGAIN  WHY', '  store  chosen', '1 results are kept.', ''].join('\n'),
    );
    expect(await json('clear', run, 'count', '--dry-run')).to.deep.equal({
      dryRun: true,
      dag: 'etl',
      clearedFrom: run,
      runId: `${run}~2`,
      hash: etl.hash,
      again: [
        { instance: 'count', reason: 'selected' },
        { instance: 'store', reason: 'downstream' },
      ],
      open: [],
      fresh: [],
      dropped: [],
      kept: 0,
    });
  });

  it('clears a run, follows the new one to its end, and exits by how that went', async () => {
    const run = await failedRun();
    expect((await rekindle('clear', run, '--failed', '--wait')).exit).to.equal(1);
    isBroken = false;
    const cleared = await json('clear', `${run}~2`, 'store', '--wait');
    expect(cleared).to.deep.include({ clearedFrom: `${run}~2`, runId: `${run}~3`, state: 'success', output: 3 });
    expect(await json('retry', run, '--wait')).to.deep.include({ runId: `${run}~4`, state: 'success', kept: 0 });
  });

  it('takes a task of an ended run as having succeeded', async () => {
    const run = await failedRun();
    const marked = await json('mark', run, 'store', 'success', '--output', '7', '--actor', 'ana');
    expect(marked).to.deep.equal({ runId: `${run}~2`, clearedFrom: run, instance: 'store', state: 'success', actor: 'ana' });
    await runEnded(house.client, `${run}~2`);
    expect(await house.stored('etl', `${run}~2`)).to.deep.include({ state: 'success', output: 7 });
    expect(await json('mark', 'nobody', 'store', 'success')).to.have.nested.property('error.code', 'DAG_RUN_NOT_FOUND');
  });

  it('refuses what it does not understand, with the way out', async () => {
    const run = await failedRun();
    const nothing = await rekindle('clear', run);
    expect([nothing.exit, nothing.err]).to.deep.equal([
      2,
      '✖ USAGE\n  Say what to clear: tasks, --failed, or --all.\n  → See `rekindle <command> --help`.\n',
    ]);
    expect(await json('clear', run, 'stor')).to.have.nested.property('error.code', 'TASK_INSTANCE_NOT_FOUND');
    expect(await json('clear', 'nobody', '--all')).to.have.nested.property('error.code', 'DAG_RUN_NOT_FOUND');
  });

  it('clears many runs only after a yes', async () => {
    const since = new Date().toISOString();
    const runs = [await failedRun(), await failedRun()];
    isBroken = false;
    const bulk = ['clear', '--dag', 'etl', '--since', since];
    let planned: { runs: { clearedFrom: string }[] } = { runs: [] };
    while (planned.runs.length < 2) planned = await json(...bulk, '--dry-run'); // Temporal's index is a little late
    expect(planned.runs.map(({ clearedFrom }) => clearedFrom)).to.deep.equal(runs);

    const refused = await rekindle(...bulk);
    expect(refused.exit).to.equal(2);
    expect(refused.err).to.include("Clear 2 runs of 'etl'? Nothing was done: say --yes to do it");

    const { exit, out, err } = await rekindle(...bulk, '--yes', '--at-a-time', '1');
    expect([exit, out]).to.deep.equal([0, '2 runs cleared, 0 failed.\n']);
    expect(err).to.match(/▸ \S+~2\n✔ \S+~2 \(success; 1 of 2\)\n▸ \S+~2\n✔ \S+~2 \(success; 2 of 2\)\n$/);
  });

  it('replays runs against a draft, and fails where that was asked for', async () => {
    isBroken = false;
    const run = await failedRun();
    const draft = join(project, 'draft.ts');
    writeFileSync(draft, DRAFT);
    const { out, exit, err } = await rekindle('replay', run, '--with', draft);
    expect(err).to.equal('');
    expect(exit).to.equal(0);
    expect(out.split('\n')).to.deep.equal([
      `✖ ${run}: 3 differences`,
      '  WHAT   WHERE  HOW',
      '  new    check  would have run, and nothing is recorded of it',
      '  input  store  input differs at rows (it comes of check, which was not run), so its result may too',
      "  order  store  waits for 'check' too, no longer waits for 'count'",
      '',
    ]);
    expect((await rekindle('replay', run, '--with', draft, '--fail-on-difference')).exit).to.equal(1);

    const same = await json('replay', '--dag', 'etl', '--last', '2', '--with', etl.hash.slice(0, 12), '--fail-on-difference');
    expect(same.runs.map(({ differences }: { differences: unknown[] }) => differences)).to.deep.equal([[], []]);
  });

  it('says when a draft would have refused the params, and when it is no DAG', async () => {
    const { workflowId } = await house.start('etl', { day: 'monday' });
    await runEnded(house.client, workflowId);
    const draft = join(project, 'strict.ts');
    writeFileSync(draft, DRAFT);
    const { runs } = await json('replay', workflowId, '--with', draft);
    expect(runs[0].differences).to.have.length(1);
    expect(runs[0].differences[0]).to.deep.include({ kind: 'params', was: { day: 'monday' } });
    writeFileSync(join(project, 'empty.ts'), 'export const x = 1;');
    expect(await json('replay', workflowId, '--with', join(project, 'empty.ts'))).to.have.nested.property('error.code', 'PROJECT_INVALID');
  });

  describe('as documented', () => {
    const page = (name: string): string => readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8');

    it('clears a run from a program', async () => {
      const run = await failedRun();
      isBroken = false;
      const program = /```ts\n([^]*?)```/.exec(page('clear'))![1]!;
      const path = join(project, 'clear-it.ts');
      writeFileSync(path, program.replace('nightly-2026-01-31T03:00:00Z', run).replace("'.'", JSON.stringify(project)));
      await (await importOwn<typeof ImportModule>('workers/import-project')).importerOf(project)(path);
      expect((await house.stored('etl', `${run}~2`)).state).to.equal('success');
    });

    it('has the options that the pages use, and a line for each kind of difference', async () => {
      const dags = new Command();
      registerClear(dags);
      (await importOwn<typeof ReplayModule>('apps/cli/commands/dags-replay')).registerReplay(dags);
      const lines = [...`${page('clear')}${page('replay')}`.matchAll(/^rekindle dags (clear|retry|replay) (.*)$/gm)];
      expect(lines).to.have.length.greaterThan(8);
      for (const [line, name, rest] of lines) {
        const known = dags.commands.find((command) => command.name() === name)!.options.map(({ long }) => long);
        for (const [option] of rest!.split('  #')[0]!.matchAll(/--[a-z-]+/g)) expect(known, line).to.include(option);
      }
      for (const kind of DIFFERENCES) expect(page('replay')).to.match(new RegExp(`^\\|.*\`${kind}\`.*\\|.*\\|$`, 'm'));
    });
  });
});
