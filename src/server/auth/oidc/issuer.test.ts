import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createBrowser } from '../../../../test/support/browser.ts';
import { testCertificates } from '../../../../test/support/certificates.ts';
import { startOidcProvider, testClients, type TestProvider } from '../../../../test/support/oidc-provider.ts';
import { createEgress } from '../../../egress.ts';
import { plumbError } from '../../../errors.ts';
import { sensitive } from '../../../sensitive.ts';
import { createIssuer, type IssuerOptions, type SignInAttempt } from './issuer.ts';
import { defaultClaims, type OidcSettings } from './settings.ts';

const redirectUri = 'http://127.0.0.1:1/auth/callback';
const alice = {
  preferred_username: 'alice',
  name: 'Alice Aal',
  email: 'alice@example.com',
  email_verified: true,
  groups: ['developers', 'on call'],
};
let provider: TestProvider;
let time: number;

beforeAll(async () => {
  provider = await startOidcProvider();
});
afterAll(() => provider.stop());
beforeEach(() => {
  time = Date.now();
  provider.accounts.clear();
  provider.accounts.set('a-1', alice);
  provider.person = 'a-1';
});

function settingsFor(changes: Partial<OidcSettings> = {}): OidcSettings {
  return {
    issuer: provider.issuer,
    clientId: testClients.web.id,
    clientSecret: async () => sensitive(testClients.web.secret),
    cliClientId: testClients.cli.id,
    scopes: ['openid', 'offline_access'],
    claims: defaultClaims,
    ...changes,
  };
}

const issuerWith = (changes: Partial<OidcSettings> = {}, options: Partial<IssuerOptions> = {}) =>
  createIssuer({ settings: settingsFor(changes), egress: createEgress(), now: () => time, ...options });

const attempt = (): SignInAttempt => ({
  state: crypto.randomUUID(),
  nonce: crypto.randomUUID(),
  verifier: `${crypto.randomUUID()}-${crypto.randomUUID()}`,
});

/** Signs in with a browser, up to where it is sent back to us. */
async function callbackFor(issuer: ReturnType<typeof issuerWith>, begun: SignInAttempt): Promise<URL> {
  const start = await issuer.begin(begun, redirectUri);
  const page = await createBrowser().visit(start.href, (url) => url.startsWith(redirectUri));
  return new URL(page.url);
}

const seconds = () => Math.floor(time / 1000);
const good = () => ({
  iss: provider.issuer,
  aud: testClients.cli.id,
  sub: 'a-1',
  iat: seconds(),
  exp: seconds() + 300,
  ...alice,
});

test('who signs in at the provider is known by the claims, with prefixes, and again with the refresh token', async () => {
  const issuer = issuerWith();
  const begun = attempt();
  const start = await issuer.begin(begun, redirectUri);
  expect(start.searchParams.get('code_challenge_method')).toBe('S256');
  expect(start.href).not.toContain(begun.verifier);
  const { user, subject, refreshToken } = await issuer.finish(await callbackFor(issuer, begun), begun);
  expect(user).toEqual({
    username: 'oidc:alice',
    groups: ['oidc:developers', 'oidc:on call'],
    email: 'alice@example.com',
    displayName: 'Alice Aal',
    how: 'oidc',
  });
  expect(subject).toBe('a-1');
  provider.accounts.set('a-1', { ...alice, groups: ['guests'] });
  const later = await issuer.refresh(refreshToken ?? sensitive(''), subject);
  expect(later.user?.groups).toEqual(['oidc:guests']);
  // The provider gives another refresh token each time, and takes each one once.
  expect(later.refreshToken?.reveal()).not.toBe(refreshToken?.reveal());
  await issuer.close();
});

test('a code is taken once', async () => {
  const issuer = issuerWith();
  const begun = attempt();
  const callback = await callbackFor(issuer, begun);
  await issuer.finish(callback, begun);
  await expect(issuer.finish(callback, begun)).rejects.toMatchObject({ code: 'auth.required' });
  await issuer.close();
});

