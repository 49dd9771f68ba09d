/** One colour for each state, in every kind of picture. */
import type { TaskState } from '../../../core/dag/run-state.js';

interface Colours {
  /** of a terminal: the code of Select Graphic Rendition */
  readonly terminal: number;
  /** border; 3:1 and more against both backgrounds */
  readonly line: string;
  /** behind dark text */
  readonly light: string;
  /** behind light text */
  readonly dark: string;
}

export const COLOURS: Readonly<Record<TaskState, Colours>> = {
  scheduled: { terminal: 90, line: '#7d8590', light: '#f3f4f6', dark: '#22272e' },
  running: { terminal: 36, line: '#1f7ae0', light: '#dcebff', dark: '#12304f' },
  deferred: { terminal: 35, line: '#8b5cf6', light: '#ece5ff', dark: '#2e2350' },
  up_for_retry: { terminal: 33, line: '#b7791f', light: '#fdf0d0', dark: '#45330d' },
  success: { terminal: 32, line: '#2f9e44', light: '#dcf5e1', dark: '#123a1c' },
  failed: { terminal: 31, line: '#e03131', light: '#ffe0e0', dark: '#541c1c' },
  skipped: { terminal: 90, line: '#8a8f98', light: '#eceef1', dark: '#2b3037' },
  upstream_failed: { terminal: 91, line: '#d9480f', light: '#ffe8d9', dark: '#4d2410' },
  removed: { terminal: 90, line: '#8a8f98', light: '#eceef1', dark: '#2b3037' },
};

/** Where a person looks at stdout, unless they asked for none: https://no-color.org */
export const isColourful = (stream: { readonly isTTY?: boolean | undefined }): boolean => {
  const { NO_COLOR: none, FORCE_COLOR: forced } = process.env;
  if (none !== undefined && none !== '') return false;
  return forced !== undefined && forced !== '0' ? true : stream.isTTY === true;
};

export type Paint = (text: string, state: TaskState | undefined) => string;

export const plain: Paint = (text) => text;
export const inColour: Paint = (text, state) => (state === undefined ? text : `\x1b[${COLOURS[state].terminal}m${text}\x1b[0m`);
export const painterFor = (stream: { readonly isTTY?: boolean | undefined }): Paint => (isColourful(stream) ? inColour : plain);
