import { expect } from 'vitest';
import type { RunningController } from '../../src/controller/index.ts';
import { startApi } from '../../src/server/index.ts';
import { createAuthorizer } from '../../src/server/auth/access-review.ts';
import { as, testAuthenticate } from './api.ts';
import { type AnswerCheck, openAnswerCheck } from './api-answers.ts';
import type { ControllerBench } from './controller.ts';
import { limit } from './limit.ts';
import { wholeFile } from './opened.ts';

/** An answer, whose body is as the OpenAPI document says. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // Whatever the endpoint answers: each test says what it expects.
  readonly body: Readonly<Record<string, unknown>>;
}

/** The API of a controller, with the rights of the cluster. */
export interface TestApi {
  readonly url: string;
  readonly check: AnswerCheck;
  /** Sends a request as a user, and checks the answer against the document. */
  call(
    method: string,
    path: string,
    user: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<TestAnswer>;
  close(): Promise<void>;
}

/** Serves the API of a controller over real HTTP. Who asks is believed; what they may do is asked of the cluster. */
export async function startTestApi(
  { client, log }: Pick<ControllerBench, 'client' | 'log'>,
  controller: Pick<RunningController, 'views' | 'changes' | 'past' | 'gitops'>,
): Promise<TestApi> {
  const stop = new AbortController();
  const check = await openAnswerCheck();
  const server = await startApi({
    host: '127.0.0.1',
    port: 0,
    authenticate: testAuthenticate,
    authorizer: createAuthorizer({ client, now: () => performance.now() }),
    client,
    views: () => controller.views(),
    changes: () => controller.changes(),
    past: () => controller.past(),
    gitops: () => controller.gitops(),
    log,
    version: '0.0.0-test',
    now: Date.now,
    monotonic: () => performance.now(),
    signal: stop.signal,
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    check,
    async call(method, path, user, body, headers = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { ...as(user), ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: limit(),
      });
      const text = await response.text();
      const answer = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
      if (response.status !== 304) {
        const mediaType = response.headers.get('content-type') ?? '';
        expect(check.problems(method, path, response.status, mediaType, answer)).toEqual([]);
      }
      return { status: response.status, headers: response.headers, body: answer };
    },
    async close() {
      stop.abort();
      await server.closed;
    },
  };
}

/** The API of a controller for all tests of a file, as soon as that has started. */
export function apiOfFile(
  bench: Parameters<typeof startTestApi>[0],
  start: () => StartedController | Promise<StartedController>,
): TestApi {
  const open = async (): Promise<TestApi> => {
    const controller = await start();
    await controller.started;
    return startTestApi(bench, controller);
  };
  return wholeFile(open, (api) => api.close());
}

type StartedController = Parameters<typeof startTestApi>[1] & Pick<RunningController, 'started'>;
