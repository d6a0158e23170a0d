import type { FastifyInstance } from 'fastify';
import { sendProblem } from './answer.ts';
import { createRateLimit, type Rate } from './rate-limit.ts';

/** How many requests are taken, whoever sends them. */
export interface RequestRates {
  readonly perSource: Rate;
  readonly overall: Rate;
}

/** What is taken where nothing else is said. */
export const defaultRequestRates: RequestRates = {
  perSource: { burst: 1_000, perSecond: 100 },
  overall: { burst: 4_000, perSecond: 1_000 },
};

/** Tells whoever sends too many requests when to come again, before anything is done for them. */
export function limitRequests(app: FastifyInstance, rates: RequestRates, now: () => number): void {
  const rateLimit = createRateLimit({ ...rates, sources: 10_000, now });
  app.addHook('onRequest', async (request, reply) => {
    const wait = rateLimit.take(request.ip);
    if (wait === 0) return undefined;
    return sendProblem(reply.header('retry-after', String(Math.ceil(wait / 1000))), 'server.rate-limited');
  });
}
