/** Runs a command to its end. */
import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill()));

/**
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, onLine?: (line: string) => void, tail?: number }} [options]
 *   `onLine` gets both streams; `tail` is how many lines of a failed command's output its error carries
 * @returns {Promise<void>}
 * @throws {Error} with the end of the output if the command cannot start or fails
 */
export const run = (file, args, { cwd, env, onLine, tail = 12 } = {}) =>
  new Promise((done, fail) => {
    const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    /** @type {string[]} */
    const lastLines = [];
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
        const lines = (rest + chunk).split(/[\r\n]+/);
        rest = lines.pop() ?? '';
        for (const line of lines.filter((text) => text.trim() !== '')) {
          lastLines.push(line);
          if (lastLines.length > tail) lastLines.shift();
          onLine?.(line);
        }
      });
    }
    child.once('error', (error) => fail(new Error(`${file}: ${error.message}`)));
    child.once('close', (code, signal) => {
      running.delete(child);
      if (code === 0) done();
      else fail(new Error(`\`${[file, ...args].join(' ')}\` ended with ${signal ?? code}:\n${lastLines.join('\n')}`));
    });
  });
