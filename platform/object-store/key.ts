import { RekindleError } from '../../core/errors.js';

/** Where the folder store keeps what is not an object (yet); no key may start with it. */
export const PENDING = '.pending';

const FORBIDDEN = /[\u0000-\u001f\\]/;

/**
 * A key that both stores can hold: `/`-separated, no empty segment, no `.` or `..`, no control characters, at most 1,024 bytes.
 * @returns the key @throws USAGE
 */
export const checkedKey = (key: string): string => {
  const segments = key.split('/');
  const wrong =
    FORBIDDEN.test(key) ||
    Buffer.byteLength(key) > 1024 ||
    segments[0] === PENDING ||
    segments.some((segment) => segment === '' || segment === '.' || segment === '..');
  if (wrong) throw new RekindleError('USAGE', `'${key}' is not a key of the object store.`, { key });
  return key;
};

/** A prefix may end anywhere, also inside a segment; it must not leave the store. @returns the prefix @throws USAGE */
export const checkedPrefix = (prefix: string): string => {
  if (prefix !== '') checkedKey(prefix.replace(/\/$/, ''));
  return prefix;
};

/** Order of keys in a listing: by the bytes of their UTF-8, as S3 has it. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