test.each<[string, Partial<SignInAttempt>]>([
  ['state', { state: 'another' }],
  ['nonce', { nonce: 'another' }],
  ['PKCE verifier', { verifier: 'v'.repeat(43) }],
])('a sign-in with another %s is refused', async (_what, other) => {
  const issuer = issuerWith();
  const begun = attempt();
  const callback = await callbackFor(issuer, begun);
  await expect(issuer.finish(callback, { ...begun, ...other })).rejects.toMatchObject({ code: 'auth.required' });
  await issuer.close();
});

test('a callback that names another issuer, or none, or an error, is refused', async () => {
  const issuer = issuerWith();
  const begun = attempt();
  const callback = await callbackFor(issuer, begun);
  const changed = (change: (query: URLSearchParams) => void): URL => {
    const url = new URL(callback);
    change(url.searchParams);
    return url;
  };
  for (const url of [
    changed((query) => query.set('iss', 'https://evil.example')),
    changed((query) => query.delete('iss')),
    changed((query) => query.delete('code')),
    changed((query) => query.append('state', 'twice')),
    new URL(`${redirectUri}?error=access_denied&error_description=secret&state=${begun.state}&iss=${provider.issuer}`),
  ]) {
    const error: unknown = await issuer.finish(url, begun).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'auth.required' });
    expect(String(error)).not.toContain('secret');
  }
  await issuer.close();
});

test('a refresh token that is used twice, unknown, or of somebody who is gone, is refused', async () => {
  const issuer = issuerWith();
  const begun = attempt();
  const { refreshToken, subject } = await issuer.finish(await callbackFor(issuer, begun), begun);
  const token = refreshToken ?? sensitive('');
  const { refreshToken: next } = await issuer.refresh(token, subject);
  await expect(issuer.refresh(token, subject)).rejects.toMatchObject({ code: 'auth.required' });
  // The provider takes a token that is used twice for stolen, and ends them all.
  await expect(issuer.refresh(next ?? token, subject)).rejects.toMatchObject({ code: 'auth.required' });
  await expect(issuer.refresh(sensitive('nonsense'), subject)).rejects.toMatchObject({ code: 'auth.required' });
  const again = attempt();
  const second = await issuer.finish(await callbackFor(issuer, again), again);
  await expect(issuer.refresh(second.refreshToken ?? token, 'b-2')).rejects.toMatchObject({ code: 'auth.required' });
  const last = attempt();
  const gone = await issuer.finish(await callbackFor(issuer, last), last);
  await provider.expel('a-1');
  await expect(issuer.refresh(gone.refreshToken ?? token, subject)).rejects.toMatchObject({ code: 'auth.required' });
  await issuer.close();
});

test('a refresh token that is revoked is good no more', async () => {
  const issuer = issuerWith();
  const begun = attempt();
  const { refreshToken, subject } = await issuer.finish(await callbackFor(issuer, begun), begun);
  await issuer.revoke(refreshToken ?? sensitive(''));
  await expect(issuer.refresh(refreshToken ?? sensitive(''), subject)).rejects.toMatchObject({ code: 'auth.required' });
  await issuer.close();
});

test('an id token of the provider says who somebody is, for either client', async () => {
  const issuer = issuerWith();
  for (const aud of [testClients.cli.id, testClients.web.id, [testClients.web.id]]) {
    expect(await issuer.verify(await provider.mint({ ...good(), aud }))).toMatchObject({
      user: { username: 'oidc:alice' },
    });
  }
  const both = { ...good(), aud: [testClients.cli.id, 'another'], azp: testClients.cli.id };
  expect(await issuer.verify(await provider.mint(both))).toMatchObject({ user: { username: 'oidc:alice' } });
  // Clocks may differ by a little.
  const late = { ...good(), iat: seconds() - 300, exp: seconds() - 20 };
  expect(await issuer.verify(await provider.mint(late))).toMatchObject({ user: { username: 'oidc:alice' } });
  await issuer.close();
});

