/** The rows that the demo sends as requests: what a service in front of the model would know at each half hour. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelSpec } from '../../core/lifecycle/model-spec.js';
import type { Tables } from '../../platform/tables/tables.js';

export interface Row {
  /** event time, ISO 8601, UTC */
  readonly time: string;
  /** by feature name, in the types of the signature */
  readonly features: Readonly<Record<string, number | string | null>>;
  /** the truth, known a day later */
  readonly label: string;
}

/**
 * Rows of the model's source with `from` ≤ event time < `to`, in time order, after the model's own transform.
 * @param project folder that the model's paths are relative to
 */
export const readRows = async (tables: Tables, project: string, spec: ModelSpec, from: string, to: string): Promise<Row[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-demo-'));
  try {
    const raw = join(folder, 'raw.parquet');
    const table = join(folder, 'table.parquet');
    await tables.extract(spec.data.source, { time: spec.data.time, from, to, path: raw });
    const sql = spec.data.transform === undefined ? 'SELECT * FROM raw' : await readFile(join(project, spec.data.transform), 'utf8');
    await tables.transform(sql, { from: raw, to: table, variables: { as_of: to, until: to, holdout_from: to } });
    const features = Object.entries(spec.data.features);
    const columns = features.map(([name, type]) =>
      type === 'number' ? `"${name}"::DOUBLE AS "${name}"` : `"${name}"::VARCHAR AS "${name}"`,
    );
    const records = await tables.query(
      `SELECT epoch_ms("${spec.data.time}")::DOUBLE AS "#time", "${spec.problem.target}"::VARCHAR AS "#label", ${columns.join(', ')}
       FROM read_parquet($path) ORDER BY "${spec.data.time}"`,
      { path: table },
    );
    return records.map((record) => ({
      time: new Date(Number(record['#time'])).toISOString(),
      label: String(record['#label']),
      features: Object.fromEntries(features.map(([name]) => [name, record[name] as number | string | null])),
    }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Rows by event day (UTC), in time order. */
export const byDay = (rows: readonly Row[]): Map<string, Row[]> => {
  const days = new Map<string, Row[]>();
  for (const row of rows) {
    const day = row.time.slice(0, 10);
    const list = days.get(day);
    if (list) list.push(row);
    else days.set(day, [row]);
  }
  return days;
};
