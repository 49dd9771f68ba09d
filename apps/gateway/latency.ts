/** The latest latencies of a model: enough for a p99, and bounded. */
const KEPT = 1024;

export class Latencies {
  private readonly kept = new Float64Array(KEPT);
  private count = 0;

  add(ms: number): void {
    this.kept[this.count % KEPT] = ms;
    this.count += 1;
  }

  /** Of the last 1,024 requests; null before the first. */
  p99(): number | null {
    const n = Math.min(this.count, KEPT);
    if (n === 0) return null;
    return this.kept.slice(0, n).sort()[Math.ceil(n * 0.99) - 1]!;
  }
}
