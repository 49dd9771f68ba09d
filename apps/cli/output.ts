/** How commands speak: one JSON document, a table, or an error block with its remedy. */
import { ERRORS, isRekindleError, type ErrorCode } from '../../core/errors.js';

export const printJson = (document: unknown): void => void process.stdout.write(`${JSON.stringify(document)}\n`);

/** Columns padded to their widest cell, two spaces between them; the last one is left ragged. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) => line.map((cell, i) => (i === line.length - 1 ? cell : cell.padEnd(widths[i]!))).join('  ')).join('\n');
};

/** `4.2 s`, `3 min 05 s`. */
export const elapsed = (ms: number): string => {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
};

/** How long it took, or has taken until now; empty if it has not begun. */
export const lasted = ({ start, end }: { readonly start?: string; readonly end?: string }): string =>
  start === undefined ? '' : elapsed((end === undefined ? Date.now() : Date.parse(end)) - Date.parse(start));

interface DescribedError {
  readonly document: { code: string; message: string; remedy?: string; details?: unknown };
  readonly block: string;
  readonly exit: number;
}

interface Told {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: unknown;
}

/** An error of ours, also one that travelled through Temporal as an ApplicationFailure of that type. */
const told = (error: unknown): Told | undefined => {
  if (isRekindleError(error)) return error;
  if (!(error instanceof Error)) return undefined;
  const { type, details } = error as Error & { type?: unknown; details?: readonly { details?: unknown }[] };
  if (typeof type === 'string' && Object.hasOwn(ERRORS, type))
    return { code: type as ErrorCode, message: error.message, details: details?.[0]?.details };
  return told(error.cause);
};

export const describeError = (error: unknown): DescribedError => {
  const ours = told(error);
  if (ours === undefined) {
    const message = error instanceof Error ? error.message : String(error);
    return { document: { code: 'UNEXPECTED', message }, block: `✖ ${message}\n  Run it again with --debug for the stack.`, exit: 1 };
  }
  const { code, message, details } = ours;
  const { remedy, exit } = ERRORS[code];
  // a message that travelled carries its remedy already
  const own = message.replace(`${code}: `, '').replace(` ${remedy}`, '');
  return { document: { code, message: own, remedy, details }, block: `✖ ${code}\n  ${own}\n  → ${remedy}`, exit };
};
