import { expect, onTestFinished, test } from 'vitest';
import { clientOfFile, namespaceOfFile } from '../../../test/support/kube-client.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import { type Reference, watchReferences, lookOnce, type References } from './references.ts';
import { limit } from '../../../test/support/limit.ts';

const client = clientOfFile();
const namespace = namespaceOfFile('references');
const manager = { fieldManager: 'test' };

const secret = (name: string, value: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name, ...metadata },
  stringData: { value },
});

const map = (value: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name: 'keys' },
  data: { value },
});

const to = (name: string, kind: Reference['kind'] = 'Secret'): Reference => ({ kind, namespace, name });

function watching(asClient: KubeClient = client): References & { readonly errors: string[] } {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const errors: string[] = [];
  const references = watchReferences({
    client: asClient,
    namespaces: [namespace],
    onError: (_, error) => errors.push(error.code),
    signal: stop.signal,
  });
  return Object.assign(references, { errors });
}

/** Somebody who counts how often it was told, and can be waited for. */
function listener(): { readonly tell: () => void; readonly times: () => number; next(): Promise<void> } {
  let times = 0;
  let waiting = Promise.withResolvers<void>();
  return {
    tell: () => {
      times += 1;
      waiting.resolve();
      waiting = Promise.withResolvers<void>();
    },
    times: () => times,
    next: () => waiting.promise,
  };
}

const read = (reader: ReturnType<References['reader']>, ...references: readonly Reference[]) =>
  reader.round((look) => Promise.all(references.map((reference) => look.object(reference))), limit());

test('whoever has read a Secret is told when it is changed, deleted and made again, and nobody else', async () => {
  await client.apply(secret('one', '1'), manager);
  await client.apply(secret('other', '1'), manager);
  const references = watching();
  const [mine, theirs] = [listener(), listener()];
  const reader = references.reader(mine.tell);
  const stranger = references.reader(theirs.tell);
  const [first] = await read(reader, to('one'));
  await read(stranger, to('other'));
  expect((first as { data?: Record<string, string> }).data).toEqual({ value: Buffer.from('1').toString('base64') });

  for (const change of [
    () => client.apply(secret('one', '2'), manager),
    () => client.delete({ group: '', kind: 'Secret', namespace, name: 'one' }),
    () => client.apply(secret('one', '3'), manager),
  ]) {
    const told = mine.next();
    await change();
    await told;
    await read(reader, to('one'));
  }
  // The watch has told of all that went before when it tells of this.
  const last = theirs.next();
  await client.apply(secret('other', '2'), manager);
  await last;
  expect(theirs.times()).toBe(1);
  expect(reader.isTold).toBe(true);
});

test('a Secret that nobody has made yet is waited for, and one that is read no more is forgotten', async () => {
  const references = watching();
  const mine = listener();
  const reader = references.reader(mine.tell);
  expect(await read(reader, to('late'), to('early'))).toEqual([undefined, undefined]);
  const told = mine.next();
  await client.apply(secret('late', '1'), manager);
  await told;
  await read(reader, to('early'));
  const before = mine.times();
  await client.apply(secret('late', '2'), manager);
  const next = mine.next();
  await client.apply(secret('early', '1'), manager);
  await next;
  expect(mine.times()).toBe(before + 1);
  reader.close();
  const probe = listener();
  await read(references.reader(probe.tell), to('early'));
  const probed = probe.next();
  await client.apply(secret('early', '2'), manager);
  await probed;
  expect(mine.times()).toBe(before + 1);
});

test('a change while it is read is told too', async () => {
  await client.apply(secret('racing', '1'), manager);
  const references = watching();
  const mine = listener();
  const reader = references.reader(mine.tell);
  await read(reader, to('racing'));
  const told = mine.next();
  // The answer is on its way while the object changes: one way or the other, the reader hears of it.
  await Promise.all([read(reader, to('racing')), client.apply(secret('racing', '2'), manager)]);
  const [now] = await read(reader, to('racing'));
  const value = (now as { data?: Record<string, string> }).data?.['value'];
  expect(value).toBe(Buffer.from('2').toString('base64'));
  await client.apply(secret('racing', '3'), manager);
  await told;
});

test('a ConfigMap is watched as well, and its content is asked for by nobody but the reader', async () => {
  await client.apply(map('1'), manager);
  const references = watching();
  const mine = listener();
  const reader = references.reader(mine.tell);
  await read(reader, to('keys', 'ConfigMap'));
  const gets = client.counters.requests['get'] ?? 0;
  const told = mine.next();
  await client.apply(map('2'), manager);
  await told;
  expect(client.counters.requests['get'] ?? 0).toBe(gets);
});

test('templates are found by their label, and those who looked are told when one comes, changes or goes', async () => {
  const references = watching();
  const mine = listener();
  const reader = references.reader(mine.tell);
  const find = () => reader.round((look) => look.templates([namespace]), limit());
  expect(await find()).toEqual([]);
  const label = { labels: { 'plumbline.dev/credentials': 'template' }, annotations: { note: 'x' } };
  const came = mine.next();
  await client.apply(secret('template', '1', label), manager);
  await came;
  const [found] = await find();
  expect(found).toMatchObject({ name: 'template', namespace, annotations: { note: 'x' } });
  expect(await lookOnce(client, limit()).templates([namespace])).toMatchObject([{ name: 'template' }]);
  const changed = mine.next();
  await client.apply(secret('template', '2', label), manager);
  await changed;
  expect((await find())[0]?.resourceVersion).not.toBe(found?.resourceVersion);
  const gone = mine.next();
  await client.apply(secret('template', '2', { labels: {} }), manager);
  await gone;
  expect(await find()).toEqual([]);
  expect(await reader.round((look) => look.templates(['elsewhere']), limit())).toEqual([]);
});

test('the metadata is all that comes here', async () => {
  await client.apply(secret('quiet', 's3cr3t-s3cr3t'), manager);
  const objects: KubeObject[] = [];
  for await (const object of client.list(
    { group: '', kind: 'Secret' },
    { namespace, metadataOnly: true, signal: limit() },
  )) {
    objects.push(object);
  }
  expect(objects.map(({ metadata }) => metadata.name)).toContain('quiet');
  expect(JSON.stringify(objects)).not.toContain(Buffer.from('s3cr3t-s3cr3t').toString('base64'));
});

test('who may not watch reads all the same, and is not told', async () => {
  await client.apply(secret('guarded', '1'), manager);
  const user = `reader-${namespace}`;
  const rbac = 'rbac.authorization.k8s.io/v1';
  const meta = { namespace, name: 'get-secrets' };
  await client.apply(
    {
      apiVersion: rbac,
      kind: 'Role',
      metadata: meta,
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
    },
    manager,
  );
  await client.apply(
    {
      apiVersion: rbac,
      kind: 'RoleBinding',
      metadata: meta,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'get-secrets' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    },
    manager,
  );
  // The server learns of its own rules a moment later.
  const within = limit();
  const allowed = () =>
    client.as({ username: user }).get({ group: '', kind: 'Secret', namespace, name: 'guarded' }, { signal: within });
  while ((await allowed().catch(() => undefined)) === undefined) within.throwIfAborted();
  const references = watching(client.as({ username: user }));
  const reader = references.reader(() => {});
  expect((await read(reader, to('guarded')))[0]).toBeDefined();
  expect(await reader.round((look) => look.templates([namespace]), limit())).toEqual([]);
  expect(reader.isTold).toBe(false);
  expect(references.errors).toContain('kube.forbidden');
});
