/** `docs/errors.md` is made from the catalogue, so the two cannot differ: `node --import tsx scripts/errors-page.ts`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERRORS } from '../core/errors.js';

const PAGE = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

export const renderErrorsPage = (): string => {
  const rows = Object.entries(ERRORS)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(
      ([code, { retryable, status, exit, remedy }]) => `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${status} | ${exit} | ${remedy} |`,
    );
  return [
    '# Errors',
    '',
    'Every failure that Rekindle raises on purpose has a code. The message names the place (file, column, row, task, model); the table says what to do about it.',
    'Temporal tries again only what is marked as retryable. The HTTP status is what gateway answers carry, the exit code what commands end with',
    '(1 failed or rejected, 2 bad usage or input, 3 unreachable service). A failed task shows its code as the failure type in the Temporal Web UI.',
    '',
    '| code | retried | HTTP | exit | what to do |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, renderErrorsPage());
