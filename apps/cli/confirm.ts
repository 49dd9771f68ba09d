/** Asking before something is done that was not asked for word by word. */
import { createInterface } from 'node:readline/promises';
import { RekindleError } from '../../core/errors.js';

/**
 * Where nobody can be asked, only `--yes` is a yes.
 * @throws USAGE
 */
export const confirm = async (question: string, { yes }: { readonly yes?: boolean | undefined }): Promise<void> => {
  if (yes === true) return;
  const refuse = (): never => {
    throw new RekindleError('USAGE', `${question} Nothing was done: say --yes to do it, or --dry-run to see it only.`);
  };
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return refuse();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (!/^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())) refuse();
  } finally {
    terminal.close();
  }
};
