import type { FastifyInstance } from 'fastify';
import { sendProblem } from './answer.ts';

/**
 * Adds what a kubelet asks for: `/healthz` while the process lives, `/readyz` once it works.
 * @param isReady whether this process leads and has begun to work
 */
export function addProbes(app: FastifyInstance, isReady: () => boolean): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) =>
    isReady() ? { status: 'ok' } : sendProblem(reply, 'server.unavailable'),
  );
}
