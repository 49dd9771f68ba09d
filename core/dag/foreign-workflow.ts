/** Workflows of other workers, in any language. */

/**
 * @typeParam I its one argument
 * @typeParam O what it returns, after JSON
 */
export interface ForeignWorkflow<I = any, O = any> {
  readonly kind: 'rekindle.workflow';
  /** workflow type as that worker registers it */
  readonly type: string;
  readonly queue: string;
  /** one line; shown in Temporal's Web UI */
  readonly doc?: string;
  readonly '~types'?: { readonly input: (input: I) => void; readonly output: O };
}

/**
 * A workflow of another worker, typed by hand.
 *
 * @param type workflow type as that worker registers it
 */
export const foreignWorkflow = <I, O>(type: string, options: { readonly queue: string; readonly doc?: string }): ForeignWorkflow<I, O> => ({
  kind: 'rekindle.workflow',
  type,
  ...options,
});

/** Survives two copies of this module, as a project's and the package's. */
export const isForeignWorkflow = (value: unknown): value is ForeignWorkflow =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'rekindle.workflow';
