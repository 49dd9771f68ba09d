import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { expect } from 'chai';
import type { DagRunState, TaskInstanceState } from '../../core/dag/index.js';
import { keys, TASK_QUEUES } from '../../core/names.js';
import { startChild } from '../../platform/child-process.js';
import { FolderStore } from '../../platform/object-store/folder.js';
import { packageRoot } from '../../platform/package.js';
import { approveTask } from '../../workflows/dag-messages.js';
import { tempFolder } from '../support/fixtures.js';
import { isRecording, recordHistory } from '../support/histories.js';
import { quietRuntime } from '../support/runtime.js';
import { build, rekindleWith } from './command.js';
import { ownTemporal, type OwnTemporal } from '../support/own-temporal.js';
import { linesIn, toldBy, triesIn, type Accepted, type Told, type Try } from './task-bodies.js';
import { startFlock, type Flock } from './worker-flock.js';

const PROJECT = fileURLToPath(new URL('engine-project', import.meta.url));

/** Every construct of the language: engine-project/dags. `consumes` is started by what `produces` makes, `child` by others. */
const DAGS = ['maps', 'groups', 'waits', 'children', 'saga', 'cancelled', 'limited', 'produces', 'long'] as const;
/**
 * Two workflow workers and two task workers: one of each may be dead at any time. Runs wait up to 10 s for a workflow worker that
 * has them in its memory, and 6 s (engine-project/tasks.ts) for the end of a task.
 */
const PLACES = [TASK_QUEUES.orchestration, TASK_QUEUES.data, TASK_QUEUES.orchestration, TASK_QUEUES.data].map((queues) => ({
  queues,
  life: queues === TASK_QUEUES.orchestration ? 12_000 : 6_000,
}));
/** Events of a history after which the server asks for another execution: so few that all but the smallest runs go on in others. */
const FEW = 40;
/** For test/histories: name, workflow, which of its executions. */
const RECORDED = [
  ['dag-run-cached', 'produces-calm', 0],
  ['dag-run-continued', 'groups-calm', 1],
  ['dag-run-continues', 'groups-calm', 0],
  ['dag-run-limited', 'limited-calm', 1],
  ['dag-run-past', 'past-calm-2', 0],
  ['dag-run-saga', 'saga-calm', 0],
  ['shard-continues', 'maps-calm/sharded[0-5]', 0],
] as const;
/** Everything is run again until so many workers have died, one of them in a body: a fast machine is through before the first blow falls. */
const ENOUGH = 6;
const MOST_ROUNDS = 10;
/** ms that a round may take */
const PATIENCE = 300_000;

const seed = Number(process.env['REKINDLE_SEED'] ?? Date.now() % 1_000_000);

type Essence = Pick<DagRunState, 'state'> & { readonly tasks: Readonly<Record<string, object>>; readonly more: object };

/** What must not depend on who was killed when. @param round whose name is in outputs */
const essence = (text: string, round: string): Essence => {
  const { state, cancelled, output, tasks, composites, late } = JSON.parse(text.replaceAll(round, 'ROUND')) as DagRunState;
  const of = ({ state, kind, output, error }: TaskInstanceState): object => ({
    ...{ state, kind },
    output: kind === 'approval' ? null : output, // says when
    // whether a worker hears of the cancellation before it is killed is chance
    error: cancelled ? error !== undefined : error?.code,
  });
  return {
    state,
    tasks: Object.fromEntries(Object.entries(tasks).map(([id, task]) => [id, of(task)])),
    more: {
      ...{ cancelled: cancelled ?? false, output, late: late !== undefined },
      composites: Object.entries(composites).map(([id, { state, arm, items }]) => [id, { state, arm, items }]),
    },
  };
};

const byKey = (tries: readonly Try[]): Map<string, Try[]> => {
  const groups = new Map<string, Try[]>();
  for (const each of tries) groups.set(each.key, [...(groups.get(each.key) ?? []), each]);
  return groups;
};

const isCached = (key: string): boolean => key.endsWith('/again') && key.startsWith('produces-');

/** Most that went on at the same time. */
const mostAtOnce = (tries: readonly Try[]): number =>
  Math.max(...tries.map(({ from }) => tries.filter((other) => other.from <= from && from < other.to).length));

