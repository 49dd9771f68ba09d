/** Makes the compiler list every place that must decide when a union grows. @throws Error if reached at run time */
export const assertNever = (value: never): never => {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
};
