/** A profile as a file: what `rekindle drift profile` and `--save-profile` write. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { RekindleError } from '../../core/errors.js';
import { Profile } from '../../core/profile/profile.js';
import { findFile, headOf } from '../tables/messy/bytes.js';

const MARK = /^\uFEFF?\s*\{[^]*"schema"\s*:\s*"rekindle\/profile\//;

/** @returns undefined if the file is no profile @throws FILE_NOT_FOUND FILE_EMPTY PROFILE_INVALID */
export const readProfile = async (name: string): Promise<Profile | undefined> => {
  const file = await findFile(name);
  const head = (await headOf(file, 4096)).toString('utf8');
  if (!MARK.test(head)) return undefined;
  const invalid = (why: string, cause: unknown): RekindleError =>
    new RekindleError('PROFILE_INVALID', `${name}: this profile ${why}.`, { file: name }, { cause });
  const bytes = await readFile(file.path);
  let value: unknown;
  try {
    value = JSON.parse((file.gzipped ? gunzipSync(bytes) : bytes).toString('utf8'));
  } catch (error) {
    throw invalid('is no whole JSON document; it may be cut off', error);
  }
  const parsed = Profile.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`does not fit its schema at '${issue!.path.join('.')}': ${issue!.message}`, parsed.error);
};
