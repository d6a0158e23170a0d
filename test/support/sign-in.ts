import { beforeEach, onTestFinished } from 'vitest';
import type { KubeClient } from '../../src/kube/index.ts';
import type { RunningController } from '../../src/controller/index.ts';
import { createEgress } from '../../src/egress.ts';
import {
  defaultClaims,
  type RouteGroup,
  type SignIn,
  type SignInOptions,
  startApi,
  createSignIn,
} from '../../src/server/index.ts';
import { sensitive } from '../../src/sensitive.ts';
import { aboutRoutes } from '../../src/server/api/routes/about.ts';
import { clientOf, userOf } from '../../src/server/api/caller.ts';
import type { KubeObject } from '../../src/object.ts';
import { type Browser, createBrowser, type Page } from './browser.ts';
import { clientOfFile, configMap, namespaceOfFile } from './kube-client.ts';
import { startOidcProvider, type TestClaims, testClients, type TestProvider } from './oidc-provider.ts';
import { wholeFile } from './opened.ts';
import { whoAmI } from './tokens.ts';

/** A server that people sign in to, and all that it wrote into its log. */
export interface SignInServer {
  readonly url: string;
  readonly signIn: SignIn;
  readonly logged: string[];
  /** Sets its clocks ahead by so many milliseconds more. */
  pass(milliseconds: number): void;
  /** What its clock says. */
  now(): number;
}

/** How a server is started. */
export interface SignInServerOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly provider?: TestProvider;
  readonly port?: number;
  readonly groups?: readonly RouteGroup[];
  readonly trustedProxies?: readonly string[];
  readonly options?: Partial<SignInOptions>;
  /** What it knows of Applications; nothing where left out. */
  readonly controller?: Pick<RunningController, 'views' | 'changes' | 'past' | 'gitops'>;
}

/** The API with sign-in, over real HTTP, until the running test has ended. */
export async function startSignInServer(input: SignInServerOptions): Promise<SignInServer> {
  const { client, namespace, provider, options = {}, controller } = input;
  const stop = new AbortController();
  const logged: string[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  let ahead = 0;
  let url = '';
  const now = (): number => Date.now() + ahead;
  const monotonic = (): number => performance.now() + ahead;
  const signIn = createSignIn({
    client,
    namespace,
    publicUrl: () => url,
    egress: createEgress(),
    log,
    now,
    monotonic,
    ...(provider === undefined
      ? {}
      : {
          oidc: {
            issuer: provider.issuer,
            clientId: testClients.web.id,
            clientSecret: async () => sensitive(testClients.web.secret),
            cliClientId: testClients.cli.id,
            scopes: ['openid', 'offline_access'],
            claims: defaultClaims,
          },
        }),
    ...options,
  });
  const server = await startApi({
    host: '127.0.0.1',
    port: input.port ?? 0,
    client,
    views: () => controller?.views(),
    changes: () => controller?.changes(),
    past: () => controller?.past(),
    gitops: () => controller?.gitops(),
    log,
    version: '0.0.0',
    now,
    monotonic,
    signal: stop.signal,
    authenticate: signIn.authenticate,
    authorizer: signIn.authorizer,
    addRoutes: signIn.addRoutes,
    ...(input.groups === undefined ? {} : { groups: input.groups }),
    ...(input.trustedProxies === undefined ? {} : { trustedProxies: input.trustedProxies }),
  });
  url = `http://127.0.0.1:${server.port}`;
  onTestFinished(async () => {
    stop.abort();
    await server.closed;
    await signIn.close();
  });
  return { url, signIn, logged, pass: (milliseconds) => void (ahead += milliseconds), now };
}

/** Somebody who has signed in with their browser. */
export interface SignedInBrowser {
  readonly browser: Browser;
  readonly end: Page;
  /** A request as a page of this server makes it. */
  readonly ask: (
    method: string,
    path: string,
    body?: object,
  ) => Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers }>;
}

