import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { plumbError } from '../errors.ts';
import { sensitive, type Sensitive } from '../sensitive.ts';
import { parseChallenge, type Challenge } from './challenge.ts';
import type { RegistryConnection } from './connection.ts';
import { loginFor, type Login } from './docker-config.ts';
import type { HttpAnswer, HttpClient } from './http.ts';
import type { Clock } from './retry.ts';
import { createShare } from './share.ts';
import { isLoopback } from './url.ts';

/** Proves to one registry who asks. */
export interface Authenticator {
  /** Sends with whatever proof the registry wanted last, and answers its challenge where it has one. */
  send(send: (authorization: Sensitive | undefined) => Promise<HttpAnswer>, signal: AbortSignal): Promise<HttpAnswer>;
}

/** What an authenticator needs. */
export interface AuthenticatorOptions {
  readonly http: HttpClient;
  readonly connection: RegistryConnection;
  /** Host with its port, as names of images have it. */
  readonly host: string;
  /** The URL that questions go to. */
  readonly origin: string;
  /** What may be done, as registries write it: `repository:team/app:pull`. */
  readonly scope: string;
  readonly clock: Clock;
}

const tokenSchema = Type.Object({
  token: Type.Optional(Type.String()),
  access_token: Type.Optional(Type.String()),
  expires_in: Type.Optional(Type.Number()),
});

/** As the specification says where a server does not. */
const usualSeconds = 60;
/** A token that ends soon might end on the way. */
const marginMilliseconds = 10_000;
const longestToken = 1024 * 1024;

/** Prepares to answer the challenges of one registry. Nothing is sent yet. */
export function openAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { clock, host, connection } = options;
  let challenge: Challenge | undefined;
  let token: { readonly value: Sensitive; readonly until: number } | undefined;
  const renewals = createShare<Sensitive>();

  const current = async (signal: AbortSignal): Promise<Sensitive | undefined> => {
    if (challenge === undefined) return undefined;
    const asked = challenge;
    if (asked.scheme === 'basic') return basic(loginFor(connection.credentials, host), host);
    if (token !== undefined && clock.now() < token.until) return token.value;
    return renewals.run('token', (shared) => renew(asked, shared), signal);
  };

  const renew = async (bearer: Extract<Challenge, { scheme: 'bearer' }>, signal: AbortSignal): Promise<Sensitive> => {
    const asked = clock.now();
    const answer = await fetchToken(options, bearer, signal);
    const seconds = Math.max(answer.expires_in ?? usualSeconds, usualSeconds);
    const value = sensitive(`Bearer ${answer.token ?? answer.access_token ?? ''}`);
    token = { value, until: asked + seconds * 1000 - marginMilliseconds };
    return value;
  };

  return {
    async send(send, signal) {
      const used = await current(signal);
      const answer = await send(used);
      // What another host asks for, after a redirect, is not for it to know.
      if (answer.status !== 401 || answer.redirected) return answer;
      const asked = parseChallenge(answer.header('www-authenticate') ?? '');
      if (asked === undefined) return answer;
      await answer.dump();
      challenge = asked;
      // A token that another question fetched meanwhile is as new as can be.
      if (token?.value === used) token = undefined;
      const again = await current(signal);
      if (again === undefined) throw refused(host, 'it asks for a log-in');
      return send(again);
    },
  };
}

function basic(login: Login | undefined, host: string): Sensitive {
  if (login?.kind !== 'password') throw refused(host, 'it asks for a user name and a password, and there are none');
  const pair = Buffer.from(`${login.username}:${login.password.reveal()}`).toString('base64');
  return sensitive(`Basic ${pair}`);
}

async function fetchToken(
  options: AuthenticatorOptions,
  { realm, service }: Extract<Challenge, { scheme: 'bearer' }>,
  signal: AbortSignal,
): Promise<{ readonly token?: string; readonly access_token?: string; readonly expires_in?: number }> {
  const { http, host, scope, connection } = options;
  const login = loginFor(connection.credentials, host);
  const url = checkRealm(realm, login !== undefined, options);
  const answer =
    login?.kind === 'refresh'
      ? await http.send({ method: 'POST', url, form: refreshForm(login.token, service, scope) }, signal)
      : await http.send({ method: 'GET', url: withQuery(url, service, scope), authorization: pairOf(login) }, signal);
  if (answer.status !== 200) {
    await answer.dump();
    throw refused(host, `${url.host}, where its tokens come from, answers ${answer.status}`);
  }
  const text = (await answer.read(longestToken)).toString('utf8');
  const parsed = jsonOf(text);
  if (Value.Check(tokenSchema, parsed) && (parsed.token ?? parsed.access_token ?? '') !== '') return parsed;
  throw plumbError('registry.answer-invalid', `${url.host} answers with something that is no token`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pairOf(login: Login | undefined): Sensitive | undefined {
  return login === undefined ? undefined : basic(login, '');
}

function withQuery(url: URL, service: string | undefined, scope: string): URL {
  const asked = new URL(url);
  if (service !== undefined) asked.searchParams.set('service', service);
  asked.searchParams.set('scope', scope);
  return asked;
}

function refreshForm(token: Sensitive, service: string | undefined, scope: string): Sensitive {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token.reveal() });
  form.set('client_id', 'plumbline');
  form.set('scope', scope);
  if (service !== undefined) form.set('service', service);
  return sensitive(form.toString());
}

/** A registry names the place that its tokens come from: credentials go there only where the place is its own. */
function checkRealm(realm: string, secret: boolean, { host, origin, connection }: AuthenticatorOptions): URL {
  const url = URL.parse(realm);
  if (url === null || url.username !== '' || url.password !== '')
    throw plumbError('registry.answer-invalid', `${host} names something that is no URL as where its tokens come from`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw plumbError('registry.redirected', `${host} wants its tokens to be fetched over ${url.protocol}//`);
  const hosts = [new URL(origin).hostname, ...(connection.credentialHosts ?? [])];
  if (secret && !hosts.some((each) => belongTogether(each, url.hostname)))
    throw plumbError('registry.redirected', `${host} wants its log-in to be sent to ${url.host}`, {
      hint: `If that is right, add ${url.hostname} to the hosts that the credentials may be sent to.`,
    });
  return url;
}

/** Second-level names that are no one's own: `example.co.uk` and `other.co.uk` have nothing in common. */
const shared = new Set(['ac', 'co', 'com', 'edu', 'gov', 'net', 'ne', 'or', 'org']);

/** Whether two hosts are the same, or of the same domain: `registry-1.docker.io` and `auth.docker.io`. */
export function belongTogether(a: string, b: string): boolean {
  if (a === b) return true;
  if (/^[\d.]+$|^\[/.test(a) || /^[\d.]+$|^\[/.test(b)) return false;
  const [left, right] = [domainOf(a), domainOf(b)];
  return left !== undefined && left === right;
}

function domainOf(host: string): string | undefined {
  const labels = host.toLowerCase().split('.');
  const count = (labels.at(-1) ?? '').length === 2 && shared.has(labels.at(-2) ?? '') ? 3 : 2;
  return labels.length < count ? undefined : labels.slice(-count).join('.');
}

function refused(host: string, reason: string): Error {
  return plumbError('registry.auth-failed', `${host} lets nobody in: ${reason}`);
}
