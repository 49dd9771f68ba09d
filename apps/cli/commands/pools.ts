/** `rekindle pools …`: the slots that tasks of all runs share. */
import { InvalidArgumentError, type Command } from 'commander';
import { deletePool, listPools, requirePool, setPool } from '../../../client/pools.js';
import { action, withCommonOptions, type Session } from '../session.js';
import { listTable, poolText } from './pools-text.js';

const wholeNumber = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return Number(text);
};

const list = async (session: Session): Promise<void> => {
  const pools = await listPools(await session.client());
  session.print(pools, () => listTable(pools));
};

const show = async (session: Session, name: string): Promise<void> => {
  const pool = await requirePool(await session.client(), name);
  session.print(pool, () => poolText(pool));
};

interface SetOptions {
  readonly slots: number;
  readonly doc?: string;
}

const set = async (session: Session, name: string, { slots, doc }: SetOptions): Promise<void> => {
  const pool = await setPool(await session.client(), name, { slots, ...(doc === undefined ? {} : { doc }) });
  session.print(pool, () => poolText(pool));
};

const remove = async (session: Session, name: string, { force = false }: { readonly force?: boolean }): Promise<void> => {
  await deletePool(await session.client(), name, { force });
  session.print({ pool: name, deleted: true }, `Pool ${name} is deleted.`);
};

/** Adds the group `pools` to the program. */
export const registerPools = (program: Command): void => {
  const group = program.command('pools').description('slots that tasks share: who holds them, who waits');
  const command = (name: string, description: string): Command => withCommonOptions(group.command(name).description(description));

  command('list', 'every pool, those included that limits of DAGs have made').action(action(list));
  command('show <name>', 'who holds its slots and who waits for them').action(action(show));
  command('set <name>', 'make a pool, or change one; `rekindle sync` sets those of rekindle.config.ts again')
    .requiredOption('--slots <n>', 'that tasks can hold at a time; 0 closes the pool', wholeNumber)
    .option('--doc <text>', 'one line about it')
    .action(action(set));
  command('delete <name>', 'delete a pool that nobody uses')
    .option('--force', 'also one in use: tasks that wait for it fail')
    .action(action(remove));
};
