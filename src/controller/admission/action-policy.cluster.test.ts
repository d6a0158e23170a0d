import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InstalledPolicy, installActionPolicy } from '../../../test/support/action-policy.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfFile } from '../../../test/support/scene.ts';
import { grant } from '../../../test/support/tokens.ts';
import { watchAskingProof } from './asking-proof.ts';
import { nameAnnotation, nameFor } from '../../asked.ts';
import { group, names } from '../../names.ts';
import { approvePrune, askForStop, askForSync, type Asking, holdAt, release } from '../../requests.ts';

const bench = controllerOfFile('action-policy');
let policy: InstalledPolicy;

const ref = (kind: string, name: string) => ({ group, kind, namespace: bench.namespace, name });
const annotated = (annotations: Record<string, string | null>) => ({ metadata: { annotations } });
const clusterRole = (): string => `impersonator-${bench.namespace}`;
const speaker = 'speaker "of" others';

/** Lets the speaker act in the name of any user, as the server may. */
async function grantImpersonation(): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name: clusterRole() };
  const manager = { fieldManager: 'test', force: true };
  const rules = [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }];
  await bench.client.apply({ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, rules }, manager);
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: clusterRole() };
  const subjects = [{ kind: 'User', name: speaker, apiGroup: rbac }];
  const binding = { apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata, roleRef, subjects };
  await bench.client.apply(binding, manager);
  const signal = limit();
  const spec = { user: speaker, resourceAttributes: { verb: 'impersonate', resource: 'users' } };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const isAllowed = async (): Promise<boolean> => {
    const answer = await bench.client.request({ method: 'POST', path, body, signal });
    return (answer.json() as { readonly status: { readonly allowed: boolean } }).status.allowed;
  };
  while (!(await isAllowed())) signal.throwIfAborted();
}

beforeAll(async () => {
  await bench.createRepository();
  await bench.createApplication('web', { source: { repositoryRef: { name: 'apps' }, path: 'web' } });
  const { client, namespace } = bench;
  const all = ['sync', 'rollback', 'approve', 'patch'];
  for (const resource of ['applications', 'repositories']) {
    await grant(client, namespace, { kind: 'User', name: 'writer' }, { group, resource, verbs: ['patch'] });
    for (const name of ['both', 'Ünal "the\\boss" 北', speaker])
      await grant(client, namespace, { kind: 'User', name }, { group, resource, verbs: all });
  }
  const accounts = { group: '', resource: 'serviceaccounts', verbs: ['impersonate'] };
  await grant(client, namespace, { kind: 'User', name: speaker }, accounts);
  await grantImpersonation();
  policy = await installActionPolicy(bench, 'web');
});

afterAll(async () => {
  const rbac = 'rbac.authorization.k8s.io';
  for (const kind of ['ClusterRoleBinding', 'ClusterRole'])
    await bench.client.delete({ group: rbac, kind, namespace: '', name: clusterRole() });
  await policy.remove();
});

const actions = [
  ['Application', 'web', names.syncRequestedAt, 'sync'],
  ['Application', 'web', names.requestedAt, 'sync'],
  ['Application', 'web', names.rollbackTo, 'rollback'],
  ['Application', 'web', names.approvePrune, 'approve'],
  ['Repository', 'apps', names.acceptRewind, 'approve'],
] as const;

test.for(actions)('on a %s, %s: %s is set by whoever has the verb %s', async ([kind, name, annotation, verb]) => {
  const writer = bench.client.as({ username: 'writer' });
  const both = bench.client.as({ username: 'both' });
  const set = annotated({ [annotation]: 'now' });
  const refusal = writer.patch(ref(kind, name), set, { type: 'merge' });
  await expect(refusal).rejects.toThrow(`needs the verb ${verb} of `);
  await both.patch(ref(kind, name), set, { type: 'merge' });
  // Nor may it be changed or taken away; whatever else is written is none of the policy's business.
  for (const value of ['later', null])
    await expect(writer.patch(ref(kind, name), annotated({ [annotation]: value }), { type: 'merge' })).rejects.toThrow(
      verb,
    );
  await writer.patch(ref(kind, name), annotated({ 'example.com/note': annotation }), { type: 'merge' });
  await both.patch(ref(kind, name), annotated({ [annotation]: null }), { type: 'merge' });
});

test('who writes an Application without annotations is not asked', async () => {
  const writer = bench.client.as({ username: 'writer' });
  await writer.patch(ref('Application', 'web'), { spec: { suspend: true } }, { type: 'merge' });
});

const settings = (name: string): string => `kind: ConfigMap\napiVersion: v1\nmetadata: {name: ${name}}\n`;
const asked = names.syncRequestedAt;
const beside = nameAnnotation(asked);
const write = (username: string, annotations: Record<string, string | null>): Promise<unknown> =>
  bench.client.as({ username }).patch(ref('Application', 'web'), annotated(annotations), { type: 'merge' });
const others = /names somebody else than who writes it/u;

