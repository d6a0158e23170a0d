import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log, WebhookOutcome } from '../controller/index.ts';
import { problemsOf } from '../errors.ts';
import { type WebhookKind, webhookKinds, type WebhookRequest } from '../forge/index.ts';
import { sendProblem } from './answer.ts';
import type { ServerLimits } from './limits.ts';
import type { RateLimit } from './rate-limit.ts';

/** What the routes of webhooks need. */
export interface WebhookRoutes {
  /** Decides at once and works later; undefined where this process does not lead. */
  readonly receive: (request: WebhookRequest) => WebhookOutcome | undefined;
  readonly rateLimit: RateLimit;
  readonly limits: ServerLimits;
  readonly log: Log;
}

const isKind = (text: string): text is WebhookKind => (webhookKinds as readonly string[]).includes(text);
const mediaTypes = /^application\/(?:json|[\w.-]+\+json|x-www-form-urlencoded)\s*(?:;|$)/i;

/** `POST /webhooks`, `/webhooks/KIND` and `/webhooks/KIND/SECRET`. */
export function addWebhookRoutes(app: FastifyInstance, routes: WebhookRoutes): void {
  for (const url of ['/webhooks', '/webhooks/:kind', '/webhooks/:kind/:secret']) {
    app.post(url, { onRequest: [limitRate(routes), limitBodies(routes), checkMediaType] }, (request, reply) =>
      answer(request, reply, routes),
    );
    app.route({
      method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url,
      handler: (_request, reply) => sendProblem(reply.header('allow', 'POST'), 'server.method'),
    });
  }
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/** How large the body is at most: as long as it says, or as long as it may be. */
function mostBytes({ headers }: FastifyRequest, { bodyBytes }: ServerLimits): number {
  const length = Number(headers['content-length'] ?? bodyBytes);
  return Number.isFinite(length) ? Math.min(Math.max(length, 1), bodyBytes) : bodyBytes;
}

function limitRate({ rateLimit, limits }: WebhookRoutes): Hook {
  return async (request, reply) => {
    const wait = rateLimit.take(request.ip, Math.ceil(mostBytes(request, limits) / limits.bytesPerRequest));
    if (wait === 0) return undefined;
    return sendProblem(reply.header('retry-after', String(Math.ceil(wait / 1000))), 'server.rate-limited');
  };
}

/** Keeps many large bodies from being in memory at once, however slowly they come. */
function limitBodies({ limits }: WebhookRoutes): Hook {
  let held = 0;
  return async (request, reply) => {
    const bytes = mostBytes(request, limits);
    if (held + bytes > limits.bodiesBytes) {
      return sendProblem(reply.header('retry-after', '1'), 'server.unavailable');
    }
    held += bytes;
    reply.raw.once('close', () => {
      held -= bytes;
    });
    return undefined;
  };
}

/** What is compressed is not unpacked: a signature is made over what is sent, and a few bytes can unpack to many. */
async function checkMediaType(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (mediaTypes.test(type) && encoding === 'identity') return undefined;
  return sendProblem(reply, 'server.media-type');
}

async function answer(request: FastifyRequest, reply: FastifyReply, routes: WebhookRoutes): Promise<FastifyReply> {
  const { kind, secret } = request.params as { readonly kind?: string; readonly secret?: string };
  if (kind !== undefined && !isKind(kind)) return sendProblem(reply, 'server.not-found');
  const outcome = routes.receive({
    headers: headersOf(request),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    ...(kind === undefined ? {} : { kind }),
    ...(secret === undefined ? {} : { pathSecret: secret }),
  });
  if (outcome === undefined) return sendProblem(reply.header('retry-after', '1'), 'server.unavailable');
  logOutcome(routes.log, request.ip, outcome);
  switch (outcome.state) {
    case 'accepted':
      setImmediate(() => workOff(outcome.work, routes.log));
      return reply.code(202).send({ status: 'accepted' });
    case 'repeated':
      return reply.code(200).send({ status: 'known already' });
    case 'unreadable':
      return sendProblem(reply, outcome.problems[0].code, outcome.problems);
    case 'refused':
      routes.rateLimit.charge(request.ip, routes.limits.refusalCost - 1);
      return sendProblem(reply, 'server.refused');
  }
}

function headersOf(request: FastifyRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** After the answer: whoever sends is not kept waiting for Git. */
function workOff(work: () => void, log: Log): void {
  try {
    work();
  } catch (error) {
    log.error({ problems: problemsOf(error) }, 'webhook not worked on');
  }
}

function logOutcome(log: Log, source: string, outcome: WebhookOutcome): void {
  const { kind, id } = outcome;
  const fields = { source, kind, delivery: id };
  if (outcome.state === 'accepted') {
    const { repositories, events } = outcome;
    log.info({ ...fields, events, repositories: repositories.slice(0, 10), count: repositories.length }, 'webhook');
  } else if (outcome.state === 'repeated') log.info(fields, 'webhook repeated');
  else if (outcome.state === 'unreadable') log.warn({ ...fields, problems: outcome.problems }, 'webhook unreadable');
  else log.info({ ...fields, reason: outcome.reason }, 'webhook refused');
}
