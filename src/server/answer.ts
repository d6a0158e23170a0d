import type { FastifyReply } from 'fastify';
import type { ErrorCode, Problem } from '../errors.ts';
import { problemAnswer, problemType } from './problem.ts';

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, code: ErrorCode, problems?: readonly Problem[]): FastifyReply {
  const { status, body } = problemAnswer(code, problems);
  return reply.code(status).header('content-type', problemType).send(body);
}
