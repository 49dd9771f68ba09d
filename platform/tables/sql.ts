/** Quoting for DuckDB, in one place. */

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Any spelling of a time as TIMESTAMP in UTC; a time without a zone is UTC; NULL when it is no time. */
export const utc = (column: string, type: string): string => {
  if (type === 'TIMESTAMP WITH TIME ZONE') return `(${column} AT TIME ZONE 'UTC')`;
  if (type.startsWith('TIMESTAMP') || type === 'DATE') return `CAST(${column} AS TIMESTAMP)`;
  return `(TRY_CAST(CAST(${column} AS VARCHAR) AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`;
};

/** A time given as ISO 8601 as a TIMESTAMP literal in UTC. */
export const timestamp = (iso: string): string => `(TIMESTAMPTZ ${literal(iso)} AT TIME ZONE 'UTC')`;

/** A list of values as the list literal that `read_parquet` takes. */
export const list = (values: readonly string[]): string => `[${values.map(literal).join(', ')}]`;

/** Without the semicolon (and comments behind it), so that the SELECT can stand inside another statement. */
export const bare = (sql: string): string => sql.replace(/;(?:\s|--[^\n]*|\/\*[\s\S]*?\*\/)*$/, '');
