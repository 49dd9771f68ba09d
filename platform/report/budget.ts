/** Bytes that a part of the page may take. */
import type { Html } from './html.js';

export class Budget {
  #left: number;

  /** @param bytes of UTF-8 */
  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Whether it still fits; if so, its bytes are spent. */
  fits(part: Html): boolean {
    const bytes = Buffer.byteLength(String(part));
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  /** The first parts, as many as fit. */
  take(parts: readonly Html[]): Html[] {
    const end = parts.findIndex((part) => !this.fits(part));
    return parts.slice(0, end < 0 ? parts.length : end);
  }
}