/** Signs a person in. */
export async function signInAs(
  { url }: Pick<SignInServer, 'url'>,
  provider: TestProvider,
  person: string,
  path = '/auth/login',
): Promise<SignedInBrowser> {
  provider.person = person;
  const browser = createBrowser();
  const end = await browser.visit(`${url}${path}`);
  return { browser, end, ask: asker(browser, url) };
}

/** The cookie of sessions of a server on this machine. */
export const cookieName = (url: string): string => `plumb-session-${new URL(url).port}`;

/** Requests as pages of a server make them. */
export function asker(browser: Browser, url: string): SignedInBrowser['ask'] {
  return async (method, path, body) => {
    const session = await browser.send(`${url}/auth/session`, { headers: { 'sec-fetch-site': 'same-origin' } });
    const { csrfToken = '' } = JSON.parse(session.text) as { csrfToken?: string };
    const answer = await browser.send(`${url}${path}`, {
      method,
      headers: {
        origin: url,
        'sec-fetch-site': 'same-origin',
        'x-plumb-csrf': csrfToken,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const parsed = answer.text === '' ? {} : (JSON.parse(answer.text) as Record<string, unknown>);
    return { status: answer.status, body: parsed, headers: answer.headers };
  };
}

/** What tests of sign-in share: a cluster with a namespace, a provider, and two people. */
export interface SignInBench {
  readonly admin: KubeClient;
  readonly namespace: string;
  readonly provider: TestProvider;
  /** A server with routes that show with whose rights Kubernetes is asked. */
  start(parts?: Partial<SignInServerOptions>): Promise<SignInServer>;
  /** The Secrets of all sessions. */
  sessions(): Promise<KubeObject[]>;
}

/** Alice (`a-1`), who is a developer, and Bob (`b-2`), who is in no group. */
export function people(namespace: string): readonly (readonly [subject: string, claims: TestClaims])[] {
  return [
    [
      'a-1',
      {
        preferred_username: `alice-${namespace}`,
        email: 'alice@example.com',
        groups: [`developers-${namespace}`],
      },
    ],
    ['b-2', { preferred_username: `bob-${namespace}`, email: 'bob@example.com', groups: [] }],
  ];
}

/** A bench for all tests of a file. Before each of them the two people are again as they are here. */
export function signInOfFile(prefix: string): SignInBench {
  const admin = clientOfFile();
  const namespace = namespaceOfFile(prefix);
  const provider = wholeFile(startOidcProvider, (opened) => opened.stop());
  beforeEach(() => {
    for (const [subject, claims] of people(namespace)) provider.accounts.set(subject, claims);
  });
  return {
    admin,
    namespace,
    provider,
    start: (parts = {}) =>
      startSignInServer({ client: admin, namespace, provider, groups: [aboutRoutes, routes], ...parts }),
    async sessions() {
      const found: KubeObject[] = [];
      const labelSelector = 'plumbline.dev/session=true';
      for await (const each of admin.list({ group: '', kind: 'Secret' }, { namespace, labelSelector }))
        found.push(each);
      return found;
    },
  };
}

/** Routes that show with whose rights Kubernetes is asked. */
export const routes: RouteGroup = (app, context) => {
  app.get('/whoami', { config: { access: 'signed-in' } }, async (request) => ({
    kubernetes: await whoAmI(clientOf(context, request)),
    user: userOf(request),
  }));
  app.post('/maps/:namespace/:name', { config: { access: 'signed-in' } }, async (request) => {
    const { namespace: where, name } = request.params as { namespace: string; name: string };
    return clientOf(context, request).apply(configMap(where, name, 'x'), { fieldManager: 'test' });
  });
  app.post(
    '/sync/:namespace/:name',
    { config: { access: { verb: 'sync', group: 'plumbline.dev', resource: 'applications' } } },
    async () => ({ synced: true }),
  );
};
