/** Tells what happens as it happens: a line for each step that is done, and on a terminal what is going on right now. */
import { elapsed } from '../../apps/cli/output.js';

const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

export interface Narrator {
  say(line: string): void;
  chapter(title: string): void;
  /** @param work gets a function that says how far it is; its result is told by `tell` */
  step<T>(what: string, work: (progress: (text: string) => void) => Promise<T>, tell?: (result: T) => string): Promise<T>;
}

export const createNarrator = (out: NodeJS.WriteStream): Narrator => {
  const clear = (): void => void (out.isTTY && out.write('\r\x1b[2K'));
  const say = (line: string): void => {
    clear();
    out.write(`${line}\n`);
  };
  return {
    say,
    chapter: (title) => say(`\n${title}`),
    step: async (what, work, tell) => {
      const since = performance.now();
      let progress = '';
      let frame = 0;
      const draw = (): void => {
        const text = `  ${FRAMES[frame++ % FRAMES.length]} ${what} ${progress}`;
        clear();
        out.write(text.slice(0, (out.columns || 80) - 1));
      };
      const timer = out.isTTY ? setInterval(draw, 100) : undefined;
      try {
        const result = await work((text) => (progress = text));
        say(`  ✔ ${tell ? tell(result) : what} (${elapsed(performance.now() - since)})`);
        return result;
      } catch (error) {
        say(`  ✖ ${what} (${elapsed(performance.now() - since)})`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
};