describe(`kill -9 of workers while runs of every construct go on (REKINDLE_SEED=${seed})`, function () {
  this.timeout(2 * PATIENCE);
  let temporal: OwnTemporal;
  let flock: Flock;
  let elsewhere: { readonly worker: Worker; readonly over: Promise<void>; readonly connection: NativeConnection };
  let objects: FolderStore;
  let bodies: string;
  let calm: Record<string, Essence>;
  /** by round */
  const wild = new Map<string, Record<string, Essence>>();
  let told: Told;
  let tries: readonly Try[];

  const activities = (key: string): readonly Accepted[] => told.activities.get(key) ?? [];
  const diedInBodies = (): Try[] => tries.filter(({ ended }) => ended === 'killed');

  before(async function () {
    quietRuntime();
    temporal = await ownTemporal(this, { 'limit.historyCount.suggestContinueAsNew': FEW });
    await build();
    const project = tempFolder();
    cpSync(PROJECT, project, { recursive: true });
    bodies = join(project, 'bodies.jsonl');
    objects = new FolderStore(join(project, '.rekindle/objects'));
    const env = { TEMPORAL_ADDRESS: temporal.address, BODIES: bodies };
    const start = (queues: string, onLine: (line: string) => void) =>
      startChild({
        file: process.execPath,
        args: [join(packageRoot, 'dist/workers/main.js'), '--project', project, '--queues', queues],
        env: { ...process.env, ...env },
        onLine,
      });
    const connection = await NativeConnection.connect({ address: temporal.address });
    const worker = await Worker.create({
      connection,
      taskQueue: 'elsewhere',
      workflowsPath: fileURLToPath(new URL('elsewhere.workflows.ts', import.meta.url)),
      activities: { shout: async ({ text }: { text: string }) => text.toUpperCase() },
    });
    elsewhere = { worker, over: worker.run(), connection };
    flock = await startFlock({ seed, places: PLACES, start });
    const synced = await rekindleWith(env, project, 'sync');
    expect(synced.code, synced.stderr).to.equal(0);

    calm = await runAll('calm');
    if (isRecording) for (const [name, id, execution] of RECORDED) await recordHistory(name, await executionOf(id, execution));
    flock.torment();
    do {
      const round = `wild${wild.size + 1}`;
      wild.set(round, await runAll(round));
      tries = triesIn(linesIn(bodies), flock.killed);
    } while (wild.size < MOST_ROUNDS && (flock.killed.size < ENOUGH || diedInBodies().length === 0));
    told = await toldBy(temporal.client);
  });
  after(async () => {
    await flock?.stop();
    elsewhere?.worker.shutdown();
    await elsewhere?.over;
    await elsewhere?.connection.close();
    await temporal?.close();
  });

  const begin = (dag: string, id: string, params: object = {}): Promise<WorkflowHandle> =>
    temporal.client.workflow.start(dag, { taskQueue: TASK_QUEUES.orchestration, workflowId: id, args: [params] });

  /** Asks until it has worked, or the run is over. */
  const insist = async (handle: WorkflowHandle, ended: Promise<unknown>, work: () => Promise<unknown>): Promise<void> => {
    let over = false;
    void ended.then(() => (over = true));
    for (let done = false; !done && !over; await sleep(100))
      done = await work().then(
        () => true,
        () => false,
      );
  };

  const executionOf = async (id: string, nth: number): Promise<WorkflowHandle> => {
    const { client } = temporal;
    const found: { runId: string; startTime: Date }[] = [];
    for await (const execution of client.workflow.list({ query: `WorkflowId = '${id}'` })) found.push(execution);
    return client.workflow.getHandle(id, found.sort((a, b) => +a.startTime - +b.startTime)[nth]!.runId);
  };

  const consumed = async (): Promise<number> => {
    let count = 0;
    for await (const { status } of temporal.client.workflow.list({ query: `WorkflowType = 'consumes'` }))
      if (status.name === 'COMPLETED') count++;
    return count;
  };

  /** Runs everything once. @returns how each run ended, by DAG */
  const runAll = async (round: string): Promise<Record<string, Essence>> => {
    const before = await consumed();
    const handles = new Map<string, WorkflowHandle>();
    for (const dag of DAGS) handles.set(dag, await begin(dag, `${dag}-${round}`, dag === 'produces' ? { salt: round } : {}));
    for (const time of ['1', '2']) handles.set(`past ${time}`, await begin('past', `past-${round}-${time}`));
    const ends = new Map([...handles].map(([name, handle]) => [name, handle.result().catch((error: Error) => error)]));

    const approve = { decision: 'approved', approver: 'ana' } as const;
    for (const [dag, instance] of [
      ['waits', 'release'],
      ['long', 'end'],
    ] as const) {
      const handle = handles.get(dag)!;
      void insist(handle, ends.get(dag)!, () => handle.executeUpdate(approveTask, { args: [{ instance, ...approve }] }));
    }
    const cancelled = handles.get('cancelled')!;
    void insist(cancelled, ends.get('cancelled')!, async () => {
      if (!linesIn(bodies).some(({ key }) => key === `cancelled-${round}/hang`)) throw new Error('it does not hang yet');
      await cancelled.cancel();
    });

    const running = new Set(handles.keys());
    for (const [name, end] of ends) void end.then(() => running.delete(name));
    const over = Promise.all(ends.values()).then(async () => {
      running.add('consumes');
      while ((await consumed()) === before) await sleep(100);
      return true;
    });
    if (!(await Promise.race([over, sleep(PATIENCE, false, { ref: false })])))
      throw new Error(`Still running: ${[...running].join(', ')}. The workers said: ${flock.said.slice(-20).join('\n')}`);
    return Object.fromEntries(
      await Promise.all(
        [...handles].map(async ([name, { workflowId }]) => {
          const stored = await objects.get(keys.runState(name.replace(/ .*/, ''), workflowId));
          return [name, essence(Buffer.from(stored.body).toString(), round)] as const;
        }),
      ),
    );
  };

  it('each run ends as it ends when nobody is killed', async () => {
    const failed = new Set(['saga', 'cancelled']);
    for (const [name, { state }] of Object.entries(calm)) expect(state, name).to.equal(failed.has(name) ? 'failed' : 'success');
    expect(calm['waits']?.more).to.have.property('late', true);
    expect(calm['cancelled']?.more).to.have.property('cancelled', true);
    for (const [round, ends] of wild)
      for (const [name, end] of Object.entries(calm)) expect(ends[name], `${name}-${round}`).to.deep.equal(end);
  });

  it('workers died, some in the middle of bodies, and runs went on in other executions', () => {
    expect(flock.killed.size, 'workers killed').to.be.at.least(ENOUGH);
    expect(diedInBodies(), 'bodies that died').to.not.be.empty;
    const moved = [...told.executions].filter(([id, count]) => /^(groups|limited|long|maps)-wild/.test(id) && count > 1);
    expect(moved, 'runs that went on in another execution').to.not.be.empty;
  });

  it('no body is run again once it has succeeded, unless its worker died before it could say so', () => {
    for (const [key, all] of byKey(tries)) {
      const done = all.filter(({ ended }) => ended === 'done');
      const told = activities(key);
      expect(told.length, `ends of ${key} on the server`).to.be.at.most(1); // none: it ran in the worker of the workflow
      const accepted = told[0]?.state === 'completed' ? done.find(({ attempt }) => attempt === told[0]!.attempt) : done.at(-1);
      if (told[0]?.state === 'completed' && !isCached(key))
        expect(accepted, `the try of ${key} that the server took`).to.include({ pid: told[0].pid });
      for (const lost of done.filter((each) => each !== accepted)) {
        const next = all.find(({ from }) => from >= lost.to);
        expect(flock.killed.get(lost.pid), `when the worker of try ${lost.attempt} of ${key} was killed`).to.be.within(
          lost.to,
          next?.from ?? 0,
        );
      }
    }
  });

  it('no body is run twice at once', () => {
    for (const [key, all] of byKey(tries))
      for (const [i, { from }] of all.slice(1).entries()) expect(from, `begin of another try of ${key}`).to.be.at.least(all[i]!.to);
  });

  it('every undo runs, the newest first', () => {
    const many = Array.from({ length: 9 }, (_, i) => `many[${i}].deed.undo`);
    for (const [round, ends] of wild) {
      const run = `saga-${round}/`;
      const undone = tries.filter(({ key, ended }) => ended === 'done' && key.startsWith(run) && key.endsWith('.undo'));
      const each = [...new Set(undone.map(({ key }) => key.slice(run.length)))];
      expect(each.filter((undo) => !many.includes(undo))).to.deep.equal(['last.undo', 'inside.deed.undo', 'child.undo', 'first.undo']);
      expect(each.slice(3, 12)).to.have.members(many);
      expect(ends['saga']!.tasks).to.include.keys('first.undo', ...many);
    }
  });

  it('limits hold: a pool of two, three tasks of a DAG, a run after the run before', () => {
    const tasksOf = (pattern: RegExp): Try[] => tries.filter(({ key }) => pattern.test(key));
    expect(mostAtOnce(tasksOf(/^limited-\w+\/narrow/))).to.equal(2);
    expect(mostAtOnce(tasksOf(/^limited-\w+\//))).to.equal(3);
    for (const round of wild.keys()) {
      const first = tries.findLast(({ key }) => key === `past-${round}-1/count`);
      const second = tries.find(({ key }) => key === `past-${round}-2/count`);
      expect(second!.from, round).to.be.at.least(first!.to);
    }
  });

  it('what is in the cache is not made again', () => {
    expect(tries.filter(({ key }) => isCached(key)).map(({ key }) => key)).to.deep.equal([]);
    expect(calm['produces']!.tasks['again']).to.deep.include({ state: 'success', output: 'made of ROUND' });
  });

  it('no history failed to replay, and nothing is left but pools and collectors of assets', async () => {
    expect(told.failures.filter((failure) => !failure.endsWith('UnhandledCommand'))).to.deep.equal([]);
    const running: string[] = [];
    for await (const { type } of temporal.client.workflow.list({ query: `ExecutionStatus = 'Running'` })) running.push(type);
    expect(new Set(running)).to.deep.equal(new Set(['pool', 'assets']));
  });
});
