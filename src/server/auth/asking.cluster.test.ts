import { afterAll, beforeAll, expect, test } from 'vitest';
import { installActionPolicy, type InstalledPolicy } from '../../../test/support/action-policy.ts';
import { type ControllerBench, hasCondition, openControllerBench } from '../../../test/support/controller.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import { limit } from '../../../test/support/limit.ts';
import { startOidcProvider, testClients, type TestProvider } from '../../../test/support/oidc-provider.ts';
import { people, signInAs, startSignInServer } from '../../../test/support/sign-in.ts';
import { grant } from '../../../test/support/tokens.ts';
import type { Application } from '../../api/index.ts';
import { askForSync } from '../../requests.ts';

// From the sign-in at a real OIDC provider, through the HTTP API and the policy of the API server, to the name that is told.
let bench: ControllerBench;
let provider: TestProvider;
let policy: InstalledPolicy;

const settings = (value: string): Record<string, string> => ({
  'settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: ${value}}\n`,
});

beforeAll(async () => {
  bench = await openControllerBench('asking');
  provider = await startOidcProvider();
  for (const [subject, claims] of people(bench.namespace)) provider.accounts.set(subject, claims);
  await bench.repository.commit(settings('one'));
  await bench.createRepository();
  await bench.createApplication('web', { sync: { automated: false } });
  policy = await installActionPolicy(bench, 'web');
});
afterAll(async () => {
  await policy.remove();
  await provider.stop();
  await bench.close();
});

const nameOf = (person: 'alice' | 'bob'): string => `oidc:${person}-${bench.namespace}`;
const isAnswered =
  (id: unknown) =>
  ({ status }: Application): boolean =>
    status?.handledSyncRequest === id && status?.request?.id === id;

test('whoever signs in with OIDC and asks for a sync is who is told, as the API server has proved it', async () => {
  const { namespace } = bench;
  const controller = bench.start({ actionPolicy: policy.actionPolicy });
  await controller.started;
  await bench.application('web', hasCondition('Synced', 'False', 'OutOfSync'));
  const server = await startSignInServer({ client: bench.client, namespace, provider, controller });
  const rule = { group: 'plumbline.dev', resource: 'applications', verbs: ['get', 'sync', 'patch'] };
  await grant(bench.client, namespace, { kind: 'Group', name: `oidc:developers-${namespace}` }, rule);
  await grant(bench.client, namespace, { kind: 'User', name: nameOf('bob') }, rule);
  const sync = `/api/v1/applications/${namespace}/web/sync`;

  const alice = await signInAs(server, provider, 'a-1');
  const asked = await alice.ask('POST', sync, { fetch: false });
  expect(asked.status).toBe(202);
  const synced = await bench.application('web', isAnswered(asked.body['request']));
  expect(synced.metadata.annotations?.['plumbline.dev/syncRequestedAt.by']).toBe(
    `${String(asked.body['request'])} ${nameOf('alice')}`,
  );
  expect(synced.status).toMatchObject({
    request: { by: nameOf('alice'), outcome: 'Succeeded' },
    history: [{ by: 'manual', requestedBy: nameOf('alice') }],
  });
  const isTold = (seen: SeenObject): boolean =>
    ((seen as { readonly note?: string }).note ?? '').includes(`(manual by ${nameOf('alice')})`);
  await bench.kube.until(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`, isTold, limit());

  // The command line sends the id token itself.
  const revision = await bench.repository.commit(settings('two'));
  const seconds = Math.floor(Date.now() / 1000);
  const token = await provider.mint({
    ...provider.accounts.get('b-2'),
    iss: provider.issuer,
    sub: 'b-2',
    aud: testClients.cli.id,
    iat: seconds,
    exp: seconds + 600,
  });
  const answer = await fetch(`${server.url}${sync}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ fetch: true }),
  });
  expect(answer.status).toBe(202);
  const { request } = (await answer.json()) as { readonly request: string };
  const again = await bench.application('web', isAnswered(request));
  expect(again.status?.history?.[0]).toMatchObject({ revision, requestedBy: nameOf('bob') });

  // Bob may sync and write the Application, and still writes in no name but his own.
  const bob = bench.client.as({ username: nameOf('bob') });
  const asBob = (by: string) =>
    askForSync({ client: bob, signal: limit(), by }, { namespace, name: 'web' }, 'by-himself');
  await expect(asBob(nameOf('alice'))).rejects.toMatchObject({
    code: 'kube.admission-denied',
    message: expect.stringContaining('names somebody else'),
  });
  await asBob(nameOf('bob'));
  const last = await bench.application('web', isAnswered('by-himself'));
  expect(last.status?.request?.by).toBe(nameOf('bob'));
});
