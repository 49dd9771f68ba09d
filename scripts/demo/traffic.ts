/** A service that asks the gateway for predictions and reports the truth later: plain HTTP, as anyone would. */
import type { Row } from './rows.js';

/** Requests under way at once: enough to keep two cores busy, few enough to stay a polite client. */
const CONCURRENCY = 16;

export interface Answered {
  readonly predictionId: string;
  readonly version: string;
  readonly row: Row;
}

export class Traffic {
  /** rows */
  sent = 0;
  failed = 0;
  labelled = 0;
  /** the first failure, for the person who has to find out why */
  firstFailure: string | undefined;
  readonly #gateway: string;
  readonly #model: string;

  constructor(gateway: string, model: string) {
    this.#gateway = gateway;
    this.#model = model;
  }

  /** One request a row, in event order as far as concurrency allows. Failures are counted, not thrown. */
  async predict(rows: readonly Row[]): Promise<Answered[]> {
    const answered: Answered[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < rows.length; index = next++) {
        const answer = await this.#one(rows[index]!);
        if (answer) answered.push(answer);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
    return answered;
  }

  async label(answers: readonly Answered[]): Promise<void> {
    if (answers.length === 0) return;
    const labels = answers.map(({ predictionId, row }) => ({ prediction_id: predictionId, label: row.label, event_time: row.time }));
    const response = await fetch(`${this.#gateway}/v1/models/${this.#model}/labels`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ labels }),
    });
    if (!response.ok) throw new Error(`labels were refused: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
    this.labelled += answers.length;
  }

  async #one(row: Row): Promise<Answered | undefined> {
    this.sent += 1;
    try {
      const response = await fetch(`${this.#gateway}/v2/models/${this.#model}/infer`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(inferRequest(row)),
      });
      const text = await response.text();
      const predictionId = response.headers.get('x-prediction-id');
      const version = response.headers.get('x-model-version');
      if (response.ok && predictionId !== null && version !== null) return { predictionId, version, row };
      this.#fail(`${response.status} ${text}`);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }

  #fail(why: string): void {
    this.failed += 1;
    this.firstFailure ??= why;
  }
}

const inferRequest = ({ time, features }: Row): object => ({
  parameters: { event_time: time },
  inputs: Object.entries(features).map(([name, value]) => ({
    name,
    shape: [1],
    datatype: typeof value === 'string' ? 'BYTES' : 'FP64',
    data: [value],
  })),
});
