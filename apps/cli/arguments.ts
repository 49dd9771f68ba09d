/** What people type, read and checked: commander shows what is thrown here as a wrong use. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { eventTime, eventTimeMs } from '../../core/event-time.js';
import type { Json } from '../../core/json.js';

/** JSON, or `@file` with JSON in it. */
export const json = (text: string): Json => {
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text) as Json;
  } catch (error) {
    throw new InvalidArgumentError(`It is no JSON: ${(error as Error).message}.`);
  }
};

export const count = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Write a number from 1 up.');
  return Number(text);
};

/** @returns ISO 8601, UTC */
export const time = (text: string): string => {
  try {
    return eventTime(eventTimeMs(text));
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
};

/** A day stands for its end. */
export const untilTime = (text: string): string => time(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59.999Z` : text);

export const oneOf =
  <const T extends string>(...words: readonly T[]) =>
  (text: string): T => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new InvalidArgumentError(`Write one of ${words.join(', ')}.`);
    return found;
  };

/** Whoever sits at the machine. */
export const me = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'somebody'; // a container may run under a number without a name
  }
};
