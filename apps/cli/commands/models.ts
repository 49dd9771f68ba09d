/** `rekindle models …`: what serves, why, and how to change it. */
import { InvalidArgumentError, type Command } from 'commander';
import { eventTimeMs } from '../../../core/event-time.js';
import { lastWindow } from '../../../client/last-window.js';
import * as models from '../../../client/models.js';
import { createRegistry } from '../../../platform/registry/index.js';
import type { Registry } from '../../../platform/registry/registry.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { decisionText, historyTable, listTable, retrainingText, rollbackText, statusText, type ModelOverview } from './models-text.js';

const time = (text: string): string => {
  try {
    eventTimeMs(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

/** The registry of the session, once it is sure that the model exists. */
const registryWith = async (session: Session, model: string): Promise<Registry> => {
  const registry = createRegistry(session.objects());
  await models.requireModel(registry, model);
  return registry;
};

const overviewOf = async (session: Session, registry: Registry, model: string): Promise<ModelOverview> => {
  const { environment } = session.config;
  const [serving, live, monitored] = await Promise.all([
    registry.pointer(model, environment),
    registry.liveGateways(environment),
    lastWindow(session.objects(), model),
  ]);
  const gateways = live.flatMap(({ gateway, url, models: served }) => {
    const { version = null, generation = null } = served.find((one) => one.model === model) ?? {};
    return [{ gateway, url, version, generation }];
  });
  return { model, environment, serving: serving ?? null, gateways, monitored: monitored ?? null };
};

/** What serves does not depend on Temporal: without it the door is all that is missing. */
const doorOf = async (session: Session, model: string): Promise<models.ModelStatus | null> => {
  try {
    return (await models.modelStatus(await session.client(), model)) ?? null;
  } catch (error) {
    session.say(`The model's door cannot be asked: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
};

const list = async (session: Session): Promise<void> => {
  const registry = createRegistry(session.objects());
  const names = await registry.models();
  const found = await Promise.all(names.map((name) => overviewOf(session, registry, name)));
  session.print(found, () => listTable(found));
};

const status = async (session: Session, model: string): Promise<void> => {
  const registry = await registryWith(session, model);
  const [overview, door] = await Promise.all([overviewOf(session, registry, model), doorOf(session, model)]);
  session.print({ ...overview, door }, () => statusText(overview, door));
};

const history = async (session: Session, model: string): Promise<void> => {
  const registry = await registryWith(session, model);
  const ledger = await registry.ledger(model, session.config.environment);
  session.print(ledger, () => historyTable(ledger));
};

interface RetrainOptions {
  readonly asOf?: string;
  readonly reason?: string;
  readonly key?: string;
  readonly wait?: true;
}

/** 0 when it was admitted, or with `--wait` promoted; 1 otherwise. */
const retrain = async (session: Session, model: string, { asOf, reason, key, wait }: RetrainOptions): Promise<number> => {
  await registryWith(session, model);
  const client = await session.client();
  const trigger = {
    ...(reason === undefined ? {} : { reason }),
    ...(asOf === undefined ? {} : { asOf }),
    ...(key === undefined ? {} : { key }),
  };
  const decision = await models.retrain(client, model, trigger);
  const admitted = decision.decision === 'start' || decision.decision === 'coalesce';
  if (!wait || !admitted) {
    session.print({ decision, run: null }, () => decisionText(decision));
    return admitted ? 0 : 1;
  }
  session.say(decisionText(decision));
  const run = (await models.endOfRetraining(client, model, decision)) ?? null;
  session.print({ decision, run }, () => retrainingText(run));
  return run?.outcome === 'promote' ? 0 : 1;
};

interface RollbackOptions extends models.RollbackOptions {
  readonly direct?: true;
  readonly wait: boolean;
}

const rollback = async (session: Session, model: string, { direct, wait, reason, to, actor }: RollbackOptions): Promise<number> => {
  const registry = await registryWith(session, model);
  const options = {
    ...(reason === undefined ? {} : { reason }),
    ...(to === undefined ? {} : { to }),
    ...(actor === undefined ? {} : { actor }),
  };
  if (direct) {
    const done = await models.rollbackDirect(registry, model, session.config.environment, options);
    session.say("The triggers are not paused: that is Temporal's. When it is back, `rekindle models pause` does it.");
    session.print({ ...done, state: 'verified' }, () => rollbackText({ ...done, state: 'verified', error: null }));
    return 0;
  }
  const done = await models.rollback(await session.client(), model, options, { wait });
  if (!done) {
    session.print({ state: 'sent' }, `Sent. \`rekindle models status ${model}\` says how it goes.`);
    return 0;
  }
  session.print(done, () => rollbackText(done));
  return done.state === 'verified' ? 0 : 1;
};

interface Why {
  readonly reason?: string;
  readonly actor?: string;
}

const changing =
  (change: typeof models.pause, said: (model: string) => string) =>
  async (session: Session, model: string, { reason, actor }: Why): Promise<void> => {
    await registryWith(session, model);
    await change(await session.client(), model, { ...(reason === undefined ? {} : { reason }), ...(actor === undefined ? {} : { actor }) });
    session.print({ model, done: true }, said(model));
  };

interface ApproveOptions {
  readonly approver: string;
  readonly reason: string;
  readonly reject?: true;
}

const approve = async (session: Session, model: string, { approver, reason, reject }: ApproveOptions): Promise<void> => {
  await registryWith(session, model);
  const decision = reject ? ('rejected' as const) : ('approved' as const);
  await models.approve(await session.client(), model, { decision, approver, reason });
  session.print({ model, decision, approver, reason }, `${approver} ${decision} it for ${model}.`);
};

/** Adds the group `models` to the program. */
export const registerModels = (program: Command): void => {
  const group = program.command('models').description('what serves, why, and how to change it');
  const command = (name: string, description: string): Command => withCommonOptions(group.command(name).description(description));
  const why = (to: Command): Command => to.option('--reason <text>', 'kept with the change').option('--actor <name>', 'who did it');

  command('list', 'every model with what it serves').action(action(list));
  command('status <model>', 'what serves, who serves it, and the state of the door').action(action(status));
  command('history <model>', 'every change of what served: when, who, why').action(action(history));
  command('retrain <model>', 'ask for a retraining; exits 1 when the door says no, with --wait also when nothing was promoted')
    .option('--as-of <time>', 'event clock (ISO 8601); default: the newest row', time)
    .option('--reason <text>', 'kept with the run')
    .option('--key <key>', 'the same key never starts two runs')
    .option('--wait', 'until the run has ended')
    .action(action(retrain));
  why(command('rollback <model>', 'serve the previous good version again, at once; pauses the triggers'))
    .option('--to <version>', 'another version than the previous good one')
    .option('--direct', 'by the object store alone, when Temporal is not there')
    .option('--no-wait', 'do not wait for the gateways')
    .action(action(rollback));
  why(command('pause <model>', 'start no retraining until `resume`')).action(
    action(changing(models.pause, (model) => `${model} is paused.`)),
  );
  why(command('resume <model>', 'let triggers in again; closes an open circuit')).action(
    action(changing(models.resume, (model) => `${model} takes triggers again.`)),
  );
  command('approve <model>', 'record what a person decided')
    .requiredOption('--approver <name>', 'who decides')
    .option('--reason <text>', 'why', '')
    .option('--reject', 'record a no')
    .action(action(approve));
};
