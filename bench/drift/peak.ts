import { readFileSync } from 'node:fs';

/** The most memory that a process has held at once, in MiB; Linux only. Not `maxRSS`, which counts the process that started it as well. */
export const peakMib = (pid: number | 'self' = 'self'): number =>
  Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
