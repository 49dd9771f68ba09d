/** `rekindle dags …`: what people say to a run that goes on. */
import type { Command } from 'commander';
import { markEnded } from '../../../client/clear.js';
import { addNote, approveTask, cancelRun, cancelTask, markTask } from '../../../client/dags.js';
import { isRekindleError } from '../../../core/errors.js';
import type { Json } from '../../../core/json.js';
import { json, me, oneOf } from '../arguments.js';
import { action, withCommonOptions, type Session } from '../session.js';

interface ApproveOptions {
  readonly approver: string;
  readonly reason: string;
  readonly reject?: true;
  readonly input?: Json;
}

const approve = async (session: Session, runId: string, asked: string | undefined, options: ApproveOptions): Promise<void> => {
  const { approver, reason, reject, input } = options;
  const decision = reject ? ('rejected' as const) : ('approved' as const);
  const answer = { decision, approver, reason, ...(asked === undefined ? {} : { instance: asked }) };
  const instance = await approveTask(await session.client(), session.objects(), runId, {
    ...answer,
    ...(input === undefined ? {} : { input: input as never }),
  });
  session.print({ runId, instance, decision, approver, reason }, `${approver} ${decision} '${instance}' of ${runId}.`);
};

interface ActorOptions {
  readonly actor: string;
}

const cancel = async (session: Session, runId: string, instance: string | undefined, { actor }: ActorOptions): Promise<void> => {
  const client = await session.client();
  if (instance === undefined) await cancelRun(client, runId);
  else await cancelTask(client, session.objects(), runId, { instance, actor });
  const what = instance === undefined ? 'the run' : `'${instance}'`;
  session.print({ runId, instance: instance ?? null }, `Told ${what} to stop; \`rekindle dags state ${runId}\` says how it goes.`);
};

interface NoteOptions {
  readonly author: string;
}

const note = async (session: Session, runId: string, text: string, { author }: NoteOptions): Promise<void> => {
  await addNote(await session.client(), runId, { text, author });
  session.print({ runId, text, author }, 'Noted.');
};

const MARKS = ['success', 'failed', 'skipped'] as const;

interface MarkOptions extends ActorOptions {
  readonly output?: Json;
}

const mark = async (
  session: Session,
  runId: string,
  instance: string,
  state: (typeof MARKS)[number],
  { actor, output }: MarkOptions,
): Promise<void> => {
  const client = await session.client();
  const asked = { instance, state, actor, ...(output === undefined ? {} : { output: output as never }) };
  try {
    await markTask(client, session.objects(), runId, asked);
  } catch (error) {
    if (!isRekindleError(error) || error.code !== 'DAG_RUN_NOT_FOUND') throw error;
    const next = await markEnded(client, session.objects(), runId, asked); // it is over: what follows goes on in a new run
    session.print({ runId: next, clearedFrom: runId, instance, state, actor }, `'${instance}' is ${state}; what follows runs in ${next}.`);
    return;
  }
  session.print({ runId, instance, state, actor }, `'${instance}' is ${state}; what follows from it goes on.`);
};

export const registerSpeak = (dags: Command): void => {
  const command = (usage: string, description: string): Command => withCommonOptions(dags.command(usage).description(description));

  command('approve <run> [instance]', 'answer an approval that waits; its name may be left out where only one does')
    .option('--reject', 'say no')
    .option('--reason <text>', 'kept with the decision', '')
    .option('--approver <name>', 'who decides', me())
    .option('--input <json>', 'what the approval asks for, or @file', json)
    .addHelpText(
      'after',
      `\nExamples:\n  rekindle dags approve release-manual-01J… --reason 'looked at the report'\n  rekindle dags approve release-manual-01J… sure --reject --reason 'too early'\n  rekindle dags approve release-manual-01J… sure --input '{"weight":0.1}'`,
    )
    .action(action(approve));
  command('cancel <run> [instance]', 'stop a run, or one task of it; what has an undo is undone')
    .option('--actor <name>', 'who did it', me())
    .action(action(cancel));
  command('note <run> <text>', 'write something down about a run').option('--author <name>', 'who writes', me()).action(action(note));
  const stateArgument = oneOf(...MARKS);
  withCommonOptions(dags.command('mark'))
    .argument('<run>')
    .argument('<instance>')
    .argument('<state>', MARKS.join(', '), stateArgument)
    .description('end a task that runs or waits, without its doing; of an ended run: clear what is downstream, as if it had ended so')
    .option('--output <json>', 'of a success, or @file; default null', json)
    .option('--actor <name>', 'who did it', me())
    .addHelpText('after', `\nExample:\n  rekindle dags mark nightly-2026-01-31T03:00:00Z wait-for-file success --output '{"rows":0}'`)
    .action(action(mark));
};
