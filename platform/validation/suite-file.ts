/** A suite as a file. */
import { readFile } from 'node:fs/promises';
import { RekindleError } from '../../core/errors.js';
import { parseSuite, type CheckSuite } from '../../core/validation/suite.js';
import { findFile } from '../tables/messy/bytes.js';

/** @throws FILE_NOT_FOUND FILE_EMPTY CHECK_SUITE_INVALID */
export const readSuite = async (name: string): Promise<CheckSuite> => {
  const { path } = await findFile(name);
  const text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RekindleError(
      'CHECK_SUITE_INVALID',
      `${name}: this is no JSON: ${(error as Error).message}.`,
      { place: name },
      { cause: error },
    );
  }
  return parseSuite(value, name);
};

/** For people to edit: a field a line. */
export const suiteText = (suite: CheckSuite): string => `${JSON.stringify(suite, undefined, 2)}\n`;
