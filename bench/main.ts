/** `npm run bench -- NAME [--json] [--quick] [--repetitions N]`: one benchmark, ours beside a peer in the same run. */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

export interface BenchRow {
  readonly case: string;
  /** milliseconds (median of the repetitions) unless the case says otherwise */
  readonly ours: number;
  /** null where ours is measured against a number */
  readonly peer: number | null;
  /** ours to the peer's: median over the pairs of one repetition, so that the machine's mood falls out; without a peer, ours to the bar */
  readonly ratio: number;
  /** what the ratio must not exceed; without a peer, what ours must reach or not exceed (the case says which); null: reported only */
  readonly bar: number | null;
  readonly holds: boolean;
}

export interface BenchResult {
  readonly name: string;
  readonly rows: readonly BenchRow[];
}

export interface BenchOptions {
  readonly repetitions: number | undefined;
  /** leave out what takes minutes */
  readonly quick: boolean;
  /** progress, for the person who waits */
  say(line: string): void;
}

interface Bench {
  run(options: BenchOptions): Promise<BenchResult>;
}

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, repetitions: { type: 'string' } },
});
const [name] = positionals;
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`Say which benchmark to run: ${names.join(', ')}.\n`);
  process.exit(2);
}

// Temporal's runtime takes these for its workers: without workers a run would be waited for for ever
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

const bench = (await import(`./${name}.ts`)) as Bench;
const result = await bench.run({
  repetitions: values.repetitions === undefined ? undefined : Number(values.repetitions),
  quick: values.quick === true,
  say: (line) => process.stderr.write(`${line}\n`),
});
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else
  for (const row of result.rows)
    process.stdout.write(
      `${row.case.padEnd(60)} ours ${row.ours.toFixed(1).padStart(10)}  peer ${(row.peer?.toFixed(1) ?? '-').padStart(8)}  ratio ${row.ratio.toFixed(3)}  bar ${row.bar ?? '-'}  ${row.bar === null ? '' : row.holds ? 'holds' : 'MISSED'}\n`,
    );
process.exitCode = result.rows.every(({ holds }) => holds) ? 0 : 1;
