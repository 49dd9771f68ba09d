/** Python of a peer's environment, undefined if it is not installed. */
export declare const pythonOf: (peer: 'prefect' | 'airflow' | 'drift') => string | undefined;