test('an id token that is not for us, not now, or no id token, is refused', async () => {
  const issuer = issuerWith();
  const { exp: _exp, ...endless } = good();
  const { sub: _sub, ...nobody } = good();
  const refused: Record<string, string> = {
    'another audience': await provider.mint({ ...good(), aud: testClients.other.id }),
    'no audience': await provider.mint({ ...good(), aud: [] }),
    'several audiences, for nobody': await provider.mint({ ...good(), aud: [testClients.cli.id, 'another'] }),
    'another party': await provider.mint({ ...good(), azp: 'another' }),
    'another issuer': await provider.mint({ ...good(), iss: 'https://evil.example' }),
    'the issuer with a slash': await provider.mint({ ...good(), iss: `${provider.issuer}/` }),
    'the issuer in capitals': await provider.mint({ ...good(), iss: provider.issuer.toUpperCase() }),
    expired: await provider.mint({ ...good(), iat: seconds() - 300, exp: seconds() - 31 }),
    'no end': await provider.mint(endless),
    'not yet': await provider.mint({ ...good(), nbf: seconds() + 60 }),
    'made tomorrow': await provider.mint({ ...good(), iat: seconds() + 600, exp: seconds() + 900 }),
    'made long ago, good for ever': await provider.mint({ ...good(), iat: seconds() - 90_000, exp: seconds() + 900 }),
    nobody: await provider.mint(nobody),
    'an access token': await provider.mint(good(), { typ: 'at+jwt' }),
    'a logout token': await provider.mint({ ...good(), events: {} }),
    'an access token of Keycloak': await provider.mint({ ...good(), typ: 'Bearer' }),
    cut: (await provider.mint(good())).slice(0, -3),
    empty: '',
    dots: '..',
  };
  for (const [what, token] of Object.entries(refused)) {
    const error: unknown = await issuer.verify(token).catch((reason: unknown) => reason);
    expect({ what, error }).toMatchObject({ what, error: { code: 'auth.required' } });
    if (token.length > 2) expect(String(error)).not.toContain(token);
  }
  await issuer.close();
});

test('a token that somebody else signed is refused: another key, none, the public key as a secret', async () => {
  const issuer = issuerWith();
  const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as { keys: [{ kid: string; n: string }] };
  const [{ kid, n }] = keys;
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const forged = (header: object) =>
    new SignJWT(good()).setProtectedHeader({ alg: 'RS256', ...header }).sign(privateKey);
  const tokens = [
    await forged({ kid }),
    await forged({}),
    await forged({ kid: 'mine' }),
    await forged({ kid, jwk: await exportJWK(publicKey) }),
    await forged({ kid, jku: 'https://evil.example/jwks' }),
    new UnsecuredJWT(good()).encode(),
    `${Buffer.from(JSON.stringify({ alg: 'none', kid })).toString('base64url')}.${Buffer.from(JSON.stringify(good())).toString('base64url')}.`,
    await new SignJWT(good()).setProtectedHeader({ alg: 'HS256', kid }).sign(Buffer.from(n, 'base64url')),
    await new SignJWT(good())
      .setProtectedHeader({ alg: 'HS256', kid })
      .sign(Buffer.from(testClients.web.secret.padEnd(32, '.'))),
  ];
  for (const token of tokens) await expect(issuer.verify(token)).rejects.toMatchObject({ code: 'auth.required' });
  await issuer.close();
});

test('new keys of the provider are found, and old ones end; keys that nobody has are not asked for each time', async () => {
  const issuer = issuerWith({}, { keyCooldown: 0 });
  const before = await provider.mint(good());
  await issuer.verify(before);
  await provider.rotateKeys();
  expect(await issuer.verify(await provider.mint(good()))).toMatchObject({ user: { username: 'oidc:alice' } });
  await expect(issuer.verify(before)).rejects.toMatchObject({ code: 'auth.required' });
  await issuer.close();

  const slow = issuerWith();
  await slow.verify(await provider.mint(good()));
  provider.requests.length = 0;
  for (let count = 0; count < 20; count += 1) {
    const token = await provider.mint(good(), { kid: `unknown-${count}` });
    await expect(slow.verify(token)).rejects.toMatchObject({ code: 'auth.required' });
  }
  expect(provider.requests).toEqual([]);
  await slow.close();
});

