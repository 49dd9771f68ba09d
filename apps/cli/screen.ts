/** Some lines of a terminal that are written again and again. */

interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

const TOKEN = /\x1b\[\d*m|[^]/gu;

/** As wide as the terminal at most: a line that wraps would be two, and the cursor would go up too little. */
export const cutTo = (line: string, width: number): string => {
  let left = width;
  let isCut = false;
  const kept = (line.match(TOKEN) ?? []).filter((token) => {
    if (token.startsWith('\x1b')) return true;
    left--;
    isCut ||= left < 0;
    return left >= 0;
  });
  return kept.join('') + (isCut ? '\x1b[0m' : '');
};

export interface Screen {
  /** Replaces what was drawn before. */
  draw(lines: readonly string[]): void;
  /** Takes it away. */
  clear(): void;
}

/** Nothing is drawn where nobody looks. */
export const openScreen = (terminal: Terminal): Screen => {
  let height = 0;
  const back = (): string => (height === 0 ? '\r\x1b[J' : `\x1b[${height}A\r\x1b[J`);
  if (terminal.isTTY !== true) return { draw: () => undefined, clear: () => undefined };
  return {
    draw: (lines) => {
      const rows = Math.max(3, (terminal.rows ?? 24) - 1);
      const fit = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
      const text = fit.map((line) => `${cutTo(line, (terminal.columns ?? 80) - 1)}\n`).join('');
      terminal.write(back() + text);
      height = fit.length;
    },
    clear: () => {
      terminal.write(back());
      height = 0;
    },
  };
};
