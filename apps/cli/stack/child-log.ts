/** Lines of a child process: all of them in a file, warnings and errors on the screen. */
import { createWriteStream } from 'node:fs';

interface EcsLine {
  readonly 'log.level'?: string;
  readonly message?: string;
  readonly error?: { readonly message?: string };
}

const LOUD = new Set(['warn', 'error', 'fatal']);

/** What a person should see of a line: of our JSON logs the message of warnings and worse, anything else as it is. */
const loud = (line: string): string | undefined => {
  if (!line.startsWith('{')) return line;
  try {
    const { 'log.level': level, message, error } = JSON.parse(line) as EcsLine;
    if (level === undefined || !LOUD.has(level)) return undefined;
    const cause = error?.message === undefined || message?.includes(error.message) ? '' : ` (${error.message})`;
    return `${level}: ${message ?? ''}${cause}`;
  } catch {
    return line;
  }
};

export interface ChildLog {
  readonly onLine: (line: string) => void;
  close(): Promise<void>;
}

/** @param say gets what a person should see; without it everything goes to the file only */
export const openChildLog = (path: string, name: string, say?: (line: string) => void): ChildLog => {
  const file = createWriteStream(path, { flags: 'a' });
  return {
    onLine: (line) => {
      file.write(`${line}\n`);
      const text = say === undefined ? undefined : loud(line);
      if (text !== undefined) say?.(`[${name}] ${text}`);
    },
    close: () => new Promise((done) => file.end(done)),
  };
};
