/** A lock between processes: a file made by exclusive create, kept fresh by its owner, taken over when the owner is gone. */
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const FRESHEN_EVERY_MS = 2_000;
/** A living process id is no proof after a reboot or in another container: an owner this silent is gone. */
const SILENT_AFTER_MS = 60_000;

/** @param {unknown} error @param {string} code */
const hasCode = (error, code) => error instanceof Error && 'code' in error && error.code === code;

/** @param {number} pid */
const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
};

/** @param {string} path */
const ageOf = (path) => Date.now() - statSync(path).mtimeMs;

/** @param {string} path @returns {boolean} whether the lock's owner is gone */
const isStale = (path) => {
  try {
    const [pid, host] = readFileSync(path, 'utf8').split('\n');
    return (host === hostname() && !isAlive(Number(pid))) || ageOf(path) > SILENT_AFTER_MS;
  } catch {
    return false; // released meanwhile
  }
};

/** @param {string} path @returns {boolean} whether the lock is ours now */
const tryCreate = (path) => {
  try {
    writeFileSync(path, `${process.pid}\n${hostname()}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
};

/** Removes a stale lock. Only one process may judge and remove at a time, or a second one would remove the first one's new lock. @param {string} path */
const breakStale = (path) => {
  const breaker = `${path}.break`;
  try {
    closeSync(openSync(breaker, 'wx'));
  } catch {
    try {
      if (ageOf(breaker) > SILENT_AFTER_MS) rmSync(breaker, { force: true });
    } catch {
      // gone already
    }
    return;
  }
  try {
    if (isStale(path)) rmSync(path, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
};

/**
 * Runs `work` while no other process holds the lock `path`.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {() => void} [onWait] called once if another process holds the lock
 * @returns {Promise<T>}
 */
export const withLock = async (path, work, onWait) => {
  mkdirSync(dirname(path), { recursive: true });
  for (let waited = false; !tryCreate(path); await sleep(200)) {
    if (isStale(path)) breakStale(path);
    else if (!waited) {
      waited = true;
      onWait?.();
    }
  }
  const freshen = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // somebody cleaned the folder: the work goes on
    }
  }, FRESHEN_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(freshen);
    rmSync(path, { force: true });
  }
};
