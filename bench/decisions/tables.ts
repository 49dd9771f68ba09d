/**
 * Tables of 25 columns in which nothing changes: 20 of numbers in five shapes, a fifth of them with 5 % missing, and 5 of categories with
 * 2 to 200 levels. Rows are independent, or each column is a stream that remembers.
 */
import type { Column, Frame } from '../../core/frame.js';
import { normalCdf } from '../../core/statistics/distributions/normal.js';
import { levelOf, zipf, type Draws } from './draws.js';

export const NUMBERS = 20;
export const LEVELS = [2, 5, 10, 50, 200];
const MISSING = 0.05;

/** A table of so many rows; of a stream, the rows that follow those drawn before. */
export type Source = (rows: number) => Frame;

/** A standard normal number for row after row. */
type Latent = () => number;

const ZIPF = LEVELS.map(zipf);
const NAMES = LEVELS.map((levels) => Array.from({ length: levels }, (_, i) => `v${i}`));

const shapeOf = (column: number, latent: Latent, { uniform }: Draws): (() => number) => {
  switch (column % 5) {
    case 0:
      return latent;
    case 1:
      return () => Math.exp(0.7 * latent());
    case 2:
      return () => Math.floor(50 * normalCdf(latent()));
    case 3:
      return () => -Math.log(normalCdf(latent()));
    default:
      return () => {
        const value = normalCdf(latent());
        return uniform() < MISSING ? NaN : value;
      };
  }
};

const numberColumn = (rows: number, draw: () => number): Column => {
  const values = new Float64Array(rows);
  for (let i = 0; i < rows; i++) values[i] = draw();
  return { type: 'number', values };
};

const categoryColumn = (rows: number, which: number, u: () => number): Column => {
  const codes = new Int32Array(rows);
  for (let i = 0; i < rows; i++) codes[i] = levelOf(ZIPF[which]!, u());
  return { type: 'category', codes, categories: NAMES[which]! };
};

const sourceOf = (latents: readonly Latent[], draws: Draws): Source => {
  const shapes = Array.from({ length: NUMBERS }, (_, i) => shapeOf(i, latents[i]!, draws));
  return (rows) => ({
    rows,
    columns: {
      ...Object.fromEntries(shapes.map((draw, i) => [`n${i}`, numberColumn(rows, draw)])),
      ...Object.fromEntries(LEVELS.map((_, i) => [`c${i}`, categoryColumn(rows, i, () => normalCdf(latents[NUMBERS + i]!()))])),
    },
  });
};

const forEach = (make: (column: number) => Latent): Latent[] => Array.from({ length: NUMBERS + LEVELS.length }, (_, i) => make(i));

/** Rows that know nothing of each other. */
export const independent = (draws: Draws): Source =>
  sourceOf(
    forEach(() => draws.normal),
    draws,
  );

/** Each value is `memory` times the one before, and chance. */
export const autocorrelated = (draws: Draws, memory: number): Source => {
  const innovation = Math.sqrt(1 - memory ** 2);
  return sourceOf(
    forEach(() => {
      let state = draws.normal();
      return () => (state = memory * state + innovation * draws.normal());
    }),
    draws,
  );
};

/** Rows half an hour apart, four fifths of whose spread is the time of day; each column has its own hour of the peak. */
export const daily = (draws: Draws): Source => {
  const perDay = 48;
  const [wave, noise] = [Math.sqrt(2 * 0.8), Math.sqrt(0.2)];
  return sourceOf(
    forEach(() => {
      let row = perDay * draws.uniform();
      return () => wave * Math.sin((2 * Math.PI * row++) / perDay) + noise * draws.normal();
    }),
    draws,
  );
};