test('nobody writes another name than their own, whatever stands beside it', async () => {
  for (const name of ['both', 'Ünal "the\\boss" 北']) {
    await write(name, { [asked]: '1', [beside]: `1 ${name}` });
    await write(name, { [asked]: '{"id":"2"}', [beside]: `2 ${name}` });
    for (const forged of ['2 ada', `2 ada ${name}`, `2  ${name}`, 'ada', ' ada', `2 ${name} `, `3 ada ${name}`, '2 '])
      await expect(write(name, { [beside]: forged }), forged).rejects.toThrow(others);
    await expect(write(name, { [asked]: '3', [beside]: '3 system:serviceaccount:a:b' })).rejects.toThrow(others);
    await write(name, { [asked]: null, [beside]: null });
  }
  await expect(write('writer', { [beside]: '2 writer' })).rejects.toThrow('needs the verb sync');
});

test('what somebody else has left beside it speaks for what they asked for and nothing else', async () => {
  await write('both', { [asked]: '{"id":"2","action":"Stop"}', [beside]: '2 both' });
  const other = 'Ünal "the\\boss" 北';
  for (const taken of ['{"id":"2"}', '{"id":"2","action":"Sync"}', '2'])
    await expect(write(other, { [asked]: taken }), taken).rejects.toThrow(others);
  // It says of itself that it is not about this one.
  await write(other, { [asked]: '3' });
  await expect(write(other, { [asked]: '2' })).rejects.toThrow(others);
  await expect(write('writer', { [beside]: null })).rejects.toThrow('needs the verb sync');
  await write(other, { [asked]: null, [beside]: null });
});

test('whoever may act in the name of others may ask in their name', async () => {
  const account = `system:serviceaccount:${bench.namespace}:ci`;
  const client = bench.client.as({ username: speaker });
  const web = { namespace: bench.namespace, name: 'web' };
  for (const by of ['ada', 'oidc:Ünal "the\\boss" 北', 'a b  c', account, speaker]) {
    const asking: Asking = { client, signal: limit(), by };
    await askForSync(asking, web, 'one');
    await askForSync(asking, web, 'two', { ignoreDependencies: true });
    await askForStop(asking, web, 'three');
    await holdAt(asking, web, 'f'.repeat(40), 'four');
    await approvePrune(asking, web, 'five');
    const before = await bench.client.get(ref('Application', 'web'));
    expect(before?.metadata.annotations).toMatchObject({
      [beside]: nameFor('three', by),
      [nameAnnotation(names.rollbackTo)]: nameFor('f'.repeat(40), by),
      [nameAnnotation(names.approvePrune)]: nameFor('five', by),
    });
    await release(asking, web);
    const after = await bench.client.get(ref('Application', 'web'));
    expect(after?.metadata.annotations).not.toHaveProperty([nameAnnotation(names.rollbackTo)]);
  }
  // Of the accounts of other namespaces it was not said.
  const foreign: Asking = { client, signal: limit(), by: 'system:serviceaccount:kube-system:ci' };
  await expect(askForSync(foreign, web, 'six')).rejects.toThrow(others);
});

test('a controller that may not read the policy takes it for none, and does not wait for it', async () => {
  const stop = new AbortController();
  const common = { actionPolicy: policy.actionPolicy, log: bench.log, signal: stop.signal };
  const mute = watchAskingProof({ ...common, client: bench.client.as({ username: 'writer' }) });
  const own = watchAskingProof({ ...common, client: bench.client });
  await Promise.all([mute.ready, own.ready]);
  expect([mute, own].map((proof) => proof.holdsIn(bench.namespace))).toEqual([false, true]);
  expect(own.holdsIn('default')).toBe(false);
  stop.abort();
});

test('the controller tells who asked where that is proved, and takes no name that stands there unproved', async () => {
  const first = await bench.repository.commit({ 'web/a.yaml': settings('a') });
  const second = await bench.repository.commit({ 'web/b.yaml': settings('b') });
  await bench.patchApplication('web', { spec: { suspend: false, sync: { automated: false } } });
  const client = bench.client.as({ username: speaker });
  const web = { namespace: bench.namespace, name: 'web' };
  const answered = async (id: string) =>
    (await bench.application('web', ({ status }) => status?.handledSyncRequest === id)).status;

  let controller = bench.start({ actionPolicy: policy.actionPolicy });
  await controller.started;
  controller.trigger();
  await askForSync({ client, signal: limit(), by: 'ada' }, web, 'proved');
  expect(await answered('proved')).toMatchObject({
    request: { by: 'ada', outcome: 'Succeeded' },
    history: [{ revision: second, by: 'manual', requestedBy: 'ada' }],
  });
  await holdAt({ client, signal: limit(), by: 'bob' }, web, first, 'held');
  const held = await bench.application('web', ({ status }) => status?.revision === first);
  expect(held.status?.history?.[0]).toMatchObject({ revision: first, by: 'rollback', requestedBy: 'bob' });
  await release({ client, signal: limit() }, web);
  await controller.stop();

  // The same words, where no policy stands behind them.
  controller = bench.start({ actionPolicy: 'none' });
  await controller.started;
  await askForSync({ client, signal: limit(), by: 'ada' }, web, 'claimed');
  const claimed = await answered('claimed');
  expect(claimed?.request).not.toHaveProperty('by');
  expect(claimed?.request).toMatchObject({ id: 'claimed' });
  await controller.stop();
});
