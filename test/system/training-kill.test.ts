import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { expect } from 'chai';
import type { RetrainingResult } from '../../core/lifecycle/results.js';
import { TASK_QUEUES } from '../../core/names.js';
import { FolderStore } from '../../platform/object-store/folder.js';
import { nodeArguments, packageRoot } from '../../platform/package.js';
import { createRegistry } from '../../platform/registry/index.js';
import { temporalAddress, tempFolder, trainerPython } from '../support/fixtures.js';

/** The shipped trainer, which counts its starts and begins only when the file `go` is there. */
const trainer = (project: string): string => `
import os, runpy, sys, time
open(${JSON.stringify(join(project, 'starts'))}, "a").write(f"{os.getpid()}\\n")
while not os.path.exists(${JSON.stringify(join(project, 'go'))}):
    time.sleep(0.05)
shipped = ${JSON.stringify(join(packageRoot, 'trainers/sklearn'))}
sys.path.insert(0, shipped)
runpy.run_path(shipped + "/train.py", run_name="__main__")
`;

const until = async <T>(look: () => T | undefined | false, what: string, seconds = 120): Promise<T> => {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(2)) {
    const found = look();
    if (found) return found;
  }
  throw new Error(`${what} did not happen`);
};

describe('kill -9 of the worker in the middle of train', function () {
  this.timeout(400_000);
  let project: string;
  let python: string;
  let address: string;
  let namespace: string;
  let client: Client;
  const running = new Set<ChildProcess>();

  before(async function () {
    python = trainerPython(this);
    address = await temporalAddress(this);
    this.timeout(400_000);
    const connection = await Connection.connect({ address });
    namespace = `training-kill-${randomUUID()}`; // workers listen on queues of fixed names, and test files share the server
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
    client = new Client({ connection, namespace });

    project = tempFolder();
    const example = join(packageRoot, 'examples/electricity');
    for (const part of ['data', 'sql', 'models']) cpSync(join(example, part), join(project, part), { recursive: true });
    mkdirSync(join(project, 'trainers/counting'), { recursive: true });
    writeFileSync(join(project, 'trainers/counting/train.py'), trainer(project));
    const model = join(project, 'models/electricity.ts');
    writeFileSync(model, readFileSync(model, 'utf8').replace("processTrainer('sklearn'", "processTrainer('counting'"));
  });

  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await client?.connection.close();
  });

  interface WorkerProcess {
    readonly log: string[];
    end(signal: NodeJS.Signals): Promise<void>;
  }

  const startWorker = async (): Promise<WorkerProcess> => {
    const env = { ...process.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, REKINDLE_TRAINER_PYTHON: python };
    const child = spawn(process.execPath, [...nodeArguments('workers/main'), '--project', project], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.add(child);
    const log: string[] = [];
    for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', (line) => log.push(line));
    const exited = once(child, 'exit').then(() => void running.delete(child));
    const ended = exited.then(() => Promise.reject(new Error(`the worker ended: ${log.slice(-20).join('\n')}`)));
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return {
      log,
      end: async (signal) => {
        child.kill(signal);
        await exited;
      },
    };
  };

  const jobs = (): string[] => (existsSync(join(project, '.rekindle/jobs')) ? readdirSync(join(project, '.rekindle/jobs')) : []);
  const spawned = (): boolean => jobs().some((job) => existsSync(join(project, '.rekindle/jobs', job, '1/start')));
  const said = ({ log }: WorkerProcess, what: string): boolean => log.some((line) => line.includes(what));

  it('right after the spawn, and again later, and a plain stop: the run completes and the trainer ran once', async () => {
    const first = await startWorker();
    const handle = await client.workflow.start('retraining', {
      taskQueue: TASK_QUEUES.orchestration,
      workflowId: 'retraining-killed',
      args: [{ model: 'electricity', asOf: '1997-04-22' }],
    });
    await until(spawned, 'the spawn');
    await first.end('SIGKILL');

    const second = await startWorker();
    await until(() => said(second, 'under way'), 'the second worker finding the job');
    await second.end('SIGKILL');

    const third = await startWorker();
    await until(() => said(third, 'under way'), 'the third worker finding the job');
    await third.end('SIGTERM'); // as a rolling deploy does

    const fourth = await startWorker();
    await until(() => said(fourth, 'under way'), 'the fourth worker finding the job');
    writeFileSync(join(project, 'go'), '');
    const result = (await handle.result()) as RetrainingResult;

    expect(result).to.include({ outcome: 'promote', generation: 1 });
    expect(readFileSync(join(project, 'starts'), 'utf8').trim().split('\n')).to.have.length(1);
    const registry = createRegistry(new FolderStore(join(project, '.rekindle/objects')));
    expect((await registry.versions('electricity')).map(({ version }) => version)).to.deep.equal([result.challenger!.version]);
    expect(jobs(), 'a job whose version is stored leaves nothing behind').to.deep.equal([]);
    await fourth.end('SIGTERM');
  });
});
