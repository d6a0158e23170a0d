import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBrowser } from '../../../test/support/browser.ts';
import { testClient } from '../../../test/support/kube-client.ts';
import { signInAs, signInOfFile } from '../../../test/support/sign-in.ts';
import { grant, serviceAccountToken } from '../../../test/support/tokens.ts';
import { PlumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { localAdminRights, localAdmins, ownRights, ownVerbs, rolesForPeople } from './rights.ts';
import { limit } from '../../../test/support/limit.ts';

const bench = signInOfFile('install-rights');
let narrow: KubeClient;

const manager = { fieldManager: 'plumbline-install', force: true };
const installation = () => ({ name: 'narrow', namespace: bench.namespace, labels: { test: bench.namespace } });

beforeAll(async () => {
  // All but the rights of the controller, which has every right anyway.
  const wanted = ownRights(installation()).filter(({ metadata }) => metadata.name !== 'plumbline-controller');
  for (const object of [...wanted, ...rolesForPeople(installation())]) {
    // The bindings of a whole cluster are shared by all tests: this one's has a name of its own.
    const isBinding = object.kind === 'ClusterRoleBinding';
    const name = isBinding ? `${object.metadata.name}-${bench.namespace}` : object.metadata.name;
    await bench.admin.apply({ ...object, metadata: { ...object.metadata, name } }, manager);
  }
  narrow = await testClient({ token: await serviceAccountToken(bench.admin, bench.namespace, 'narrow') });
});
afterAll(async () => {
  await narrow.close();
  for (const role of ['plumbline-sign-in', 'plumbline-admission']) {
    const name = `${role}-${bench.namespace}`;
    await bench.admin.delete({ group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding', namespace: '', name });
  }
});

test('the rights of sign-in are all that it needs: sessions, tokens, acting as people, asking for their rights', async () => {
  const { provider, namespace, admin } = bench;
  const server = await bench.start({ client: narrow });
  const maps = { group: '', resource: 'configmaps', verbs: ['create', 'patch'] };
  await grant(admin, namespace, { kind: 'Group', name: `oidc:developers-${namespace}` }, maps);
  const alice = await signInAs(server, provider, 'a-1');
  expect((await alice.ask('POST', `/api/v1/maps/${namespace}/one`)).status).toBe(200);
  expect((await alice.ask('POST', `/api/v1/sync/${namespace}/web`)).status).toBe(403);
  server.pass(6 * 60_000);
  expect((await alice.ask('GET', '/api/v1/whoami')).status).toBe(200);
  const token = await serviceAccountToken(admin, namespace, 'robot');
  const authorization = `Bearer ${token}`;
  const robot = await createBrowser().send(`${server.url}/api/v1/whoami`, { headers: { authorization } });
  expect(JSON.parse(robot.text)).toMatchObject({
    kubernetes: { username: `system:serviceaccount:${namespace}:robot` },
  });
  expect((await alice.ask('POST', '/auth/logout-everywhere')).status).toBe(204);
  server.pass(2_000);
  expect((await alice.ask('GET', '/api/v1/whoami')).status).toBe(401);
  expect(server.logged.filter((line) => line.startsWith('warn') || line.startsWith('error'))).toEqual([]);
});

test('and they are no others: nothing of the cluster can be read or written with them', async () => {
  const attempts: (() => Promise<unknown>)[] = [
    () => narrow.get({ group: '', kind: 'Secret', namespace: 'kube-system', name: 'any' }),
    () => narrow.get({ group: '', kind: 'ConfigMap', namespace: bench.namespace, name: 'one' }),
    () => narrow.get({ group: 'apps', kind: 'Deployment', namespace: bench.namespace, name: 'one' }),
    () => narrow.delete({ group: '', kind: 'Namespace', namespace: '', name: bench.namespace }),
    () => narrow.list({ group: '', kind: 'Pod' })[Symbol.asyncIterator]().next(),
  ];
  for (const attempt of attempts) {
    const error: unknown = await attempt().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PlumbError);
    expect(error).toMatchObject({ code: 'kube.forbidden' });
  }
});

function verbsOf(role: string): readonly string[] {
  const found = rolesForPeople(installation()).filter(({ metadata }) => metadata.name === role);
  return found.flatMap((each) => each['rules'] as { verbs: string[] }[]).flatMap(({ verbs }) => verbs);
}

test('the roles for people hold what their names say', () => {
  for (const verb of ownVerbs) {
    expect(verbsOf('plumbline-view')).not.toContain(verb);
    expect(verbsOf('plumbline-operator')).toContain(verb);
  }
  expect(verbsOf('plumbline-view').toSorted()).toEqual(['get', 'list', 'watch']);
  for (const verb of ['create', 'update', 'patch', 'delete', '*'])
    expect(verbsOf('plumbline-operator')).not.toContain(verb);
  expect(verbsOf('plumbline-admin')).toContain('*');
});

test('whoever signs in with a link is an admin where, and only where, that was granted', async () => {
  const { admin, namespace } = bench;
  const group = `${localAdmins}-${namespace}`;
  const binding = localAdminRights({ labels: { test: namespace } });
  const subjects = [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: group }];
  const local = admin.as({ username: 'local', groups: [group] });
  const namespaces = () => local.list({ group: '', kind: 'Secret' }, { chunk: 1 })[Symbol.asyncIterator]().next();
  await expect(namespaces()).rejects.toMatchObject({ code: 'kube.forbidden' });
  const name = `plumbline-local-${namespace}`;
  await admin.apply({ ...binding, metadata: { ...binding.metadata, name }, subjects }, manager);
  const signal = limit();
  const granted = (): Promise<boolean> =>
    namespaces().then(
      () => true,
      () => false,
    );
  // The authorizer learns of a grant by a watch of its own.
  while (!(await granted())) signal.throwIfAborted();
  await admin.delete({ group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding', namespace: '', name });
});
