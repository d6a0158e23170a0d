import { timingSafeEqual } from 'node:crypto';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { Value } from 'typebox/value';
import type { Admission, AdmissionAnswer, AdmissionRequest, Log } from '../controller/index.ts';
import type { KubeObject } from '../object.ts';
import type { Sensitive } from '../sensitive.ts';
import { type AdmissionReview, admissionReviewSchema } from './admission-review.ts';
import { sendProblem } from './answer.ts';
import { answerProblems } from './answer-problems.ts';
import { closedWith, listen, type ListenOptions, refuseConnection } from './listen.ts';
import type { Server } from './server.ts';

/** What the server shows, and under which path it answers. */
export interface AdmissionMaterial {
  readonly certificate: string;
  readonly key: Sensitive;
  readonly path: Sensitive;
}

/** What a server for the API server is started with. */
export interface AdmissionServerOptions extends ListenOptions {
  /** Undefined where this process does not lead. */
  readonly admission: () => Admission | undefined;
  readonly material: AdmissionMaterial;
  readonly log: Log;
}

/** A server for the API server, listening. */
export interface AdmissionServer extends Server {
  /** Shows and believes something else from now on. */
  renew(material: AdmissionMaterial): void;
}

/** An object as it is and as it shall be, each of at most about 3 MiB. */
const mostBytes = 8 * 1024 * 1024;
/** What the API server waits where it does not say so, in milliseconds. */
const usualWait = 10_000;

/**
 * Listens for the API server, which asks what becomes of changes by hand. Whoever asks could ask in anybody's name: so the
 * path is a secret, which only the API server is told.
 * @throws PlumbError `server.listen`
 */
export async function startAdmissionServer(options: AdmissionServerOptions): Promise<AdmissionServer> {
  let { material } = options;
  const app = createApp(options);
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) =>
    options.admission() === undefined ? sendProblem(reply, 'server.unavailable') : { status: 'ok' },
  );
  app.post('/admission/:path', async (request, reply) => {
    const { path } = request.params as { readonly path: string };
    if (!isSame(path, material.path.reveal())) return sendProblem(reply, 'server.not-found');
    const admission = options.admission();
    if (admission === undefined) return sendProblem(reply, 'server.unavailable');
    const { body } = request;
    if (!Value.Check(admissionReviewSchema, body)) return sendProblem(reply, 'server.bad-request');
    const answer = await admission.review(requestOf(body), waitOf(request.query));
    return { apiVersion: body.apiVersion, kind: body.kind, response: responseOf(body.request.uid, answer) };
  });
  await listen(app, options);
  const { address, port } = app.server.address() as AddressInfo;
  return {
    host: address,
    port,
    closed: closedWith(app, options.signal),
    renew(renewed) {
      material = renewed;
      (app.server as HttpsServer).setSecureContext({ cert: renewed.certificate, key: renewed.key.reveal() });
    },
  };
}

function createApp({ material, log }: AdmissionServerOptions): FastifyInstance {
  const https = { cert: material.certificate, key: material.key.reveal(), minVersion: 'TLSv1.2' as const };
  const app = fastify({
    https,
    logger: false,
    bodyLimit: mostBytes,
    requestTimeout: 30_000,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 256 },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (_error, _request, reply) => {
      void sendProblem(reply, 'server.bad-request');
    },
  }) as unknown as FastifyInstance;
  answerProblems(app, log);
  return app;
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** The API server says how long it waits: `?timeout=25s`. */
function waitOf(query: unknown): number {
  const { timeout } = (query ?? {}) as { readonly timeout?: unknown };
  const seconds = typeof timeout === 'string' ? /^(\d{1,3})s$/.exec(timeout)?.[1] : undefined;
  return seconds === undefined ? usualWait : Number(seconds) * 1_000;
}

function requestOf({ request }: AdmissionReview): AdmissionRequest {
  const { object, oldObject, options, dryRun = false, subResource, userInfo, ...rest } = request;
  const { username = '', ...user } = userInfo;
  return {
    ...rest,
    ...(subResource === undefined || subResource === '' ? {} : { subResource }),
    userInfo: { username, ...user },
    object: (object ?? null) as KubeObject | null,
    oldObject: (oldObject ?? null) as KubeObject | null,
    dryRun,
    fieldManager: options?.fieldManager,
  };
}

function responseOf(uid: string, answer: AdmissionAnswer): object {
  if (answer.allowed)
    return { uid, allowed: true, ...(answer.warnings.length === 0 ? {} : { warnings: answer.warnings }) };
  const { code, reason, message } = answer;
  return { uid, allowed: false, status: { code, reason, message } };
}
