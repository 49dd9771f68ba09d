/** Every refusal as `{ error, code, row?, column? }`: `error` is V2's field, the rest says where to look. */
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { ERRORS, isRekindleError, type ErrorCode } from '../../core/errors.js';
import type { Logger } from '../../platform/logger.js';

export interface Failure {
  readonly status: number;
  readonly code: ErrorCode | 'INTERNAL';
  readonly body: { readonly error: string; readonly code: string; readonly [place: string]: unknown };
}

/** Fastify's own refusals (no JSON, too large, another content type) are faults of the request. */
const ofFastify = ({ statusCode, message }: FastifyError): Failure | undefined =>
  statusCode !== undefined && statusCode >= 400 && statusCode < 500
    ? { status: statusCode, code: 'REQUEST_INVALID', body: { error: message, code: 'REQUEST_INVALID' } }
    : undefined;

export const failureOf = (error: unknown): Failure => {
  if (isRekindleError(error)) {
    const { code, message, details } = error;
    const status = (error as { statusCode?: number }).statusCode ?? ERRORS[code].status;
    return { status, code, body: { error: message, code, ...details } };
  }
  const other = ofFastify(error as FastifyError);
  return other ?? { status: 500, code: 'INTERNAL', body: { error: 'The gateway failed; its log says why.', code: 'INTERNAL' } };
};

export interface FailureListener {
  readonly log: Logger;
  readonly onFailed: (request: FastifyRequest, failure: Failure) => void;
}

export const handleFailures = (app: FastifyInstance, { log, onFailed }: FailureListener): void => {
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error);
    if (failure.status >= 500) log.error({ err: error, code: failure.code, path: request.url }, 'a request failed');
    onFailed(request, failure);
    return reply.code(failure.status).send(failure.body);
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `There is no ${request.method} ${request.url}.`, code: 'USAGE' }),
  );
};
