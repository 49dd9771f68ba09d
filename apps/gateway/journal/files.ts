/** Names of journal files. The name says which segments a file becomes, whoever stores it: storing it twice overwrites the same ones. */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^(?<gateway>[\w.-]+)-(?<sequence>\d+)\.journal$/;

export interface JournalFile {
  readonly path: string;
  /** the gateway that wrote it */
  readonly gateway: string;
  readonly sequence: number;
}

export const journalFile = (folder: string, gateway: string, sequence: number): JournalFile => ({
  path: join(folder, `${gateway}-${sequence}.journal`),
  gateway,
  sequence,
});

/** Journal files of a folder, oldest first; none if it does not exist. */
export const listJournals = async (folder: string): Promise<JournalFile[]> => {
  const names = await readdir(folder).catch(() => []);
  const files = names.flatMap((name) => {
    const groups = NAME.exec(name)?.groups;
    return groups ? [journalFile(folder, groups['gateway']!, Number(groups['sequence']))] : [];
  });
  return files.sort((a, b) => a.sequence - b.sequence);
};

/** Makes a new or renamed file of the folder survive a power cut. */
export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
