/** `schemas/` is made from the code, so the two cannot differ: `node --import tsx scripts/schemas.ts`, then prettier. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DriftReport } from '../core/drift/report.js';
import { MonitoringReport } from '../core/lifecycle/monitoring.js';
import { Profile } from '../core/profile/profile.js';
import { QualityEstimate } from '../core/quality/estimate-report.js';
import { QualityReport } from '../core/quality/report.js';
import { ValidationReport } from '../core/validation/report.js';
import { CheckSuite } from '../core/validation/suite.js';

const FOLDER = fileURLToPath(new URL('../schemas/', import.meta.url));

/** @param io `input`: of what people write, defaults left out */
const of = (title: string, schema: z.ZodType, io: 'input' | 'output' = 'output'): object => ({ title, ...z.toJSONSchema(schema, { io }) });

/** By name of the file in `schemas/`. */
export const SCHEMAS: Readonly<Record<string, object>> = {
  'drift-report-1.json': of('What `rekindle drift compare --json` prints', DriftReport),
  'quality-estimate-1.json': of('What `rekindle quality estimate --json` prints', QualityEstimate),
  'quality-report-1.json': of('What `rekindle quality evaluate --json` prints', QualityReport),
  'monitoring-report-1.json': of('What monitoring writes of each window: `reports/<model>/monitoring/<end>.json`', MonitoringReport),
  'profile-1.json': of('A profile of a table: what `rekindle drift profile` writes', Profile),
  'check-suite-1.json': of('What `rekindle validate --suite` reads and `--suggest` writes', CheckSuite, 'input'),
  'validation-report-1.json': of('What `rekindle validate --json` prints', ValidationReport),
};

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, schema] of Object.entries(SCHEMAS)) writeFileSync(`${FOLDER}${name}`, `${JSON.stringify(schema, null, 2)}\n`);
