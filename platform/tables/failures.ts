/** What DuckDB says, as errors of the catalogue that name the place. */
import { RekindleError } from '../../core/errors.js';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The sentence that matters: without the kind, the quoted SQL and the list of settings. */
export const gist = (message: string): string =>
  message
    .split(/\n\s*\n|\n\s*LINE \d+:|\n\s*Possible |\n\s*The search space/)[0]!
    .replace(/^[A-Z][A-Za-z ]+ Error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.?\s*$/, '.');

/** After such an error DuckDB refuses every further statement on the same instance. */
export const isFatal = (error: unknown): boolean => /^(INTERNAL|FATAL) Error|database has been invalidated/.test(messageOf(error));

/** DuckDB found no way to read all lines of a CSV alike. */
export const isSniffing = (error: unknown): boolean => messageOf(error).includes('Error when sniffing file');

/** The statement was innocent: another one had brought the database down before. */
export const isBystander = (error: unknown): boolean => messageOf(error).includes('database has been invalidated');

/** @returns an error of the catalogue for what went wrong when `uri` was read */
export const unreadable = (uri: string, error: unknown): unknown => {
  if (error instanceof RekindleError) return error;
  const message = messageOf(error);
  if (message.startsWith('Out of Memory')) return error;
  if (message.includes('No files found that match'))
    return new RekindleError('SOURCE_NOT_FOUND', `Source '${uri}': no file matches.`, { source: uri }, { cause: error });
  const fail = (what: string, line?: number): RekindleError =>
    new RekindleError(
      'SOURCE_UNREADABLE',
      `Source '${uri}'${line === undefined ? '' : `, line ${line}`}: ${what}`,
      { source: uri, ...(line === undefined ? {} : { line }) },
      { cause: error },
    );
  const csvLine = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  if (/not utf-8 encoded/i.test(message)) return fail('the text is not UTF-8.', Number(csvLine));
  const jsonLine = /Malformed JSON .* in line (\d+): (.*)/.exec(message);
  if (jsonLine) {
    // DuckDB counts the line that it would have read next
    const line = Number(jsonLine[1]) - 1;
    return /UTF-8/.test(jsonLine[2]!) ? fail('the text is not UTF-8.', line) : fail(`this is not JSON: ${jsonLine[2]!.trim()}`, line);
  }
  if (/No magic bytes found|not a Parquet file|too small to be a Parquet/i.test(message)) return fail('this is not a Parquet file.');
  if (csvLine) return fail(gist(message.split('\n').slice(2).join('\n')), Number(csvLine));
  return fail(gist(message));
};

/** DuckDB's own words, the line in the SQL included: the reader wrote the SQL. */
export const transformFailed = (error: unknown): RekindleError =>
  error instanceof RekindleError
    ? error
    : new RekindleError('TRANSFORM_FAILED', `The SQL of the transform: ${messageOf(error).trim()}`, {}, { cause: error });
