import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { addProbes } from './add-probes.ts';
import { sendProblem } from './answer.ts';
import { answerProblems } from './answer-problems.ts';
import { defaultLimits, type ServerLimits } from './limits.ts';
import { closedWith, listen, type ListenOptions, refuseConnection } from './listen.ts';
import { createRateLimit } from './rate-limit.ts';
import { addWebhookRoutes, type WebhookRoutes } from './webhooks.ts';

/** What a server is started with. */
export interface ServerOptions extends ListenOptions, Pick<WebhookRoutes, 'receive' | 'log'> {
  /** Whether this process leads and has begun to work: what `/readyz` answers. */
  readonly isReady: () => boolean;
  /** Addresses and ranges whose word on who sent a request is believed (`X-Forwarded-For`). */
  readonly trustedProxies?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** A server that listens. */
export interface Server {
  readonly host: string;
  readonly port: number;
  /** Resolves when it has ended: nothing listens, and no connection is open. */
  readonly closed: Promise<void>;
}

/** The longest path that is looked at; a secret in it may be so long. */
const longestParameter = 512;

/**
 * Listens for webhooks, and for those who ask whether this process is well.
 * @throws PlumbError `server.listen`
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const limits = { ...defaultLimits, ...options.limits };
  const app = createApp(options, limits);
  app.server.maxConnections = limits.connections;
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  addWebhookRoutes(app, {
    receive: options.receive,
    log: options.log,
    limits,
    rateLimit: createRateLimit({
      perSource: limits.perSource,
      overall: limits.overall,
      sources: 10_000,
      now: options.monotonic,
    }),
  });
  addProbes(app, options.isReady);
  await listen(app, options);
  const { address, port } = app.server.address() as AddressInfo;
  return { host: address, port, closed: closedWith(app, options.signal) };
}

function createApp(options: ServerOptions, limits: ServerLimits): FastifyInstance {
  const { trustedProxies = [] } = options;
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMilliseconds,
    keepAliveTimeout: limits.idleMilliseconds,
    connectionTimeout: limits.requestMilliseconds + limits.idleMilliseconds,
    http: { headersTimeout: limits.headersMilliseconds, connectionsCheckingInterval: limits.checkMilliseconds },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: longestParameter },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (_error, _request, reply) => {
      void sendProblem(reply, 'server.bad-request');
    },
  });
  app.removeAllContentTypeParsers();
  answerProblems(app, options.log);
  return app;
}
