/** Where in a text file a row is: a record may take several lines, blank lines are none, and lines that are no rows were left out. */
import { bytesOf, type FoundFile } from './bytes.js';

const [NEWLINE, RETURN, QUOTE, SPACE] = [0x0a, 0x0d, 0x22, 0x20] as const;

/** Line (from 1) that holds the byte at `offset`, or the first one behind it that is no line end. */
export const lineOfByte = async (file: FoundFile, offset: number): Promise<number> => {
  let line = 1;
  let at = 0;
  for await (const chunk of bytesOf(file))
    for (const byte of chunk) {
      if (at++ >= offset && byte !== NEWLINE && byte !== RETURN) return line;
      if (byte === NEWLINE) line++;
    }
  return line;
};

export interface RecordPlace {
  /** blank lines above the header */
  readonly blank: number;
  readonly delimiter: string;
  /** bytes at which lines begin that are no rows */
  readonly left: readonly number[];
  /** in a file of one column a blank line is a row whose value is missing */
  readonly areBlanksRows: boolean;
}

/**
 * Lines of the rows `wanted` (from 0, without the header) of a CSV file.
 *
 * @returns parallel to `wanted`; undefined where the file ends before
 */
export const linesOfRows = async (
  file: FoundFile,
  wanted: readonly number[],
  { blank, delimiter, left, areBlanksRows }: RecordPlace,
): Promise<(number | undefined)[]> => {
  const found = new Map<number, number>();
  const open = new Set(wanted);
  const leftOut = [...left].sort((a, b) => a - b);
  const separator = delimiter.charCodeAt(0);
  let [line, at, startLine, row, next, skip] = [1, 0, 1, -1, 0, blank];
  let [isQuoted, wasQuote, isFieldStart, isBlank] = [false, false, true, true];
  const endRecord = (): void => {
    const isLeftOut = next < leftOut.length && leftOut[next]! < at;
    while (next < leftOut.length && leftOut[next]! < at) next++;
    if (skip > 0) skip--;
    else if (!isLeftOut && (!isBlank || (areBlanksRows && row >= 0))) {
      if (open.delete(row)) found.set(row, startLine);
      row++;
    }
    startLine = line;
    [isQuoted, wasQuote, isFieldStart, isBlank] = [false, false, true, true];
  };
  for await (const chunk of bytesOf(file)) {
    for (const byte of chunk) {
      const isEnd = byte === NEWLINE || byte === RETURN;
      // DuckDB says of a record where it begins, or where a line end before it is
      if (isEnd && leftOut[next] === at) leftOut[next]!++;
      at++;
      if (byte === NEWLINE) line++;
      if (byte === NEWLINE && !isQuoted) {
        endRecord();
        continue;
      }
      if (!isEnd && byte !== SPACE) isBlank = false;
      // a quote right behind a closing one stands for itself: the field goes on
      const opens = byte === QUOTE && !isQuoted && (isFieldStart || wasQuote);
      wasQuote = byte === QUOTE && isQuoted;
      if (byte === QUOTE) isQuoted = opens;
      isFieldStart = !isQuoted && (byte === separator || (isFieldStart && byte === SPACE));
    }
    if (open.size === 0) break;
  }
  if (open.size > 0 && !isBlank) endRecord();
  return wanted.map((index) => found.get(index));
};
