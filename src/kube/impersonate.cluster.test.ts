import { expect, test } from 'vitest';
import { clientOfFile, configMap, namespaceOfFile, testClient } from '../../test/support/kube-client.ts';
import type { PlumbError } from '../errors.ts';
import { keyOf } from '../object.ts';
import type { KubeClient, User } from './index.ts';
import { limit } from '../../test/support/limit.ts';

const admin = clientOfFile();
const namespace = namespaceOfFile('kube-users');

const manager = { fieldManager: 'plumbline' };

/** Who the API server says is calling. */
async function whoAmI(client: KubeClient): Promise<unknown> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await client.request({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body,
  });
  return (answer.json() as { status: { userInfo: unknown } }).status.userInfo;
}

test('the server takes us for exactly that user, whatever the name is written in', async () => {
  const user: User = {
    username: 'zoë:o’hara@example.org',
    uid: 'a-1',
    groups: ['дев', 'team:blue/green'],
    extra: { 'Example.org/Rôle%41': ['one', 'zwei'], scopes: ['a b'] },
  };
  expect(await whoAmI(admin.as(user))).toEqual({
    username: user.username,
    uid: user.uid,
    groups: [...(user.groups ?? []), 'system:authenticated'],
    extra: user.extra,
  });
});

test('each client is its own user, over the same connections', async () => {
  const bob = admin.as({ username: 'bob' });
  const eve = bob.as({ username: 'eve', groups: ['spies'] });
  expect(await whoAmI(bob)).toMatchObject({ username: 'bob', groups: ['system:authenticated'] });
  expect(await whoAmI(eve)).toMatchObject({ username: 'eve', groups: ['spies', 'system:authenticated'] });
  expect(await whoAmI(admin)).toMatchObject({ groups: expect.arrayContaining(['system:masters']) });
});

test.each<User>([
  { username: '' },
  { username: '  ' },
  { username: 'bob', groups: [''] },
  { username: 'bob\r\nimpersonate-group: system:masters' },
  { username: 'bob', extra: { '': ['x'] } },
])('a user without a proper name is refused, and nothing falls back to our own rights: %j', (user) => {
  expect(() => admin.as(user)).toThrow(/kube\.impersonation/);
});

test('a user may do what RBAC grants, and nothing else', async () => {
  const bob = admin.as({ username: 'bob', groups: [`${namespace}-writers`] });
  const object = configMap(namespace, 'by-bob');
  const refusal = await bob.apply(object, manager).catch((error: PlumbError) => error);
  expect(refusal).toMatchObject({ code: 'kube.forbidden' });
  expect((refusal as PlumbError).message).toContain(`User "bob" cannot patch resource "configmaps"`);

  const rbac = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'patch', 'create'] }];
  await admin.apply(
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { namespace, name: 'writer' }, rules },
    manager,
  );
  await admin.apply(
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { namespace, name: 'writer' },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'writer' },
      subjects: [{ kind: 'Group', apiGroup: rbac, name: `${namespace}-writers` }],
    },
    manager,
  );
  // The authorizer learns of a grant by a watch of its own: ask until it has.
  const signal = limit();
  const granted = async (): Promise<boolean> => {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace, verb: 'patch', resource: 'configmaps' } },
    };
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const answer = await bob.request({ method: 'POST', path, body, signal });
    return (answer.json() as { status: { allowed: boolean } }).status.allowed;
  };
  while (!(await granted()));
  expect((await bob.apply(object, manager)).metadata.name).toBe('by-bob');
  await expect(bob.delete(keyOf(object))).rejects.toThrow(/cannot delete resource "configmaps"/);
  await expect(bob.apply(configMap('default', 'elsewhere'), manager)).rejects.toThrow(/kube\.forbidden/);
});

test('who may not impersonate is told so', async () => {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
  const account = { group: '', kind: 'ServiceAccount', namespace, name: 'default' };
  await admin.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'default' } }, manager);
  const answer = (await admin.request({ method: 'POST', path, body: request })).json() as { status: { token: string } };
  const plain = await testClient({ token: answer.status.token });
  expect(await whoAmI(plain)).toMatchObject({ username: `system:serviceaccount:${namespace}:default` });
  await expect(plain.as({ username: 'bob' }).get(account)).rejects.toThrow(/cannot impersonate/);
  await plain.close();
});

test('a token that is no good is told as that', async () => {
  const stranger = await testClient({ token: 'not-a-token' });
  const error = await stranger
    .request({ method: 'GET', path: '/api/v1/namespaces' })
    .catch((reason: PlumbError) => reason);
  expect(error).toMatchObject({ code: 'kube.unauthorized' });
  await stranger.close();
});
