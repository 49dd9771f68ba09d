/** Progress of tasks that run at once: a live view on a terminal, lines with elapsed times on a pipe. */

const REDRAW_MS = 120;
/** On a pipe, a task that works silently says so this often. */
const REMIND_MS = 15_000;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** @param {number} since */
const elapsed = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * What a task says about itself. `step` starts a stage of the work and is worth a line; `detail` is how far it is and replaces the last one.
 * @typedef {{ step: (text: string) => void, detail: (text: string) => void }} Report
 */

/** @typedef {{ name: string, since: number, step: string, detail: string, reminded: number }} Task */

/** @param {NodeJS.WriteStream} stream */
export const createProgress = (stream) => {
  /** @type {Set<Task>} */
  const running = new Set();
  const live = stream.isTTY === true;
  let drawn = 0;
  let frame = 0;

  /** @param {Task} task */
  const lineOf = ({ name, step, detail, since }) => `${name}: ${step}${detail === '' ? '' : `: ${detail}`} (${elapsed(since)})`;

  const erase = () => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };

  const draw = () => {
    const visible = [...running].filter(({ step }) => step !== '');
    frame += 1;
    const width = (stream.columns ?? 80) - 1; // a wrapped line would not be erased whole
    for (const task of visible) stream.write(`${`${FRAMES[frame % FRAMES.length]} ${lineOf(task)}`.slice(0, width)}\n`);
    drawn = visible.length;
  };

  /** A line that stays. @param {string} text */
  const say = (text) => {
    erase();
    stream.write(`${text}\n`);
    if (live) draw();
  };

  const remind = () => {
    for (const task of running) {
      if (task.step === '' || performance.now() - task.reminded < REMIND_MS) continue;
      task.reminded = performance.now();
      say(lineOf(task));
    }
  };

  const tick = () => {
    if (!live) return remind();
    erase();
    draw();
  };
  const timer = setInterval(tick, live ? REDRAW_MS : 1_000);

  return {
    say,
    /**
     * Runs `work` as a named task. A task that reports nothing leaves no line: there was nothing to do.
     *
     * @template T
     * @param {string} name
     * @param {(report: Report) => Promise<T>} work
     * @returns {Promise<T>}
     */
    task: async (name, work) => {
      const now = performance.now();
      const task = { name, since: now, step: '', detail: '', reminded: now };
      running.add(task);
      try {
        const result = await work({
          step: (text) => {
            Object.assign(task, { step: text, detail: '', reminded: performance.now() });
            if (!live) say(`${name}: ${text}`);
          },
          detail: (text) => void (task.detail = text),
        });
        running.delete(task);
        if (task.step !== '') say(`${name}: ready (${elapsed(task.since)})`);
        return result;
      } finally {
        running.delete(task);
      }
    },
    close: () => {
      clearInterval(timer);
      erase();
    },
  };
};
