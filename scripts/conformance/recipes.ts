/**
 * Inputs of the vectors: literal arrays (null missing, "Infinity" and "-Infinity" as strings) or recipes that any language with
 * IEEE-754 doubles expands to the same bits.
 */
import { mulberry32 } from '../../core/statistics/random.js';

interface Generated {
  readonly gen: 'mulberry32';
  readonly seed: number;
  readonly n: number;
  readonly dist: string;
  readonly quantize?: number;
  readonly missing?: { readonly seed: number; readonly p: number };
  readonly [parameter: string]: unknown;
}

type Combined =
  | { readonly gen: 'bernoulli'; readonly seed: number; readonly p: Input }
  | { readonly gen: 'threshold'; readonly of: Input; readonly at: number }
  | { readonly gen: 'concat'; readonly parts: readonly Input[] }
  | { readonly gen: 'add'; readonly parts: readonly [Input, Input] }
  | { readonly gen: 'mixpower'; readonly of: Input; readonly w: number };

export type Input = readonly (number | string | null)[] | Generated | Combined;

const isLiteral = (input: Input): input is readonly (number | string | null)[] => Array.isArray(input);

const isGiven = (input: Input | undefined): input is Input => typeof input === 'object' && input !== null;

/** Sum of twelve uniforms minus 6: near normal. */
const nearNormal = (random: () => number): number => {
  let sum = 0;
  for (let i = 0; i < 12; i++) sum += random();
  return sum - 6;
};

const sampler = (recipe: Generated, random: () => number): (() => number) => {
  const p = recipe as unknown as Readonly<Record<string, number>>;
  switch (recipe.dist) {
    case 'uniform':
      return () => p['lo']! + (p['hi']! - p['lo']!) * random();
    case 'ih12':
      return () => p['loc']! + p['scale']! * nearNormal(random);
    case 'square':
      return () => {
        const u = random();
        return p['scale']! * (u * u);
      };
    case 'recip':
      return () => 1 / (random() + p['c']!);
    case 'int':
      return () => Math.floor(p['k']! * random());
    case 'mix':
      return () => {
        const first = random() < p['p']!;
        const z = nearNormal(random);
        return first ? p['loc1']! + p['scale1']! * z : p['loc2']! + p['scale2']! * z;
      };
    default:
      throw new RangeError(`unknown distribution '${recipe.dist}'`);
  }
};

/** Whether draw i of the generator of missing values blots out value i. */
const blot = (missing: Generated['missing']): (() => boolean) => {
  if (!missing) return () => false;
  const random = mulberry32(missing.seed);
  return () => random() < missing.p;
};

const generate = (recipe: Generated): Float64Array => {
  const draw = sampler(recipe, mulberry32(recipe.seed));
  const isMissing = blot(recipe.missing);
  const { quantize } = recipe;
  return Float64Array.from({ length: recipe.n }, () => {
    const value = draw();
    const kept = quantize === undefined ? value : Math.floor(value * quantize) / quantize;
    return isMissing() ? NaN : kept;
  });
};

const literalNumber = (value: number | string | null): number => (value === null ? NaN : Number(value));

/** A numeric input; NaN is missing. */
export const numbers = (input: Input | undefined): Float64Array => {
  if (!isGiven(input)) throw new RangeError('an input that this call needs is not there, or is no array or recipe');
  if (isLiteral(input)) return Float64Array.from(input, literalNumber);
  switch (input.gen) {
    case 'mulberry32':
      return generate(input);
    case 'bernoulli': {
      const random = mulberry32(input.seed);
      return numbers(input.p).map((p) => Number(random() < p));
    }
    case 'threshold':
      return numbers(input.of).map((x) => Number(x >= input.at));
    case 'concat':
      return Float64Array.from(input.parts.flatMap((part) => [...numbers(part)]));
    case 'add': {
      const second = numbers(input.parts[1]);
      return numbers(input.parts[0]).map((x, i) => x + second[i]!);
    }
    case 'mixpower':
      return numbers(input.of).map((p) => p * (1 - input.w) + input.w * (p * p));
    default:
      throw new RangeError(`unknown recipe '${String((input as { gen?: unknown }).gen)}'`);
  }
};

/** An input of categories; null is missing. Numbers become their text. */
export const categories = (input: Input | undefined): (string | null)[] => {
  if (!isGiven(input)) throw new RangeError('an input that this call needs is not there, or is no array or recipe');
  if (isLiteral(input)) return input.map((value) => (value === null ? null : String(value)));
  if (input.gen !== 'mulberry32' || input.dist !== 'category') {
    return Array.from(numbers(input), (value) => (Number.isNaN(value) ? null : String(value)));
  }
  const weights = input['weights'] as readonly number[];
  const labels = input['labels'] as readonly string[];
  const random = mulberry32(input.seed);
  const isMissing = blot(input.missing);
  return Array.from({ length: input.n }, () => {
    const u = random();
    let running = 0;
    const index = weights.findIndex((weight) => u < (running += weight));
    const label = labels[index === -1 ? labels.length - 1 : index]!;
    return isMissing() ? null : label;
  });
};

/** An input of class labels, 0 or 1. */
export const bits = (input: Input | undefined): Uint8Array => Uint8Array.from(numbers(input));
