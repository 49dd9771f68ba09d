/** Are two types the same, `any` and optional fields included? */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does not compile unless `check<Equal<…>>(true)`. */
export const check = <_T extends true>(..._: []): void => undefined;
