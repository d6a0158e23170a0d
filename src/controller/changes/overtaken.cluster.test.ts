import { expect, test } from 'vitest';
import { clientOfFile, namespaceOfFile } from '../../../test/support/kube-client.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import { checkRequest } from './check.ts';
import { makeDirect, tryDirect } from './direct.ts';
import { rehearseAsUser } from './rehearse.ts';
import type { ChangedObject, ObjectChange } from './types.ts';
import { lifetime } from '../../../test/support/limit.ts';

/** Others write between the look at an object and the change of it. */
const signal = lifetime();
const admin = clientOfFile();
const namespace = namespaceOfFile('overtaken');

const keyOf = (name: string) => ({ group: '', kind: 'ConfigMap', namespace, name });

function configMap(name: string, value: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { value } };
}

const makes = (name: string) => () => admin.create(configMap(name, 'theirs'));
const deletes = (name: string) => () => admin.delete(keyOf(name));
const changes = (name: string) => () =>
  admin.patch(keyOf(name), { data: { value: 'theirs', more: 'theirs' } }, { type: 'merge' });

/** A client that looks, and whose answer is old when it comes: each time the next one of these was quicker. */
function slowEyes(...quicker: readonly (() => Promise<unknown>)[]): KubeClient {
  const others = [...quicker];
  return {
    ...admin,
    async get(ref, options) {
      const found = await admin.get(ref, options);
      await others.shift()?.();
      return found;
    },
  };
}

const valueOf = async (name: string): Promise<unknown> => (await admin.get(keyOf(name)))?.['data'];

/** Tries and makes changes; `between` happens after all were tried. */
async function change(
  client: KubeClient,
  asked: readonly ObjectChange[],
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<readonly ChangedObject[]> {
  const request = { namespace, user: { username: 'somebody' }, changes: asked };
  const checked = await checkRequest(request, admin.discovery, signal);
  const options = { asUser: admin, client, onWarning: () => undefined, signal };
  const tried = await tryDirect(checked, options);
  await between();
  return makeDirect(tried, options);
}

const put = (name: string) => ({ verb: 'put', object: configMap(name, 'ours') }) as const;

test('what is wanted whether it is there or not is made, whoever made or deleted it a moment ago', async () => {
  expect(await change(slowEyes(makes('made')), [put('made')])).toMatchObject([{ change: 'changed' }]);
  expect(await valueOf('made')).toEqual({ value: 'ours' });

  await admin.create(configMap('gone', 'theirs'));
  expect(await change(slowEyes(deletes('gone')), [put('gone')])).toMatchObject([{ change: 'created' }]);
  expect(await valueOf('gone')).toEqual({ value: 'ours' });

  await admin.create(configMap('changed', 'before'));
  expect(await change(slowEyes(changes('changed')), [put('changed')])).toMatchObject([{ change: 'changed' }]);
  expect(await valueOf('changed')).toEqual({ value: 'ours' });
});

test('the same after it was tried, with several objects, and more than once', async () => {
  await admin.create(configMap('second', 'theirs'));
  const between = async (): Promise<void> => {
    await makes('first')();
    await deletes('second')();
  };
  const others = slowEyes(
    () => Promise.resolve(),
    () => Promise.resolve(),
    deletes('first'),
    makes('first'),
    makes('second'),
  );
  expect(await change(others, [put('first'), put('second')], between)).toMatchObject([
    { change: 'changed' },
    { change: 'changed' },
  ]);
  expect(await valueOf('first')).toEqual({ value: 'ours' });
  expect(await valueOf('second')).toEqual({ value: 'ours' });
});

test('what must be there, or not, is refused for what is there now', async () => {
  await admin.create(configMap('replaced', 'before'));
  const replace = { verb: 'replace', object: configMap('replaced', 'ours') } as const;
  expect(await change(slowEyes(changes('replaced')), [replace])).toMatchObject([{ change: 'changed' }]);
  await expect(change(slowEyes(deletes('replaced')), [replace])).rejects.toMatchObject({ code: 'kube.not-found' });

  const create = { verb: 'create', object: configMap('created', 'ours') } as const;
  await expect(change(slowEyes(makes('created')), [create])).rejects.toMatchObject({ code: 'kube.already-exists' });
  expect(await valueOf('created')).toEqual({ value: 'theirs' });
});

test('whoever names the version that they have seen gets that one or none', async () => {
  const seen = (await admin.create(configMap('seen', 'before'))).metadata.resourceVersion ?? '';
  const matched = { ...put('seen'), ifMatch: `"${seen}"` };
  await expect(change(slowEyes(changes('seen')), [matched])).rejects.toMatchObject({ code: 'kube.stale' });
  const name = { group: '', kind: 'ConfigMap', name: 'seen' };
  const patches = [
    { verb: 'patch', name, type: 'json', patch: [{ op: 'replace', path: '/data/value', value: 'ours' }] },
    { verb: 'patch', name, type: 'merge', patch: { data: { value: 'ours' } } },
  ] as const;
  for (const patch of patches) {
    const version = (await admin.get(keyOf('seen')))?.metadata.resourceVersion ?? '';
    await expect(change(admin, [{ ...patch, ifMatch: `"${seen}"` }])).rejects.toMatchObject({ code: 'kube.stale' });
    expect(await change(admin, [{ ...patch, ifMatch: `"${version}"` }])).toMatchObject([{ change: 'changed' }]);
    await changes('seen')();
  }
  await admin.delete(keyOf('seen'));
  await expect(change(admin, [matched])).rejects.toMatchObject({ code: 'kube.stale' });
  expect(await admin.get(keyOf('seen'))).toBeUndefined();
});

test('what Git is to hold is tried as it will be applied, whoever made or deleted it a moment ago', async () => {
  const rehearse = (client: KubeClient, name: string): Promise<void> =>
    rehearseAsUser([{ key: keyOf(name), object: configMap(name, 'ours') }], {
      asUser: admin,
      client,
      onWarning: () => undefined,
      signal,
    });
  await rehearse(slowEyes(makes('synced')), 'synced');
  await rehearse(slowEyes(deletes('synced')), 'synced');
  expect(await admin.get(keyOf('synced'))).toBeUndefined();
});
