import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { isRekindleError, type RekindleError } from '../../core/errors.js';
import { keys } from '../../core/names.js';
import { isProcessAlive } from '../../platform/config.js';
import { anyPython, createWorld, jobOf, listen, objectsOf, startsOf, trainerOf, type World } from './training-job.js';

const failureOf = async (work: Promise<unknown>): Promise<RekindleError> => {
  try {
    await work;
  } catch (error) {
    if (isRekindleError(error)) return error;
    throw error;
  }
  throw new Error('it succeeded');
};

const until = async <T>(look: () => T | undefined | false, what: string): Promise<T> => {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(5)) {
    const found = look();
    if (found) return found;
  }
  throw new Error(`${what} did not happen`);
};

describe('the process trainer', function () {
  this.timeout(60_000);
  let python: string;
  let world: World;

  before(function () {
    python = anyPython(this);
  });

  beforeEach(() => {
    world = createWorld();
  });

  const folderOf = (id: string, number = 1): string => join(world.stateDir, 'jobs', id, String(number));
  const wrapperOf = (id: string, number = 1): number => Number.parseInt(readFileSync(join(folderOf(id, number), 'start'), 'utf8'), 10);
  const started = (count = 1): Promise<unknown> => until(() => startsOf(world).length >= count, `start ${count}`);

  /** A process of its own that runs the job. */
  const worker = (id: string, hyperparameters: Record<string, string | number>): ChildProcess =>
    spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        fileURLToPath(new URL('./trainers.worker.ts', import.meta.url)),
        JSON.stringify({ world, python, id, hyperparameters }),
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );

  const kill = async (child: ChildProcess): Promise<void> => {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  };

  describe('a job', () => {
    it('gets what the contract promises and hands back the model folder and the log', async () => {
      process.env['REKINDLE_S3_SECRET_KEY'] = 'a secret';
      const hooks = listen();
      const job = jobOf(world, 'one', { does: 'look_around', depth: 3 });
      const { modelFolder, logFile, reattached } = await trainerOf(world, python)
        .run(job, hooks)
        .finally(() => delete process.env['REKINDLE_S3_SECRET_KEY']);
      expect(reattached).to.equal(false);
      expect(readFileSync(join(modelFolder, 'model.onnx'), 'utf8')).to.equal('of job one');
      const seen = JSON.parse(readFileSync(join(modelFolder, 'seen.json'), 'utf8'));
      expect(seen.arguments).to.deep.equal(['train']);
      expect(seen.given).to.include({ depth: '3', job: 'one' });
      expect(Object.keys(seen.channels)).to.deep.equal(['training']);
      expect(seen.data).to.equal('rows');
      expect(seen.environment).not.to.have.property('REKINDLE_S3_SECRET_KEY');
      expect(seen.environment).to.have.property('PATH');
      expect(readFileSync(logFile, 'utf8')).to.equal('started with train\n');
      expect(hooks.lines).to.include('started with train');
    });

    it('shows that it lives', async () => {
      const hooks = listen();
      await trainerOf(world, python).run(jobOf(world, 'one', { seconds: 0.2 }), hooks);
      expect(hooks.heartbeats[0]).to.deep.include({ job: 'one', try: 1 });
    });

    it('leaves nothing behind once it is discarded', async () => {
      const trainer = trainerOf(world, python);
      await trainer.run(jobOf(world, 'one'), listen());
      await trainer.discard('one');
      expect(existsSync(join(world.stateDir, 'jobs/one'))).to.equal(false);
      expect(await objectsOf(world).head(keys.trainingJob('one'))).to.equal(undefined);
    });
  });

  describe('exactly once', () => {
    it('starts one trainer for a job that two workers run at the same moment', async () => {
      const job = jobOf(world, 'one', { seconds: 0.3 });
      const results = await Promise.all([trainerOf(world, python).run(job, listen()), trainerOf(world, python).run(job, listen())]);
      expect(results.map(({ reattached }) => reattached).sort()).to.deep.equal([false, true]);
      expect(startsOf(world)).to.have.length(1);
    });

    it('finds the trainer of a worker that was killed right around the spawn', async () => {
      for (const [round, delayMs] of [0, 3, 6, 12, 24].entries()) {
        const id = `round-${round}`;
        const child = worker(id, { seconds: 0.3 });
        await until(() => existsSync(join(folderOf(id), 'ml')), 'the preparation');
        await sleep(delayMs); // from before the spawn to after the start is on record
        await kill(child);
        const { modelFolder } = await trainerOf(world, python).run(jobOf(world, id, { seconds: 0.3 }), listen());
        expect(readFileSync(join(modelFolder, 'model.onnx'), 'utf8')).to.equal(`of job ${id}`);
        expect(startsOf(world), id).to.have.length(round + 1);
      }
    });

    it('finds the trainer of a worker that was killed later', async () => {
      const child = worker('one', { seconds: 1.5 });
      await started();
      await kill(child);
      expect(isProcessAlive(startsOf(world)[0]!)).to.equal(true);
      const hooks = listen();
      const { reattached } = await trainerOf(world, python).run(jobOf(world, 'one', { seconds: 1.5 }), hooks);
      expect(reattached).to.equal(true);
      expect(startsOf(world)).to.have.length(1);
      expect(hooks.lines.join()).to.match(/found training job one under way/);
    });

    it('takes the result of a job that ended while nobody watched', async () => {
      const child = worker('one', { seconds: 0.3 });
      await started();
      await kill(child);
      await until(() => existsSync(join(folderOf('one'), 'exit')), 'the end');
      const { reattached } = await trainerOf(world, python).run(jobOf(world, 'one', { seconds: 0.3 }), listen());
      expect(reattached).to.equal(true);
      expect(startsOf(world)).to.have.length(1);
    });
  });

  describe('a lost job', () => {
    it('fails the try that watched it, and the next try starts it anew', async () => {
      const trainer = trainerOf(world, python);
      const running = failureOf(trainer.run(jobOf(world, 'one', { seconds: 1 }), listen()));
      await started();
      process.kill(-wrapperOf('one'), 'SIGKILL');
      const failure = await running;
      expect(failure.code).to.equal('TRAINER_LOST');
      expect(failure.retryable).to.equal(true);
      await trainer.run(jobOf(world, 'one', { seconds: 0 }), listen());
      expect(startsOf(world)).to.have.length(2);
    });

    it('is started anew at once when it was lost before the try', async () => {
      const child = worker('one', { seconds: 30 });
      await started();
      await kill(child);
      const wrapper = wrapperOf('one');
      process.kill(-wrapper, 'SIGKILL');
      await until(() => !isProcessAlive(wrapper), 'the end of the job');
      const hooks = listen();
      await trainerOf(world, python).run(jobOf(world, 'one'), hooks);
      expect(startsOf(world)).to.have.length(2);
      expect(hooks.lines.join()).to.match(/was lost; it is started anew/);
    });

    it('takes the trainer with it when only its wrapper was killed', async () => {
      const running = failureOf(trainerOf(world, python).run(jobOf(world, 'one', { seconds: 30 }), listen()));
      await started();
      process.kill(wrapperOf('one'), 'SIGKILL');
      expect((await running).code).to.equal('TRAINER_LOST');
      await until(() => !isProcessAlive(startsOf(world)[0]!), 'the end of the trainer');
    });

    it('is not mistaken for the process that got its pid since', async () => {
      const child = worker('one', { seconds: 30 });
      await started();
      await kill(child);
      process.kill(-wrapperOf('one'), 'SIGKILL');
      // This very process, by its pid, but with the start time of the job's.
      const [, identity] = readFileSync(join(folderOf('one'), 'start'), 'utf8').split('\n');
      writeFileSync(join(folderOf('one'), 'start'), `${process.pid}\n${identity}\n`);
      await trainerOf(world, python).run(jobOf(world, 'one'), listen());
      expect(startsOf(world)).to.have.length(2);
    });

    it('goes on from its checkpoints', async () => {
      const trainer = trainerOf(world, python);
      const job = jobOf(world, 'one', { does: 'checkpoint' });
      const running = failureOf(trainer.run(job, listen()));
      const checkpoint = join(world.stateDir, 'jobs/one/checkpoints/epoch');
      await until(() => existsSync(checkpoint) && readFileSync(checkpoint, 'utf8') !== '', 'a checkpoint');
      process.kill(-wrapperOf('one'), 'SIGKILL');
      await running;
      const hooks = listen();
      await trainer.run(job, hooks);
      expect(hooks.lines).to.include('resumed at 7');
    });

    it('of another host is waited for while that host shows it, then taken over; the other host stops its own', async () => {
      const there = failureOf(trainerOf(world, python, { host: 'there' }).run(jobOf(world, 'one', { does: 'hang' }), listen()));
      await started();
      const elsewhere: World = { ...world, stateDir: join(world.project, '.elsewhere') };
      const hooks = listen();
      await trainerOf(elsewhere, python, { host: 'here', quietMs: 600 }).run(jobOf(world, 'one'), hooks);
      expect(hooks.heartbeats[0]).to.deep.equal({ job: 'one', waitingFor: 'there' });
      expect((await there).message).to.match(/taken over by here/);
      await until(() => !isProcessAlive(startsOf(world)[0]!), 'the end of the other trainer');
    });
  });

  describe('a job that must not go on', () => {
    it('is stopped when its time is up, by SIGKILL if it ignores SIGTERM', async () => {
      const job = jobOf(world, 'one', { does: 'ignore_sigterm' }, { limits: { time: '1 second' } });
      const failure = await failureOf(trainerOf(world, python).run(job, listen()));
      expect(failure.code).to.equal('TRAINER_TIMEOUT');
      expect(failure.message).to.match(/limit of 1 second/);
      await until(() => !isProcessAlive(startsOf(world)[0]!), 'the end of the trainer');
      expect((await failureOf(trainerOf(world, python).run(job, listen()))).code, 'asked again').to.equal('TRAINER_TIMEOUT');
      expect(startsOf(world)).to.have.length(1);
    });

    it('ends with the run that is cancelled, and runs again when it is asked for again', async () => {
      const cancel = new AbortController();
      const trainer = trainerOf(world, python);
      const running = trainer.run(jobOf(world, 'one', { does: 'hang' }), listen(cancel.signal));
      await started();
      cancel.abort(new Error('CANCELLED'));
      const reason: unknown = await running.catch((error: unknown) => error);
      expect(reason).to.equal(cancel.signal.reason);
      await until(() => !isProcessAlive(startsOf(world)[0]!), 'the end of the trainer');
      await trainer.run(jobOf(world, 'one'), listen());
      expect(startsOf(world)).to.have.length(2);
    });

    for (const reason of ['NOT_FOUND', 'TIMED_OUT', 'WORKER_SHUTDOWN']) {
      it(`goes on when only the try is over (${reason}), for the next try to find`, async () => {
        const cancel = new AbortController();
        const running = trainerOf(world, python).run(jobOf(world, 'one', { seconds: 1 }), listen(cancel.signal));
        await started();
        cancel.abort(new Error(reason));
        expect(await running.catch((error: unknown) => error)).to.equal(cancel.signal.reason);
        expect(isProcessAlive(startsOf(world)[0]!)).to.equal(true);
        const { reattached } = await trainerOf(world, python).run(jobOf(world, 'one'), listen());
        expect(reattached).to.equal(true);
        expect(startsOf(world)).to.have.length(1);
      });
    }
  });

  describe('a trainer that fails', () => {
    it('is quoted, and its log is kept in the store', async () => {
      const job = jobOf(world, 'one', { does: 'fail', failure: "target 'class' has one class only" });
      const failure = await failureOf(trainerOf(world, python).run(job, listen()));
      expect(failure.code).to.equal('TRAINER_FAILED');
      expect(failure.retryable).to.equal(false);
      expect(failure.message).to.equal("Trainer 'scripted' (job one) exited with code 3: target 'class' has one class only.");
      expect(failure.details).to.deep.include({ exitCode: 3, lastLines: ['started with train', 'about to fail'] });
      const { body } = await objectsOf(world).get(keys.trainingJobLog('one'));
      expect(Buffer.from(body).toString()).to.contain('about to fail');
    });

    it('is quoted by its last line when it wrote no failure file', async () => {
      const failure = await failureOf(trainerOf(world, python).run(jobOf(world, 'one', { does: 'fail' }), listen()));
      expect(failure.message).to.match(/exited with code 3: about to fail\.$/);
    });

    it('says no more than 1,024 characters of its failure', async () => {
      const job = jobOf(world, 'one', { does: 'fail', failure: 'x'.repeat(100_000) });
      expect((await failureOf(trainerOf(world, python).run(job, listen()))).message).to.have.length.below(1200);
    });

    it('that was killed by somebody else probably ran out of memory', async () => {
      const failure = await failureOf(trainerOf(world, python).run(jobOf(world, 'one', { does: 'be_killed' }), listen()));
      expect(failure.code).to.equal('TRAINER_FAILED');
      expect(failure.message).to.match(/was killed \(exit code 137\), probably because the machine ran out of memory/);
    });

    it('cannot have more memory than its limit', async function () {
      if (process.platform !== 'linux') return this.skip();
      const job = (memoryMb: number) => jobOf(world, `limit-${memoryMb}`, { does: 'eat' }, { limits: { memoryMb } });
      const failure = await failureOf(trainerOf(world, python).run(job(300), listen()));
      expect(failure.message).to.match(/exited with code 1: MemoryError/);
      await trainerOf(world, python).run(job(2000), listen());
    });

    for (const without of ['model.onnx', 'signature.json', 'golden.json']) {
      it(`misses its ${without} when it wrote none`, async () => {
        const failure = await failureOf(trainerOf(world, python).run(jobOf(world, 'one', { without }), listen()));
        expect(failure.code).to.equal('MODEL_MISSING');
        expect(failure.message).to.contain(`left no ${without}`);
      });
    }
  });

  it('survives a trainer that prints 66,000 lines: the log is kept with its head and tail', async () => {
    const hooks = listen();
    const { logFile } = await trainerOf(world, python).run(jobOf(world, 'one', { does: 'chatter' }), hooks);
    expect(statSync(logFile).size).to.be.below(1.1 * 1024 * 1024);
    const log = readFileSync(logFile, 'utf8');
    expect(log).to.match(/^started with train\nline 0: /);
    expect(log).to.match(/\n… \d+ bytes left out …\n/);
    expect(log).to.match(/\nline 65999: .*\n$/);
    expect(hooks.lines.length).to.be.below(10_000);
    expect(hooks.lines.join('\n')).to.match(/… \d+ more lines in the trainer's log/);
  });

  it('says which trainer there is not', async () => {
    const job = { ...jobOf(world, 'one'), spec: { ...jobOf(world, 'one').spec, image: 'nowhere' } };
    const failure = await failureOf(trainerOf(world, python).run(job, listen()));
    expect(failure.code).to.equal('TRAINER_NOT_FOUND');
    expect(failure.message).to.contain('trainers/nowhere/train.py');
  });

  it('says which Python cannot be run', async () => {
    const failure = await failureOf(trainerOf(world, '/nowhere/python').codeHash(jobOf(world, 'one').spec));
    expect(failure.code).to.equal('TOOL_MISSING');
    expect(failure.message).to.contain('/nowhere/python');
  });

  it('names a trainer by its code: every edit is another hash, what Python leaves beside it is not', async () => {
    const { spec } = jobOf(world, 'one');
    const trainer = trainerOf(world, python);
    const folder = join(world.project, 'trainers/scripted');
    const before = await trainer.codeHash(spec);
    mkdirSync(join(folder, '__pycache__'));
    writeFileSync(join(folder, '__pycache__/train.pyc'), 'compiled');
    expect(await trainer.codeHash(spec)).to.equal(before);
    writeFileSync(join(folder, 'requirements.txt'), 'numpy==2.4.6');
    const withRequirements = await trainer.codeHash(spec);
    expect(withRequirements).not.to.equal(before);
    writeFileSync(join(folder, 'train.py'), `${readFileSync(join(folder, 'train.py'), 'utf8')}\n`);
    expect(await trainer.codeHash(spec)).not.to.equal(withRequirements);
  });
});
