import { expect } from 'chai';
import { ESLint } from 'eslint';

const RULES = new Set([
  'import-x/no-restricted-paths',
  'import-x/no-cycle',
  'no-restricted-imports',
  '@typescript-eslint/no-restricted-imports',
  'no-restricted-syntax',
  'no-restricted-globals',
]);

/** A file that exists in each room: typed linting knows no others. */
const ROOMS = {
  core: 'core/names.ts',
  platform: 'platform/config.ts',
  workflows: 'workflows/model.ts',
  activities: 'activities/extract.ts',
  client: 'client/connection.ts',
  gateway: 'apps/gateway/app.ts',
} as const;

describe('The import rules', function () {
  this.timeout(120_000);
  const eslint = new ESLint({
    cwd: new URL('../../', import.meta.url).pathname,
    // Where it takes the run for one of CI, the parser would look at the file on disk, not at our code.
    overrideConfig: { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } },
  });

  /** Rules that report if `code` is all that the file holds. */
  const breaches = async (file: string, code: string): Promise<string[]> => {
    const [result] = await eslint.lintText(code, { filePath: file });
    const fatal = result!.messages.filter(({ fatal }) => fatal);
    expect(fatal, file).to.deep.equal([]);
    return result!.messages.map(({ ruleId }) => ruleId ?? '').filter((rule) => RULES.has(rule));
  };

  for (const [room, code, rule] of [
    ['core', "import { loadConfig } from '../platform/config.js'; loadConfig('.');", 'import-x/no-restricted-paths'],
    ['core', "import type { Config } from '../platform/config.js'; export type C = Config;", 'import-x/no-restricted-paths'],
    ['core', "import { join } from 'node:path'; join('a');", 'no-restricted-imports'],
    ['core', "import { join } from 'path'; join('a');", 'no-restricted-imports'],
    ['core', "import pino from 'pino'; pino();", 'no-restricted-imports'],
    ['core', 'export const now = Date.now();', 'no-restricted-syntax'],
    ['core', 'export const now = new Date();', 'no-restricted-syntax'],
    ['core', 'export const chance = Math.random();', 'no-restricted-syntax'],
    ['core', 'export const home = process.env;', 'no-restricted-globals'],
    ['platform', "import { connect } from '../client/connection.js'; connect();", 'import-x/no-restricted-paths'],
    ['workflows', "import { join } from 'node:path'; join('a');", 'no-restricted-imports'],
    ['workflows', "import { extract } from '../activities/extract.js'; extract();", '@typescript-eslint/no-restricted-imports'],
    ['workflows', "import { loadConfig } from '../platform/config.js'; loadConfig('.');", 'import-x/no-restricted-paths'],
    ['workflows', "import { ks } from '../core/statistics/table.js'; ks();", 'import-x/no-restricted-paths'],
    ['activities', "import { loadConfig } from '../platform/config.js'; loadConfig('.');", '@typescript-eslint/no-restricted-imports'],
    ['activities', "import type { C } from '../client/connection.js'; export type D = C;", 'import-x/no-restricted-paths'],
    ['client', "import { model } from '../workflows/model.js'; model();", '@typescript-eslint/no-restricted-imports'],
    ['gateway', "import { connect } from '../../client/connection.js'; connect();", 'import-x/no-restricted-paths'],
    ['gateway', "import { model } from '../../workflows/model.js'; model();", 'import-x/no-restricted-paths'],
  ] as const)
    it(`report in ${room}: ${code.slice(0, code.indexOf(';'))}`, async () => {
      expect(await breaches(ROOMS[room], code)).to.include(rule);
    });

  for (const [room, code] of [
    ['core', "import { z } from 'zod'; import { RekindleError } from './errors.js'; z.string(); new RekindleError('USAGE', '');"],
    ['core', 'export const day = new Date(0);'],
    ['platform', "import { readFileSync } from 'node:fs'; import { keys } from '../core/names.js'; readFileSync(keys.runsPrefix('a'));"],
    ['workflows', "import type { extract } from '../activities/extract.js'; export type E = typeof extract;"],
    ['activities', "import type { Config } from '../platform/config.js'; export type C = Config;"],
    ['client', "import { retrain } from '../workflows/messages.js'; retrain();"],
  ] as const)
    it(`allow in ${room}: ${code.slice(0, code.indexOf(';'))}`, async () => {
      expect(await breaches(ROOMS[room], code)).to.deep.equal([]);
    });

  it('report a cycle', async () => {
    // platform/config.ts imports core/errors.ts
    const cycle = "import { loadConfig } from '../platform/config.js'; loadConfig('.');";
    expect(await breaches('core/errors.ts', cycle)).to.include('import-x/no-cycle');
    expect(await breaches('core/names.ts', cycle)).to.not.include('import-x/no-cycle');
  });
});
