import { z } from 'zod';

/** A text that `check` accepts; its RangeError says what is wrong. */
export const checkedText = (check: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      check(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  });
