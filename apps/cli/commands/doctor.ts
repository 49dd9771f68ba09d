/** `rekindle doctor`: would what this project uses work here? */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { temporalOptions } from '../../../client/connection.js';
import { ERRORS, isRekindleError, type ErrorCode } from '../../../core/errors.js';
import { nodeArguments, packageJson } from '../../../platform/package.js';
import { DYNAMIC_CONFIG } from '../../../platform/temporal/settings.js';
import { hasModels } from '../../../workers/compose.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { findTools } from '../stack/tools.js';

interface Check {
  readonly name: string;
  /** `warn`: it works, but not well */
  readonly verdict: 'ok' | 'warn' | 'fail';
  /** what was found, or what to do */
  readonly detail: string;
  /** of a failed check, when it is in the catalogue */
  readonly code?: ErrorCode;
}
type Finding = Omit<Check, 'name'>;

const run = promisify(execFile);

const MARKS = { ok: '✔', warn: '!', fail: '✖' } as const;
/** A hop is one task after another: about 10 ms with our settings, 20 with a SQLite file, 100 with the server's defaults. */
const SLOW_HOP_MS = 80;
/** what the shipped trainer imports */
const TRAINER_IMPORTS = 'import sklearn, skl2onnx, onnx, pandas, pyarrow';

/** What a command that failed said last. */
const lastLine = (error: unknown): string => (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? String(error);

const ok = (detail: string): Finding => ({ verdict: 'ok', detail });
const fail = (detail: string): Finding => ({ verdict: 'fail', detail });

const checkNode = (): Promise<Finding> => {
  const required = packageJson().engines.node.replace('>=', '');
  const [have, need] = [process.versions.node, required].map((version) => version.split('.').map(Number));
  const place = need!.findIndex((number, i) => number !== have![i]);
  const enough = place === -1 || have![place]! > need![place]!;
  return Promise.resolve(enough ? ok(process.versions.node) : fail(`${process.versions.node}; Rekindle needs ${required} or later.`));
};

const checkTemporal = async (session: Session): Promise<Finding> => {
  const client = await session.client();
  const { address, namespace } = temporalOptions(session.config);
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  await client.workflowService.describeNamespace({ namespace });
  return ok(`${address}, namespace ${namespace}, server ${serverVersion ?? 'of unknown version'}`);
};

/** A hop is timed by a worker of its own on a queue that nobody else knows. */
const checkHop = async ({ config }: Session): Promise<Finding> => {
  const args = [...nodeArguments('workers/probe'), '--project', config.project];
  const { stdout } = await run(process.execPath, args, { timeout: 120_000 }).catch((error: unknown) => {
    throw new Error(`The probe failed: ${lastLine(error)}`);
  });
  const { msPerHop } = JSON.parse(stdout) as { msPerHop: number };
  const detail = `${msPerHop.toFixed(0)} ms from task to task`;
  if (msPerHop <= SLOW_HOP_MS) return ok(detail);
  const settings = Object.entries(DYNAMIC_CONFIG).map(([key, value]) => `${key}=${value}`);
  return { verdict: 'warn', detail: `${detail}: slow. Set in the server's dynamic config: ${settings.join(', ')}.` };
};

const checkStore = async (session: Session): Promise<Finding> => {
  const objects = session.objects();
  const key = `doctor/${randomUUID()}`;
  await objects.put(key, 'probe', { ifNoneMatch: '*' });
  const second = await objects.put(key, 'again', { ifNoneMatch: '*' }).then(
    () => 'taken',
    (error: unknown) => (isRekindleError(error) && error.code === 'PRECONDITION_FAILED' ? 'refused' : Promise.reject(error as Error)),
  );
  await objects.delete(key);
  const { store } = session.config;
  if (second !== 'refused')
    return fail('The store ignores conditional writes (If-None-Match): two deployments could overwrite each other.');
  return ok(store.kind === 'folder' ? store.path : `s3://${store.bucket} at ${store.endpoint}`);
};

const checkTrainer = async ({ config }: Session): Promise<Finding> => {
  const python = config.trainer.python ?? (await findTools()).trainerPython;
  if (python === null) return fail('No Python with the libraries of the trainer: `rekindle dev` gets one, or set REKINDLE_TRAINER_PYTHON.');
  try {
    await run(python, ['-c', TRAINER_IMPORTS], { timeout: 120_000 });
    return ok(python);
  } catch (error) {
    return fail(`${python}: ${lastLine(error)}. Install trainers/sklearn/requirements.txt of the package into it.`);
  }
};

const diagnose = async (session: Session): Promise<number> => {
  const checks: Check[] = [];
  const check = async (name: string, work: () => Promise<Finding>): Promise<boolean> => {
    const found = await work().catch((error: unknown) =>
      isRekindleError(error)
        ? { ...fail(`${error.message} ${error.remedy}`), code: error.code }
        : fail(error instanceof Error ? error.message : String(error)),
    );
    checks.push({ name, ...found });
    if (!session.json) session.say(`${MARKS[found.verdict]} ${name}: ${found.detail}`);
    return found.verdict !== 'fail';
  };
  await check('Node', checkNode);
  await check('object store', () => checkStore(session));
  if (await check('Temporal', () => checkTemporal(session))) await check('hop', () => checkHop(session));
  if (hasModels(session.config.project)) await check('trainer', () => checkTrainer(session));

  const failed = checks.find(({ verdict }) => verdict === 'fail');
  const healthy = failed === undefined;
  session.print(
    { ok: healthy, checks },
    healthy ? 'What this project uses works here.' : 'Something that this project uses does not work here.',
  );
  if (failed === undefined) return 0;
  return failed.code === undefined ? 1 : ERRORS[failed.code].exit;
};

export const registerDoctor = (program: Command): void => {
  withCommonOptions(program.command('doctor'))
    .description('check Node, Temporal and its speed, the object store, and the trainer where there are models')
    .action(action(diagnose));
};
