import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { RegistryAuth } from './registry.ts';
import { listenHere } from './listen.ts';

/** What was asked of a token server. */
export interface TokenRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

/**
 * Gives out the tokens that a real registry wants, by the documentation of Distribution (docs/content/spec/auth):
 * to who knows the password or the refresh token; the registry checks their signatures.
 */
export interface TokenServer {
  readonly url: string;
  readonly port: number;
  /** How the registry is told to believe it. */
  readonly auth: RegistryAuth;
  readonly requests: TokenRequest[];
  /** Seconds that tokens are said to be good for. */
  seconds: number;
  /** A token for whoever pushes in a test. */
  pushToken(repository: string): string;
  stop(): Promise<void>;
}

const issuer = 'tokens of a test';
const service = 'registry of a test';
const kid = 'one';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Starts a token server that lets `me` in with `hunter2`, or with the refresh token `again`. */
export async function startTokenServer(): Promise<TokenServer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-tokens-'));
  const jwks = join(folder, 'jwks.json');
  await writeFile(
    jwks,
    JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] }),
  );
  const token = (scope: string, actions: readonly string[]): string => {
    const [type = '', name = ''] = scope.split(':');
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, sub: 'me', aud: service, exp: now + 300, nbf: now - 10, iat: now, jti: randomUUID() };
    const head = encode({ typ: 'JWT', alg: 'RS256', kid });
    const signed = `${head}.${encode({ ...claims, access: [{ type, name, actions }] })}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
  };
  const requests: TokenRequest[] = [];
  const basic = `Basic ${Buffer.from('me:hunter2').toString('base64')}`;
  const server = createServer((incoming, response) => {
    const answer = async (): Promise<void> => {
      const { searchParams: query } = new URL(incoming.url ?? '/', 'http://localhost');
      const { authorization } = incoming.headers;
      const form = new URLSearchParams(await text(incoming));
      const method = incoming.method ?? 'GET';
      requests.push({ method, query, authorization, form });
      const known = method === 'POST' ? form.get('refresh_token') === 'again' : authorization === basic;
      const scope = query.get('scope') ?? form.get('scope') ?? '';
      if (!known) response.writeHead(401).end();
      else response.end(JSON.stringify({ access_token: token(scope, ['pull']), expires_in: started.seconds }));
    };
    answer().catch(() => response.destroy());
  });
  await listenHere(server);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/token`;
  const started: TokenServer = {
    url,
    port,
    auth: { token: { realm: url, service, issuer, jwks } },
    requests,
    seconds: 300,
    pushToken: (repository) => `Bearer ${token(`repository:${repository}`, ['pull', 'push'])}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
  return started;
}
