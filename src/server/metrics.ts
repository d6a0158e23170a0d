import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import type { Log } from '../controller/index.ts';
import { addProbes } from './add-probes.ts';
import { sendProblem } from './answer.ts';
import { answerProblems } from './answer-problems.ts';
import { closedWith, listen, type ListenOptions, refuseConnection } from './listen.ts';
import type { Server } from './server.ts';

/** What a server for Prometheus is started with. */
export interface MetricsServerOptions extends ListenOptions {
  /** All metrics as text. */
  readonly scrape: () => Promise<string>;
  /** The media type of that. */
  readonly contentType: string;
  /** Whether this process leads and has begun to work: what `/readyz` answers. */
  readonly isReady: () => boolean;
  readonly log: Log;
}

/** Scrapers that are connected at the same time. */
const mostConnections = 64;

/**
 * Listens for Prometheus, and for those who ask whether this process is well; asks nobody who they are.
 * @throws PlumbError `server.listen`
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<Server> {
  const app = createApp(options);
  app.server.maxConnections = mostConnections;
  app.get('/metrics', async (_request, reply) => {
    const text = await options.scrape();
    return reply.type(options.contentType).send(text);
  });
  addProbes(app, options.isReady);
  await listen(app, options);
  const { address, port } = app.server.address() as AddressInfo;
  return { host: address, port, closed: closedWith(app, options.signal) };
}

function createApp({ log }: MetricsServerOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    // Nothing is sent here.
    bodyLimit: 1,
    requestTimeout: 10_000,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (_error, _request, reply) => {
      void sendProblem(reply, 'server.bad-request');
    },
  });
  answerProblems(app, log);
  return app;
}
