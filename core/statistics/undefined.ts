/** The honest answer to 0/0, to a test of nothing, to one class: a reason in the place of a number, never 0 or NaN. */
export interface Undefined {
  readonly undefined: true;
  readonly reason: string;
}

export const undefinedBecause = (reason: string): Undefined => ({ undefined: true, reason });

export const isUndefined = (result: unknown): result is Undefined =>
  typeof result === 'object' && result !== null && (result as { undefined?: unknown }).undefined === true;
