import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import { PlumbError, type Problem, problemsOf } from '../../errors.ts';
import { TooManyError } from '../auth/guard.ts';
import type { Right } from '../auth/types.ts';
import { codeOf } from '../listen.ts';
import { problemsBody, problemType } from '../problem.ts';
import { callSignal, userOf } from './caller.ts';
import type { Access, ApiApp, ApiContext, RouteGroup } from './context.ts';
import { type Document, openApiDocument } from './openapi.ts';
import { answerUnchanged } from './etag.ts';
import { validatorCompiler } from './validate.ts';

/**
 * Adds groups of routes with all that they have in common: who may use them, what may be sent, ids, ETags, problems.
 */
export function addApi(app: ApiApp, context: ApiContext, groups: readonly RouteGroup[]): void {
  const routes: RouteOptions[] = [];
  app.decorateRequest('signedIn');
  app.decorateRequest('ending');
  app.setValidatorCompiler(validatorCompiler);
  // Checked by the compiler, and in the tests by validating every answer.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.addHook('onRoute', (route) => {
    if (accessOf(route) === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say who may use it`);
    routes.push(route);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    request.ending = callSignal(reply, context.signal);
    await letIn(request, context);
  });
  app.addHook('onSend', answerUnchanged);
  app.addHook('onResponse', async (request, reply) => logCall(request, reply, context));
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, context));
  app.setNotFoundHandler((request, reply) =>
    sendProblems(request, reply, [{ code: 'server.not-found', message: `nothing is at ${pathOf(request)}` }]),
  );
  for (const group of groups) group(app, context);
  let document: Document | undefined;
  app.get(
    '/openapi.json',
    {
      config: { access: 'open' },
      schema: {
        operationId: 'getOpenApi',
        summary: 'This document',
        tags: ['About'],
        response: { 200: Type.Object({}, { additionalProperties: true, description: 'OpenAPI 3.1.' }) },
      },
    },
    async () => (document ??= openApiDocument(routes, context.version)),
  );
}

function accessOf(route: Pick<RouteOptions, 'config'>): Access | undefined {
  return route.config?.access;
}

/** Deny by default: somebody has to be signed in, and to have the right that the route names. */
async function letIn(request: FastifyRequest, context: ApiContext): Promise<void> {
  if (request.is404) return;
  const { access } = request.routeOptions.config;
  if (access === 'open') return;
  request.signedIn = await context.authenticate(request);
  if (access === 'signed-in') return;
  // Cannot be, as `onRoute` refuses such a route; a mistake here must not open one.
  if (access === undefined) throw new PlumbError([{ code: 'auth.forbidden', message: 'nobody may use this path' }]);
  await context.authorizer.require(userOf(request), rightFor(request, access), request.ending);
}

function rightFor(request: FastifyRequest, access: Exclude<Access, string>): Right {
  const { namespace, name } = request.params as { readonly namespace?: string; readonly name?: string };
  return {
    ...access,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, { log }: ApiContext): FastifyReply {
  const problems = problemsIn(error);
  if (error instanceof TooManyError) reply.header('retry-after', String(error.retryAfter));
  if (problems.some(({ code }) => code === 'internal'))
    log.error({ requestId: request.id, problems: problemsOf(error) }, 'request failed');
  return sendProblems(request, reply, problems);
}

function problemsIn(error: unknown): readonly [Problem, ...Problem[]] {
  if (error instanceof PlumbError || !(error instanceof Error) || !('statusCode' in error)) return problemsOf(error);
  const { statusCode, code, message } = error as Error & { readonly statusCode: number; readonly code: string };
  if (code === 'FST_ERR_VALIDATION' && error.cause instanceof PlumbError) return error.cause.problems;
  const known = codeOf({ statusCode, code });
  return [{ code: known, message: known === 'internal' ? '' : message }];
}

/** Answers with all problems. */
export function sendProblems(
  request: FastifyRequest,
  reply: FastifyReply,
  problems: readonly [Problem, ...Problem[]],
): FastifyReply {
  const body = problemsBody(problems, request.id);
  if (body.status === 401) reply.header('www-authenticate', 'Bearer');
  if (body.status === 429 || body.status === 503) {
    if (!reply.hasHeader('retry-after')) reply.header('retry-after', '1');
  }
  return reply
    .code(body.status)
    .header('content-type', problemType)
    .serializer((answer: unknown) => JSON.stringify(answer))
    .send(body);
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';

/** What changes something is told always; what only reads, where all is told. The query may hold anything. */
function logCall(request: FastifyRequest, reply: FastifyReply, { log }: ApiContext): void {
  const fields = {
    requestId: request.id,
    method: request.method,
    path: pathOf(request),
    status: reply.statusCode,
    milliseconds: Math.round(reply.elapsedTime),
    ...(request.signedIn === undefined ? {} : { user: request.signedIn.username }),
  };
  if (request.method === 'GET' || request.method === 'HEAD') log.debug(fields, 'API');
  else log.info(fields, 'API');
}
