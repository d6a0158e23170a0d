import { expect, test } from 'vitest';
import { clusterAccess } from '../../../test/support/cluster.ts';
import { clientOfFile, configMap, namespaceOfFile, testClient } from '../../../test/support/kube-client.ts';
import { grant, serviceAccountToken, whoAmI } from '../../../test/support/tokens.ts';
import { createAuthorizer } from './access-review.ts';
import { kubeUser, type SignedIn } from './index.ts';
import { createTokenReviewer } from './token-review.ts';

const admin = clientOfFile();
const namespace = namespaceOfFile('auth-reviews');
const { signal } = new AbortController();

/** A clock that stands still until it is moved. */
function clock() {
  let time = 0;
  return { now: () => time, pass: (milliseconds: number) => (time += milliseconds) };
}

const person = (username: string, groups: readonly string[] = []): SignedIn => ({ username, groups, how: 'oidc' });

test('a token is whose the API server says, and acting as them is being them', async () => {
  const reviewer = createTokenReviewer({ client: admin, now: () => 0 });
  const token = await serviceAccountToken(admin, namespace, 'robot');
  expect(reviewer.isKnown(token)).toBe(false);
  const user = await reviewer.review(token);
  expect(reviewer.isKnown(token)).toBe(true);
  const username = `system:serviceaccount:${namespace}:robot`;
  expect(user).toMatchObject({ username, how: 'token' });
  expect(user.groups).toEqual(['system:serviceaccounts', `system:serviceaccounts:${namespace}`]);
  const itself = await testClient({ token });
  expect(await whoAmI(admin.as(kubeUser(user)))).toEqual(await whoAmI(itself));
  await itself.close();
});

test('the admin of a token file is known with their group', async () => {
  const reviewer = createTokenReviewer({ client: admin, now: () => 0 });
  const user = await reviewer.review(clusterAccess().token);
  expect(user.groups).toContain('system:masters');
  expect(user.groups).not.toContain('system:authenticated');
});