test('a provider that is not there refuses nobody for good, and lets nobody in', async () => {
  const other = await startOidcProvider();
  const issuer = issuerWith({ issuer: other.issuer });
  await other.stop();
  await expect(issuer.begin(attempt(), redirectUri)).rejects.toMatchObject({ code: 'auth.unavailable' });
  await expect(issuer.verify(await other.mint(good()))).rejects.toMatchObject({ code: 'auth.unavailable' });
  const back = await startOidcProvider({ port: other.port });
  expect((await issuer.begin(attempt(), redirectUri)).origin).toBe(other.issuer);
  await back.stop();
  await issuer.close();
});

test('a wrong client secret is ours to mend, and lets nobody in', async () => {
  const issuer = issuerWith({ clientSecret: async () => sensitive('wrong') });
  const begun = attempt();
  const callback = await callbackFor(issuer, begun);
  await expect(issuer.finish(callback, begun)).rejects.toMatchObject({ code: 'auth.unavailable' });
  await issuer.close();
});

test('a client secret that was renewed counts at once, and one that cannot be read stays what it was', async () => {
  const kept = { read: async () => sensitive('the old one') };
  const issuer = issuerWith({ clientSecret: () => kept.read() });
  const signIn = async () => {
    const begun = attempt();
    return issuer.finish(await callbackFor(issuer, begun), begun);
  };
  await expect(signIn()).rejects.toMatchObject({ code: 'auth.unavailable' });
  kept.read = async () => sensitive(testClients.web.secret);
  const { refreshToken, subject } = await signIn();
  kept.read = () => Promise.reject(plumbError('kube.unreachable', 'the API server is away'));
  const { user } = await issuer.refresh(refreshToken ?? sensitive(''), subject);
  expect(user?.username).toBe('oidc:alice');
  expect((await signIn()).user.username).toBe('oidc:alice');
  await issuer.close();
  const fresh = issuerWith({ clientSecret: () => kept.read() });
  const begun = attempt();
  await expect(fresh.finish(await callbackFor(fresh, begun), begun)).rejects.toMatchObject({
    code: 'kube.unreachable',
  });
  await fresh.close();
});

test('the issuer is reached by TLS with the given authority, and only where this installation connects to', async () => {
  const { authority, server } = await testCertificates();
  const secure = await startOidcProvider({ tls: server });
  const issuer = secure.issuer;
  const trusted = issuerWith({ issuer, certificateAuthority: authority });
  expect((await trusted.begin(attempt(), redirectUri)).origin).toBe(issuer);
  const untrusted = issuerWith({ issuer });
  await expect(untrusted.begin(attempt(), redirectUri)).rejects.toMatchObject({ code: 'auth.unavailable' });
  const rules = createEgress({ deny: ['127.0.0.0/8'] });
  expect(() => issuerWith({ issuer }, { egress: rules })).toThrow(/egress\.refused/);
  await Promise.all([trusted.close(), untrusted.close()]);
  await secure.stop();
});

test.each<[string, Partial<OidcSettings>, RegExp]>([
  ['no URL', { issuer: 'nonsense' }, /no URL/],
  ['http to elsewhere', { issuer: 'http://login.example.com' }, /https:\/\//],
  ['a query', { issuer: 'https://login.example.com/?a=b' }, /query/],
  ['no client', { clientId: ' ' }, /client is empty/],
  ['no openid', { scopes: ['profile'] }, /lack openid/],
  ['no claim', { claims: { ...defaultClaims, username: '' } }, /claim is empty/],
  ['a prefix of Kubernetes', { claims: { ...defaultClaims, groupsPrefix: 'system:' } }, /begins with system:/],
])('settings with %s are refused', (_what, changes, words) => {
  expect(() => issuerWith(changes)).toThrow(words);
});
