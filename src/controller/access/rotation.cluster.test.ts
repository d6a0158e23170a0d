import { expect, test } from 'vitest';
import { isReadyAt } from '../../../test/support/controller.ts';
import { namespaceName } from '../../../test/support/cluster.ts';
import { basic, openGitGate, type GitGate } from '../../../test/support/git-gate.ts';
import { openWorkshop, type TestRepository } from '../../../test/support/git-workshop.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';

const bench = controllerOfEachTest('rotation');

const secrets = (): string => `/api/v1/namespaces/${bench.namespace}/secrets`;
const configMap = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: ${JSON.stringify(value)}}\n`;

async function createSecret(
  name: string,
  stringData: Record<string, string>,
  labels = {},
  { namespace = bench.namespace, annotations = {} } = {},
): Promise<void> {
  const metadata = { name, namespace, labels, annotations };
  await bench.kube.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    stringData,
  });
}

/** Waits until the Repository says this of itself. */
async function repositoryIs(status: string, message: RegExp): Promise<void> {
  await bench.kube.until(
    `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`,
    (seen: SeenObject) => {
      const conditions = (seen.status?.conditions ?? []) as readonly {
        type: string;
        status: string;
        message?: string;
      }[];
      const ready = conditions.find(({ type }) => type === 'Ready');
      return ready?.status === status && message.test(ready.message ?? '');
    },
    limit(),
  );
}

interface Scene {
  readonly gate: GitGate;
  readonly repository: TestRepository;
  password: string;
}

/** A Git server that lets in whoever has today's password. */
async function guarded(): Promise<Scene> {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const gate = await openGitGate(workshop.server.port);
  const scene: Scene = { gate, repository, password: 'first-password' };
  gate.admit = ({ headers }) => (headers.authorization === basic('bob', scene.password) ? undefined : 401);
  return scene;
}

const bob = (password: string): Record<string, string> => ({ username: 'bob', password });
const hasFirstValue = (seen: SeenObject): boolean =>
  seen.metadata.name === 'settings' && seen.data?.['value'] === 'one';
const isPack = (line: string): boolean => line.startsWith('POST') && line.endsWith(' 200');

test('a password that is renewed is used at once, and what was fetched stays', async () => {
  const scene = await guarded();
  const first = await scene.repository.commit({ 'settings.yaml': configMap('one') });
  await createSecret('git', bob('first-password'));
  await bench.createRepository({ url: scene.gate.url, secretRef: { name: 'git' } });
  await bench.createApplication('web', {});
  const controller = bench.start();
  await controller.started;
  await bench.application('web', isReadyAt(first));

  // The server takes another one by now; nothing here knows.
  scene.password = 'second-password';
  const refused = scene.gate.next(401);
  const second = await scene.repository.commit({ 'settings.yaml': configMap('two') });
  await bench.kube.call('PATCH', `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories/apps`, {
    metadata: { annotations: { 'plumbline.dev/requestedAt': '1' } },
  });
  await refused;
  await repositoryIs('False', /refused access/);

  // The interval is an hour: whatever comes now comes because of the Secret.
  const before = scene.gate.requests.length;
  await bench.kube.call('PATCH', `${secrets()}/git`, { stringData: bob('second-password') });
  await bench.application('web', isReadyAt(second));
  await repositoryIs('True', /is at/);
  const after = scene.gate.requests.slice(before);
  // The quick way of a mirror that goes on: one question for the refs, one for what is new, and no clone.
  expect(after.filter((line) => line.endsWith(' 200') && !isPack(line)).length).toBeLessThanOrEqual(1);
  expect(after.filter(isPack)).toHaveLength(2);
});

test('a Secret that is deleted ends the fetching and nothing else; one that comes back begins it again', async () => {
  const scene = await guarded();
  const first = await scene.repository.commit({ 'settings.yaml': configMap('one') });
  await createSecret('git', bob('first-password'));
  await bench.createRepository({ url: scene.gate.url, secretRef: { name: 'git' } });
  await bench.createApplication('web', { sync: { drift: 'Revert' } });
  const controller = bench.start();
  await controller.started;
  await bench.application('web', isReadyAt(first));
  await bench.kube.call('DELETE', `${secrets()}/git`);
  await repositoryIs('False', /does not exist/);

  const asked = scene.gate.requests.length;
  const second = await scene.repository.commit({ 'settings.yaml': configMap('two') });
  controller.trigger();
  // The cluster is kept as it was seen last: what somebody changes is put right.
  const configMaps = `/api/v1/namespaces/${bench.namespace}/configmaps`;
  await bench.kube.call('PATCH', `${configMaps}/settings`, { data: { value: 'drifted' } });
  await bench.kube.until(configMaps, hasFirstValue, limit());
  expect(scene.gate.requests.length).toBe(asked);

  await createSecret('git', bob('first-password'));
  await bench.application('web', isReadyAt(second));
  await repositoryIs('True', /is at/);
});

test('a Secret that is made after the Repository, or mended, is enough; nothing else is asked for', async () => {
  const scene = await guarded();
  const first = await scene.repository.commit({ 'settings.yaml': configMap('one') });
  await bench.createRepository({ url: scene.gate.url, secretRef: { name: 'git' } });
  await bench.createApplication('web', {});
  await bench.start().started;
  await repositoryIs('False', /does not exist/);
  await createSecret('git', { user: 'bob' });
  await repositoryIs('False', /holds none of/);
  await createSecret('unrelated', bob('x'));
  await bench.kube.call('PATCH', `${secrets()}/git`, { stringData: bob('first-password') });
  await bench.application('web', isReadyAt(first));
});

test('a template lets in whoever names no Secret, and a better one takes its place', async () => {
  const scene = await guarded();
  const first = await scene.repository.commit({ 'settings.yaml': configMap('one') });
  const origin = new URL(scene.gate.url).origin;
  const label = { 'plumbline.dev/credentials': 'template' };
  await createSecret('elsewhere', { ...bob('first-password'), url: `${origin}.evil` }, label);
  await bench.createRepository({ url: scene.gate.url });
  await bench.createApplication('web', {});
  await bench.start().started;
  await repositoryIs('False', /refused access/);

  await createSecret('host', { ...bob('first-password'), url: origin }, label);
  await bench.application('web', isReadyAt(first));
  scene.password = 'second-password';
  const second = await scene.repository.commit({ 'settings.yaml': configMap('two') });
  await createSecret('app', { ...bob('second-password'), url: `${origin}/app` }, label);
  await bench.application('web', isReadyAt(second));
  expect(bench.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

test('an installation shares a template with the namespaces that it names, for as long as it names them', async () => {
  const scene = await guarded();
  const first = await scene.repository.commit({ 'settings.yaml': configMap('one') });
  const system = namespaceName('rotation-system');
  await bench.kube.call('POST', '/api/v1/namespaces', { metadata: { name: system } });
  const place = { namespace: system, annotations: { 'plumbline.dev/credentials-namespaces': 'somebody-else' } };
  const stringData = { ...bob('first-password'), url: new URL(scene.gate.url).origin };
  await createSecret('shared', stringData, { 'plumbline.dev/credentials': 'template' }, place);
  await bench.createRepository({ url: scene.gate.url });
  await bench.createApplication('web', {});
  await bench.start({ namespace: system }).started;
  await repositoryIs('False', /refused access/);

  const shareWith = (namespaces: string) =>
    bench.kube.call('PATCH', `/api/v1/namespaces/${system}/secrets/shared`, {
      metadata: { annotations: { 'plumbline.dev/credentials-namespaces': namespaces } },
    });
  await shareWith(`somebody-else, ${bench.namespace}`);
  await bench.application('web', isReadyAt(first));
  await shareWith('somebody-else');
  await repositoryIs('False', /refused access/);
  const settings = await bench.kube.call('GET', `/api/v1/namespaces/${bench.namespace}/configmaps/settings`);
  expect(settings.data?.['value']).toBe('one');
});
