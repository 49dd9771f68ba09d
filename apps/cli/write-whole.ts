/** Files that are there whole or not at all: whoever reads one while it is written, or after Ctrl-C, finds no half of it. */
import { rename, rm, writeFile } from 'node:fs/promises';

/** @throws an error of the file system, or that the signal has; nothing is left behind then */
export const writeWhole = async (path: string, text: string, signal?: AbortSignal): Promise<void> => {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, text, { flag: 'wx' });
    signal?.throwIfAborted();
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
};
