/**
 * The catalogue: a code, whether trying again can help, the HTTP status and the exit code are decided together, here only.
 * `docs/errors.md` lists the same codes; a test keeps the two equal. Keep it sorted by room, then by name.
 */
interface Kind {
  /** Can the same call succeed later without anyone changing anything? Temporal retries only those. */
  readonly retryable: boolean;
  readonly status: number;
  /** 1 failed or rejected, 2 bad usage or input, 3 unreachable service */
  readonly exit: 1 | 2 | 3;
  /** What the reader does about it, in one sentence. */
  readonly remedy: string;
}

const kinds = <const K extends Record<string, Kind>>(table: K): K => table;

export const ERRORS = kinds({
  // configuration and usage
  CONFIG_INVALID: { retryable: false, status: 500, exit: 2, remedy: 'Set the named variables as described in docs/configuration.md.' },
  PORT_TAKEN: { retryable: false, status: 500, exit: 2, remedy: 'Stop what listens there or choose another port.' },
  PROCESS_FAILED: { retryable: true, status: 500, exit: 1, remedy: 'Read its log in .rekindle/logs.' },
  PROJECT_INVALID: { retryable: false, status: 500, exit: 2, remedy: 'Fix the named file; the others still load.' },
  TEMPORAL_UNREACHABLE: { retryable: true, status: 503, exit: 3, remedy: 'Start it with `rekindle dev`, or set TEMPORAL_ADDRESS.' },
  TOOL_MISSING: { retryable: false, status: 500, exit: 3, remedy: 'Run `rekindle doctor`: it says how to get it.' },
  USAGE: { retryable: false, status: 400, exit: 2, remedy: 'See `rekindle <command> --help`.' },

  // DAGs
  ASSET_INVALID: {
    retryable: false,
    status: 422,
    exit: 2,
    remedy: 'Name assets like paths or URIs (letters, digits and . _ ~ : / @ + = , -); write times as ISO 8601.',
  },
  ASSET_NOT_FOUND: { retryable: false, status: 404, exit: 2, remedy: 'Check the name with `rekindle assets list`.' },
  ASSET_NOT_PRODUCED: { retryable: false, status: 422, exit: 1, remedy: 'Name the asset in `produces` of the task.' },
  BACKFILL_INVALID: { retryable: false, status: 422, exit: 2, remedy: 'Name a range of times (ISO 8601) in which the schedule fires.' },
  BACKFILL_RUNNING: {
    retryable: false,
    status: 409,
    exit: 1,
    remedy: 'Wait for its end, or cancel it with `rekindle dags backfill <id> --cancel`.',
  },
  BRANCH_WITHOUT_ARM: { retryable: false, status: 500, exit: 1, remedy: 'Add an arm for the value, or an arm `default`.' },
  DAG_INVALID: { retryable: false, status: 422, exit: 2, remedy: 'Fix the named task in the DAG file.' },
  DAG_NOT_FOUND: { retryable: false, status: 404, exit: 2, remedy: 'Check the id with `rekindle dags list`.' },
  DAG_PARAMS_INVALID: { retryable: false, status: 422, exit: 2, remedy: 'Send params that fit the schema of the DAG.' },
  DAG_RUN_FAILED: { retryable: false, status: 500, exit: 1, remedy: 'Read the failed tasks with `rekindle dags state`.' },
  DAG_RUN_NOT_FOUND: { retryable: false, status: 404, exit: 2, remedy: 'Check the id with `rekindle dags runs`.' },
  DAG_RUN_REFUSED: { retryable: false, status: 409, exit: 2, remedy: 'See what runs and what waits with `rekindle dags state`.' },
  DAG_RUN_SILENT: { retryable: true, status: 503, exit: 3, remedy: 'Start a worker of its project: `rekindle dev` or `rekindle worker`.' },
  DAG_RUN_UNDER_WAY: {
    retryable: false,
    status: 409,
    exit: 1,
    remedy: 'Wait for its end or cancel it with `rekindle dags cancel`; `rekindle dags mark` ends a task of a run under way.',
  },
  DAG_VERSION_NOT_FOUND: {
    retryable: false,
    status: 404,
    exit: 2,
    remedy: 'Publish it with `rekindle sync`, or take `--dag-version now`.',
  },
  POOL_IN_USE: { retryable: false, status: 409, exit: 1, remedy: 'See who with `rekindle pools show`; `--force` deletes it all the same.' },
  POOL_NOT_FOUND: {
    retryable: false,
    status: 404,
    exit: 2,
    remedy: 'Declare it in rekindle.config.ts and run `rekindle sync`, or `rekindle pools set`.',
  },
  POOL_TOO_SMALL: {
    retryable: false,
    status: 422,
    exit: 2,
    remedy: 'Ask for fewer slots, or give the pool more with `rekindle pools set`.',
  },
  OUTPUT_TOO_LARGE: {
    retryable: false,
    status: 422,
    exit: 1,
    remedy: 'Let the task return what the DAG itself decides by in a small field, and refer to that.',
  },
  SCHEDULE_NOT_FOUND: { retryable: false, status: 404, exit: 2, remedy: 'Give the DAG a schedule by the clock, then run `rekindle sync`.' },
  TASK_CANCELLED: { retryable: false, status: 500, exit: 1, remedy: 'The run was cancelled; start it again.' },
  RELEASE_NOT_READY: { retryable: true, status: 503, exit: 3, remedy: 'Start its workers for every queue, then sync again.' },
  TASK_FAILED: { retryable: true, status: 500, exit: 1, remedy: 'Read the log of the task.' },
  TASK_INPUT_INVALID: { retryable: false, status: 422, exit: 1, remedy: 'Send the task what its input schema asks for.' },
  TASK_INSTANCE_NOT_FOUND: { retryable: false, status: 404, exit: 2, remedy: 'See what the run has with `rekindle dags state`.' },
  TASK_NOT_FOUND: { retryable: false, status: 404, exit: 1, remedy: 'Start a worker that has loaded the DAG with this task.' },
  TASK_NOT_STARTED: {
    retryable: false,
    status: 409,
    exit: 1,
    remedy: 'Its rule did not let it start: mark or clear what is upstream of it.',
  },
  TASK_OUTPUT_INVALID: { retryable: false, status: 500, exit: 1, remedy: 'Return what the output schema of the task promises.' },
  TASK_STATE_CHANGED: { retryable: true, status: 409, exit: 1, remedy: 'Use `ctx.state.update`: it reads again and tries again.' },
  TASK_STATE_INVALID: {
    retryable: false,
    status: 422,
    exit: 1,
    remedy: 'Keep a small JSON value, and large data as an object of its own.',
  },
  TASK_TIMED_OUT: { retryable: true, status: 504, exit: 1, remedy: 'Raise the timeout of the task, or let it heartbeat.' },
  WORKER_STOPPED: { retryable: true, status: 503, exit: 3, remedy: 'The next try runs on another worker.' },

  // object store and registry
  OBJECT_NOT_FOUND: { retryable: false, status: 404, exit: 1, remedy: 'Check the key; it may never have been written.' },
  PRECONDITION_FAILED: { retryable: false, status: 412, exit: 1, remedy: 'Read the object again: somebody else changed it first.' },
  STORE_UNREACHABLE: { retryable: true, status: 503, exit: 3, remedy: 'Check that the object store is up and the credentials are right.' },
  CHECKSUM_MISMATCH: {
    retryable: false,
    status: 409,
    exit: 1,
    remedy: 'The stored bytes are not those that were written: restore the object.',
  },
  POINTER_MOVED: {
    retryable: false,
    status: 409,
    exit: 1,
    remedy: 'Production changed since the judgement: judge again against what serves now.',
  },
  VERSION_NOT_FOUND: { retryable: false, status: 404, exit: 2, remedy: 'List the versions with `rekindle models history`.' },
  VERSION_QUARANTINED: { retryable: false, status: 409, exit: 1, remedy: 'This version was rolled back; train another one.' },

  // models
  MODEL_BUSY: { retryable: false, status: 409, exit: 1, remedy: 'Wait for the run that holds the model, or cancel it.' },
  MODEL_NOT_FOUND: { retryable: false, status: 404, exit: 2, remedy: 'Check the name with `rekindle models list`.' },
  MODEL_PAUSED: { retryable: false, status: 409, exit: 1, remedy: 'Look at why it was paused, then `rekindle models resume`.' },
  MODEL_SPEC_INVALID: { retryable: false, status: 422, exit: 2, remedy: 'Fix the named field of the model file.' },
  NO_PREVIOUS_VERSION: { retryable: false, status: 409, exit: 1, remedy: 'There is no older version to go back to; name one with --to.' },
  ROLLBACK_UNVERIFIED: { retryable: true, status: 504, exit: 1, remedy: 'A live gateway still serves the old version: look at its log.' },

  // statistics
  STATISTIC_OPTIONS_INVALID: {
    retryable: false,
    status: 422,
    exit: 2,
    remedy: 'Give columns of one length, counts from 0 up, and options within their ranges.',
  },

  // data
  CHECK_SUITE_INVALID: {
    retryable: false,
    status: 422,
    exit: 2,
    remedy: 'Fix the named fields: docs/validation.md says what each check takes.',
  },
  COLUMN_EMPTY: {
    retryable: false,
    status: 422,
    exit: 1,
    remedy: 'Every value of the column is missing: repair the source or drop the feature.',
  },
  COLUMN_NOT_FOUND: { retryable: false, status: 422, exit: 1, remedy: 'Name a column that the data has.' },
  COLUMN_TYPE_INVALID: {
    retryable: false,
    status: 422,
    exit: 1,
    remedy: 'Repair the named value or declare the column with another type.',
  },
  DATA_EMPTY: { retryable: false, status: 422, exit: 1, remedy: 'No row falls in the window: check the time column and asOf.' },
  FILE_EMPTY: { retryable: false, status: 422, exit: 2, remedy: 'Check what wrote the file: it must have a line of names and rows below.' },
  FILE_NOT_FOUND: { retryable: false, status: 404, exit: 2, remedy: 'Check the path of the file and who may read it.' },
  FILE_UNREADABLE: {
    retryable: false,
    status: 422,
    exit: 2,
    remedy: 'Give a CSV, NDJSON or Parquet file, optionally gzipped; repair the named line.',
  },
  PROFILE_INVALID: {
    retryable: false,
    status: 422,
    exit: 2,
    remedy: 'Write it again with `rekindle drift profile FILE --output PROFILE`.',
  },
  SOURCE_NOT_FOUND: { retryable: false, status: 404, exit: 1, remedy: 'Check the path of the source.' },
  SOURCE_UNREACHABLE: { retryable: true, status: 503, exit: 3, remedy: 'Check that the address answers; the task tries again.' },
  SOURCE_UNREADABLE: {
    retryable: false,
    status: 422,
    exit: 1,
    remedy: 'The file must be UTF-8 CSV, Parquet or NDJSON, optionally gzipped.',
  },
  TARGET_ONE_CLASS: { retryable: false, status: 422, exit: 1, remedy: 'Training needs rows of both classes: widen the window.' },
  TRANSFORM_FAILED: { retryable: false, status: 422, exit: 1, remedy: 'Fix the SQL of the transform.' },

  // training and serving
  MODEL_MISSING: { retryable: false, status: 500, exit: 1, remedy: 'The trainer must write model.onnx into its model folder.' },
  MODEL_UNLOADABLE: { retryable: false, status: 500, exit: 1, remedy: 'The file is not a model the serving runtime can load.' },
  PARITY_FAILED: {
    retryable: false,
    status: 500,
    exit: 1,
    remedy: 'The serving runtime answers differently from the trainer: check the export.',
  },
  SIGNATURE_MISMATCH: { retryable: false, status: 409, exit: 1, remedy: 'The model asks for other inputs than the declared features.' },
  TRAINER_FAILED: { retryable: false, status: 500, exit: 1, remedy: 'Read training.log of the job.' },
  TRAINER_NOT_FOUND: { retryable: false, status: 404, exit: 2, remedy: 'Put the trainer into trainers/<name>/train.py of the project.' },
  TRAINER_TIMEOUT: { retryable: false, status: 504, exit: 1, remedy: 'Raise the limit of the trainer or make it faster.' },
  TRAINER_LOST: { retryable: true, status: 503, exit: 1, remedy: 'The job vanished with its host; it is started again.' },

  // predictions
  JOURNAL_UNWRITABLE: {
    retryable: true,
    status: 503,
    exit: 1,
    remedy: 'A prediction that cannot be logged is not answered: free space on the disk of .rekindle/journal.',
  },
  REQUEST_INVALID: { retryable: false, status: 400, exit: 2, remedy: 'Send rows that fit the signature of the model.' },
  MODEL_NOT_READY: { retryable: true, status: 503, exit: 3, remedy: 'No version of this model is loaded yet.' },
});

export type ErrorCode = keyof typeof ERRORS;

/** Every failure the product raises on purpose: names the place in `message`, the remedy comes from the catalogue. */
export class RekindleError extends Error {
  override readonly name = 'RekindleError';
  readonly code: ErrorCode;
  /** machine-readable place: file, column, row, task, model … */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get remedy(): string {
    return ERRORS[this.code].remedy;
  }
}

export const isRekindleError = (error: unknown): error is RekindleError => error instanceof Error && error.name === 'RekindleError';

/** `CODE: message. Remedy` in one line, for logs, terminals and run failures. */
export const explain = (error: RekindleError): string => `${error.code}: ${error.message} ${error.remedy}`;
