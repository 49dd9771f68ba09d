/** Taking over the journal files of gateways that died. */
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RekindleError } from '../../../core/errors.js';
import { listJournals, syncFolder, type JournalFile } from './files.js';
import { giveUpOwnership, livingOwner, takeOwnership } from './owner.js';

/** A rename has one winner: of two gateways that recover the same file, one finds it gone. */
const claim = async (file: JournalFile, folder: string): Promise<void> => {
  try {
    await rename(file.path, join(folder, basename(file.path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
};

/** Parquet that was being written: it is written again. */
const removePartials = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) if (name.endsWith('.parquet')) await rm(join(folder, name), { force: true });
};

const claimAll = async (abandoned: string, folder: string): Promise<void> => {
  const files = await listJournals(abandoned);
  for (const file of files) await claim(file, folder);
  if (files.length === 0) return; // perhaps a gateway that is just starting
  await removePartials(abandoned);
  await giveUpOwnership(abandoned);
  await rmdir(abandoned).catch(() => undefined); // somebody else's, or it still holds what cannot be read
};

/**
 * Makes `<root>/<gateway>` this process's journal folder, and moves into it what dead gateways of the machine left.
 * @returns the files to store, oldest first
 * @throws CONFIG_INVALID when a living process has the gateway's name
 */
export const recoverJournals = async (root: string, gateway: string): Promise<JournalFile[]> => {
  const folder = join(root, gateway);
  const owner = await livingOwner(folder);
  if (owner !== undefined) {
    const message = `REKINDLE_GATEWAY_ID '${gateway}' is in use by process ${owner}.`;
    throw new RekindleError('CONFIG_INVALID', message, { variables: ['REKINDLE_GATEWAY_ID'] });
  }
  await takeOwnership(folder);
  await removePartials(folder);
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const other = join(root, entry.name);
    if (entry.isDirectory() && entry.name !== gateway && (await livingOwner(other)) === undefined) await claimAll(other, folder);
  }
  await syncFolder(folder);
  return listJournals(folder);
};
