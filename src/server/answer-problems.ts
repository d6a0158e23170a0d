import type { FastifyError, FastifyInstance } from 'fastify';
import type { Log } from '../controller/index.ts';
import { problemsOf } from '../errors.ts';
import { sendProblem } from './answer.ts';
import { codeOf } from './listen.ts';
import { securityHeaders } from './security-headers.ts';

/** Answers whatever a server has no route for, or fails at, in the same words, and with headers that forbid most. */
export function answerProblems(app: FastifyInstance, log: Log): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders);
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 'server.not-found'));
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const code = codeOf(error);
    // Never the text of an error: it may quote the request, or tell how this process is made.
    if (code === 'internal') log.error({ problems: problemsOf(error) }, 'request failed');
    return sendProblem(reply, code);
  });
}
