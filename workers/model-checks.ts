/** Suites of data checks that models name by a file: read once, at load time, so that a run has the suite that its model had. */
import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { isRekindleError, RekindleError } from '../core/errors.js';
import type { ModelDefinition } from '../core/lifecycle/model-spec.js';
import { parseSuite, type CheckSuite } from '../core/validation/suite.js';
import type { Found } from './project-files.js';

const readSuite = async (root: string, path: string): Promise<CheckSuite> => {
  const inside = relative(root, resolve(root, path));
  if (inside.startsWith('..') || isAbsolute(inside)) throw new Error(`${path} lies outside the project`);
  const text = await readFile(resolve(root, path), 'utf8').catch(() => {
    throw new Error(`${path} cannot be read in the project`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Error(`${path} is no JSON: ${(error as Error).message}`);
  }
  return parseSuite(value, path);
};

const invalid = (model: string, file: string, error: unknown): RekindleError => {
  const why = (error as Error).message.replace(/\.$/, '');
  const details = { file, model, fields: [`data.checks: ${why}`] };
  const known = isRekindleError(error) ? error.details : {};
  return new RekindleError(
    'MODEL_SPEC_INVALID',
    `${file}: Model '${model}': data.checks: ${why}.`,
    { ...known, ...details },
    { cause: error },
  );
};

/** The models with their suites in them. One whose suite cannot be read is left out, and is a problem. */
export const withSuites = async (
  root: string,
  models: ReadonlyMap<string, Found<ModelDefinition>>,
  problems: RekindleError[],
): Promise<Map<string, Found<ModelDefinition>>> => {
  const whole = new Map<string, Found<ModelDefinition>>();
  for (const [name, { value, file }] of models) {
    const { checks } = value.spec.data;
    try {
      const spec =
        typeof checks === 'string' ? { ...value.spec, data: { ...value.spec.data, checks: await readSuite(root, checks) } } : value.spec;
      whole.set(name, { value: { ...value, spec }, file });
    } catch (error) {
      problems.push(invalid(name, file, error));
    }
  }
  return whole;
};
