/** The one clock of a test that is real: a body that never ends must not hang it. */
/* eslint-disable no-restricted-globals -- an executor: like a worker, it has timers */

/** @param late what it has failed with after so long */
export const withinTime = async <T>(work: Promise<T>, limitMs: number | undefined, late: () => Error): Promise<T> => {
  if (limitMs === undefined) return work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limitMs);
  });
  return Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
};