test.each([
  ['nobody’s', 'not-a-token'],
  ['an empty one', ''],
  ['one with a line break', 'a\nb'],
  ['a very long one', 'x'.repeat(20_000)],
  ['a JWT that nobody signed', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
])('%s is no token', async (_what, token) => {
  const reviewer = createTokenReviewer({ client: admin, now: () => 0 });
  await expect(reviewer.review(token)).rejects.toMatchObject({ code: 'auth.required' });
});

test('a token counts for the audience that it was made for, and for no other', async () => {
  const ours = ['plumbline.example'];
  const reviewer = createTokenReviewer({ client: admin, audiences: ours, now: () => 0 });
  const own = await serviceAccountToken(admin, namespace, 'aimed', ours);
  expect(await reviewer.review(own)).toMatchObject({ how: 'token' });
  const general = await serviceAccountToken(admin, namespace, 'aimed');
  await expect(reviewer.review(general)).rejects.toMatchObject({ code: 'auth.required' });
  // A file of tokens knows nothing of audiences.
  await expect(reviewer.review(clusterAccess().token)).rejects.toMatchObject({ code: 'auth.required' });
  const plain = createTokenReviewer({ client: admin, now: () => 0 });
  await expect(plain.review(own)).rejects.toMatchObject({ code: 'auth.required' });
});

test('the API server is asked once in a while, and a revoked token ends within seconds', async () => {
  const { now, pass } = clock();
  const client = await testClient();
  const reviewer = createTokenReviewer({ client, now });
  const token = await serviceAccountToken(admin, namespace, 'fired');
  await Promise.all([reviewer.review(token), reviewer.review(token), reviewer.review(token)]);
  await reviewer.review(token);
  expect(client.counters.requests['review']).toBe(1);
  await admin.delete({ group: '', kind: 'ServiceAccount', namespace, name: 'fired' });
  pass(5_000);
  // The API server itself remembers for a few seconds that a token was good.
  const ended = async (): Promise<boolean> => {
    pass(5_000);
    return reviewer.review(token).then(
      () => false,
      (error: { code: string }) => error.code === 'auth.required',
    );
  };
  while (!(await ended()));
  await client.close();
});

test('what may be done is what RBAC grants to the user or to one of their groups, and nothing else', async () => {
  const { now, pass } = clock();
  const authorizer = createAuthorizer({ client: admin, now });
  const application = { group: 'plumbline.dev', resource: 'applications', namespace, name: 'web' };
  const developers = `oidc:${namespace}-developers`;
  const alice = person('oidc:alice', [developers]);
  const bob = person('oidc:bob');
  const sync = { ...application, verb: 'sync' };
  await expect(authorizer.require(alice, sync, signal)).rejects.toMatchObject({
    code: 'auth.forbidden',
    message: expect.stringContaining(
      `user "oidc:alice" may not sync applications.plumbline.dev web in namespace ${namespace}`,
    ),
  });
  await grant(
    admin,
    namespace,
    { kind: 'Group', name: developers },
    { group: 'plumbline.dev', resource: 'applications', verbs: ['sync'] },
  );
  await grant(
    admin,
    namespace,
    { kind: 'User', name: 'oidc:bob' },
    { group: 'plumbline.dev', resource: 'applications', verbs: ['restore'] },
  );
  // A refusal is remembered for a moment only.
  expect(await authorizer.allows(alice, sync, signal)).toBe(false);
  pass(1_000);
  await authorizer.require(alice, sync, signal);
  await authorizer.require(bob, { ...application, verb: 'restore' }, signal);
  for (const [user, verb, where] of [
    [alice, 'restore', namespace],
    [alice, 'rollback', namespace],
    [alice, 'sync', 'default'],
    [bob, 'sync', namespace],
    [person('alice', ['developers']), 'sync', namespace],
    [person('oidc:eve'), 'restore', namespace],
  ] as const) {
    const right = { ...application, namespace: where, verb };
    expect({ user, verb, where, allowed: await authorizer.allows(user, right, signal) }).toMatchObject({
      allowed: false,
    });
  }
});

test('everybody who is signed in has what is granted to all of them', async () => {
  const authorizer = createAuthorizer({ client: admin, now: () => 0 });
  await grant(
    admin,
    namespace,
    { kind: 'Group', name: 'system:authenticated' },
    { group: '', resource: 'configmaps', verbs: ['get'] },
  );
  const right = { verb: 'get', group: '', resource: 'configmaps', namespace };
  expect(await authorizer.allows(person('oidc:anybody'), right, signal)).toBe(true);
});

test('acting as somebody has their rights in the answers of the API server, whoever asked', async () => {
  const writers = `oidc:${namespace}-writers`;
  await grant(
    admin,
    namespace,
    { kind: 'Group', name: writers },
    { group: '', resource: 'configmaps', verbs: ['create', 'patch'] },
  );
  const object = configMap(namespace, 'written');
  const reader = admin.as(kubeUser(person('oidc:reader')));
  await expect(reader.apply(object, { fieldManager: 'test' })).rejects.toThrow(
    /User "oidc:reader" cannot patch resource "configmaps"/,
  );
  const writer = admin.as(kubeUser(person('oidc:writer', [writers])));
  expect((await writer.apply(object, { fieldManager: 'test' })).metadata.name).toBe('written');
});

test('answers are remembered for seconds, and asked for once at a time', async () => {
  const { now, pass } = clock();
  const client = await testClient();
  const authorizer = createAuthorizer({ client, now });
  const right = { verb: 'get', group: '', resource: 'nodes' };
  const ask = () => authorizer.allows(person('oidc:somebody'), right, signal);
  await Promise.all([ask(), ask(), ask()]);
  expect(client.counters.requests['review']).toBe(1);
  pass(1_000);
  await ask();
  expect(client.counters.requests['review']).toBe(2);
  await client.close();
});

test('what cannot be asked is refused: no server, no right to ask, nobody named', async () => {
  const right = { verb: 'get', group: '', resource: 'pods', namespace };
  const token = await serviceAccountToken(admin, namespace, 'powerless');
  const powerless = await testClient({ token });
  const away = await testClient({ server: 'https://127.0.0.1:1', patience: 0 });
  for (const client of [powerless, away]) {
    const authorizer = createAuthorizer({ client, patience: 500, now: () => 0 });
    const reviewer = createTokenReviewer({ client, patience: 500, now: () => 0 });
    await expect(authorizer.require(person('oidc:alice'), right, signal)).rejects.toMatchObject({
      code: 'auth.unavailable',
    });
    await expect(authorizer.allows(person('oidc:alice'), right, signal)).rejects.toMatchObject({
      code: 'auth.unavailable',
    });
    const refusal: unknown = await reviewer.review(token).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'auth.unavailable' });
    expect(String(refusal)).not.toContain(token);
  }
  const authorizer = createAuthorizer({ client: admin, now: () => 0 });
  for (const nobody of [person(''), person('  ')]) {
    await expect(authorizer.require(nobody, right, signal)).rejects.toMatchObject({ code: 'auth.forbidden' });
  }
  await expect(authorizer.require(person('a'), { ...right, verb: '' }, signal)).rejects.toMatchObject({
    code: 'auth.forbidden',
  });
  await Promise.all([powerless.close(), away.close()]);
});
