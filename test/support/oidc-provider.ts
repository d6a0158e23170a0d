import type { Browser } from './browser.ts';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type Configuration, Provider } from 'oidc-provider';

/** What the provider says of somebody, by their subject. */
export type TestClaims = Readonly<Record<string, unknown>>;

/** A real OIDC provider, whose people sign in without being asked. */
export interface TestProvider {
  readonly issuer: string;
  readonly port: number;
  readonly accounts: Map<string, TestClaims>;
  /** Who sits at the browser. */
  person: string;
  /** Paths that were asked for, with their method. */
  readonly requests: string[];
  /** An id token as the provider signs it, with claims of the test's choice. */
  mint(claims: JWTPayload, header?: { readonly typ?: string; readonly kid?: string }): Promise<string>;
  /** Ends what is left of a person's sign-ins: refresh tokens are good no more. */
  expel(person: string): Promise<void>;
  /** Goes on at the same port, with other keys. */
  rotateKeys(): Promise<void>;
  stop(): Promise<void>;
}

/** How a provider is started. */
export interface TestProviderOptions {
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Seconds. */
  readonly idTokenLife?: number;
  readonly port?: number;
}

/** The clients that the provider knows. */
export const testClients = {
  web: { id: 'plumbline', secret: 'a secret of the client: +/%' },
  cli: { id: 'plumb-cli' },
  other: { id: 'somebody-else', secret: 'other' },
} as const;

interface Key {
  readonly id: string;
  readonly private: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
}

async function makeKey(): Promise<{ readonly key: Key; readonly jwk: Record<string, unknown> }> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const id = crypto.randomUUID();
  return {
    key: { id, private: privateKey },
    jwk: { ...(await exportJWK(privateKey)), kid: id, use: 'sig', alg: 'RS256' },
  };
}

/** Starts a provider on this machine. */
export async function startOidcProvider(options: TestProviderOptions = {}): Promise<TestProvider> {
  const accounts = new Map<string, TestClaims>();
  const requests: string[] = [];
  let handler: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(`${request.method ?? ''} ${(request.url ?? '').split('?', 1)[0] ?? ''}`);
    handler?.(request, response);
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? createPlainServer(listener)
      : createTlsServer({ cert: tls.certificate, key: tls.key }, listener);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const grants = new Map<string, Set<string>>();
  let key: Key;
  let provider: Provider;

  const begin = async (): Promise<void> => {
    const made = await makeKey();
    key = made.key;
    provider = new Provider(issuer, configurationOf(options, made.jwk, accounts));
    provider.proxy = false;
    const answer = provider.callback();
    handler = (request, response) => {
      if (!(request.url ?? '').startsWith('/interaction/')) void answer(request, response);
      else interact(provider, request, response, started.person, grants).catch(() => response.destroy());
    };
  };

  const started: TestProvider = {
    issuer,
    port,
    accounts,
    person: '',
    requests,
    mint: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.id, ...header }).sign(key.private),
    async expel(person) {
      for (const id of grants.get(person) ?? []) await (await provider.Grant.find(id))?.destroy();
      accounts.delete(person);
    },
    rotateKeys: begin,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await begin();
  return started;
}

function configurationOf(
  options: TestProviderOptions,
  jwk: Record<string, unknown>,
  accounts: ReadonlyMap<string, TestClaims>,
): Configuration {
  // Of a native application any port of this machine counts: servers of tests have one only once they listen.
  const redirect_uris = ['http://127.0.0.1/auth/callback'];
  const application_type = 'native';
  return {
    clients: [
      {
        client_id: testClients.web.id,
        client_secret: testClients.web.secret,
        redirect_uris,
        application_type,
        grant_types: ['authorization_code', 'refresh_token'],
      },
      {
        client_id: testClients.cli.id,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: [],
        response_types: [],
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      },
      {
        client_id: testClients.other.id,
        client_secret: testClients.other.secret,
        redirect_uris,
        application_type,
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['only for tests'] },
    claims: {
      openid: ['sub', 'preferred_username', 'name', 'email', 'email_verified', 'groups'],
    },
    // Claims in the id token, as those who configure an issuer for Kubernetes have it.
    conformIdTokenClaims: false,
    scopes: ['openid', 'offline_access'],
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
    },
    ttl: {
      IdToken: options.idTokenLife ?? 3600,
      AccessToken: 600,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 86_400,
      Interaction: 600,
      DeviceCode: 600,
      AuthorizationCode: 60,
    },
    rotateRefreshToken: true,
    findAccount: (_context, id) => {
      const claims = accounts.get(id);
      if (claims === undefined) return undefined;
      return { accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) };
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  };
}

/** Whoever sits at the browser agrees to everything. */
async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  person: string,
  grants: Map<string, Set<string>>,
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: person } });
    return;
  }
  const accountId = session?.accountId ?? person;
  const grant = new provider.Grant({ accountId, clientId: params['client_id'] as string });
  grant.addOIDCScope(typeof params['scope'] === 'string' ? params['scope'] : 'openid');
  const grantId = await grant.save();
  grants.set(accountId, (grants.get(accountId) ?? new Set()).add(grantId));
  await provider.interactionFinished(request, response, { consent: { grantId } }, { mergeWithLastSubmission: true });
}

/** Confirms a sign-in of a device in a browser, as the person who sits at it. */
export async function confirmDevice(browser: Browser, url: string): Promise<string> {
  let page = await browser.visit(url);
  // One form that holds the code, and one that asks whether it is right.
  for (let forms = 0; forms < 2; forms += 1) {
    const action = /<form[^>]*action="([^"]+)"/.exec(page.text)?.[1];
    if (action === undefined) break;
    const fields = [...page.text.matchAll(/<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)];
    const form = Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]));
    page = await browser.submit(new URL(action, page.url).href, {
      ...form,
      ...(forms === 1 ? { confirm: 'yes' } : {}),
    });
  }
  return page.text;
}
