import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { fastify, type FastifyInstance } from 'fastify';
import { refuseConnection } from '../listen.ts';
import { sendProblem } from '../answer.ts';
import { defaultRequestRates, limitRequests, type RequestRates } from '../limit-requests.ts';
import { securityHeaders } from '../security-headers.ts';
import { addApi } from './add-api.ts';
import type { ApiApp, ApiContext, RouteGroup } from './context.ts';
import { routeGroups } from './groups.ts';

/** Where all of it lies. */
export const apiPrefix = '/api/v1';

/** What somebody may ask of the API. */
export interface ApiLimits {
  /** Bytes of one body. An object of Kubernetes has at most about 1.5 MiB; several go in one request. */
  readonly bodyBytes: number;
  /** Milliseconds until all headers are there. */
  readonly headersMilliseconds: number;
  /** Milliseconds until the whole request is there. */
  readonly requestMilliseconds: number;
  /** Milliseconds that a connection without a request is kept. */
  readonly idleMilliseconds: number;
  readonly connections: number;
  readonly rates: RequestRates;
}

/** What is taken where nothing else is said. */
export const defaultApiLimits: ApiLimits = {
  bodyBytes: 8 * 1024 * 1024,
  headersMilliseconds: 10_000,
  requestMilliseconds: 60_000,
  idleMilliseconds: 60_000,
  connections: 1_024,
  rates: defaultRequestRates,
};

/** How an app is made. */
export interface CreateApiOptions {
  readonly limits?: Partial<ApiLimits>;
  /** Addresses and ranges whose word on who sent a request is believed (`X-Forwarded-For`). */
  readonly trustedProxies?: readonly string[];
  /** All where left out. */
  readonly groups?: readonly RouteGroup[];
  /** Adds what lies beside the API: where people sign in. */
  readonly addRoutes?: (app: FastifyInstance) => void;
}

/** The API, not listening yet. */
export async function createApi(context: ApiContext, options: CreateApiOptions = {}): Promise<ApiApp> {
  const limits = { ...defaultApiLimits, ...options.limits };
  const { trustedProxies = [], groups = routeGroups } = options;
  const app: ApiApp = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMilliseconds,
    keepAliveTimeout: limits.idleMilliseconds,
    // Not by silence: somebody may wait for an answer, or for events.
    connectionTimeout: 0,
    http: { headersTimeout: limits.headersMilliseconds },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    requestIdHeader: false,
    genReqId: requestId,
    routerOptions: { maxParamLength: 512 },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (_error, _request, reply) => {
      void sendProblem(reply, 'server.bad-request');
    },
  });
  app.server.maxConnections = limits.connections;
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders);
  });
  limitRequests(app, limits.rates, context.monotonic);
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 'server.not-found'));
  options.addRoutes?.(app);
  await app.register(
    async (scope: ApiApp) => {
      addApi(scope, context, groups);
    },
    { prefix: apiPrefix },
  );
  return app;
}

/** What the caller names a request, where it is fit for a log; else a new name. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}
