/** What survives a trip through JSON: the only thing that travels between tasks. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
