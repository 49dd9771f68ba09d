/** What the routes work with. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, Answering, Arrival } from './answering.js';
import type { PredictionLog } from './journal/prediction-log.js';
import type { GatewayMetrics } from './measuring.js';
import type { ModelTable } from './models/model-table.js';

export interface GatewayContext {
  readonly environment: string;
  readonly models: ModelTable;
  readonly answer: Answering;
  readonly predictionLog: PredictionLog;
  readonly metrics: GatewayMetrics;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** `performance.now()` at the first byte of the request */
    started: number;
  }
}

export const arrivalOf = (request: FastifyRequest): Arrival => ({ at: Date.now(), started: request.started });

/** Sends JSON that is already text, with the headers that every prediction carries. */
export const sendAnswer = (reply: FastifyReply, { id, version }: Answer, body: string): FastifyReply =>
  reply
    .header('content-type', 'application/json; charset=utf-8')
    .header('x-model-version', version.version)
    .header('x-prediction-id', id)
    .send(body);

/** Probabilities as JSON numbers. */
export const scoresJson = (scores: Float64Array): string => JSON.stringify(Array.from(scores));
