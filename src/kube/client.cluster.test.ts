import { describe, expect, test } from 'vitest';
import { clientOfFile, configMap, namespaceOfFile } from '../../test/support/kube-client.ts';
import { PlumbError } from '../errors.ts';
import { keyOf, type KubeObject } from '../object.ts';
import { limit } from '../../test/support/limit.ts';

const client = clientOfFile();
const namespace = namespaceOfFile('kube-client');

async function failureOf(call: Promise<unknown>): Promise<PlumbError> {
  const error: unknown = await call.then(
    () => 'it succeeded',
    (reason: unknown) => reason,
  );
  if (error instanceof PlumbError) return error;
  throw new Error(`not a PlumbError: ${String(error)}`, { cause: error });
}

const manager = { fieldManager: 'plumbline' };

describe('apply', () => {
  test('creates, changes, and changes nothing when repeated', async () => {
    const first = await client.apply(configMap(namespace, 'apply', 'a'), manager);
    const again = await client.apply(configMap(namespace, 'apply', 'a'), manager);
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const changed = await client.apply(configMap(namespace, 'apply', 'b'), manager);
    expect(changed.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
    expect(changed['data']).toEqual({ value: 'b' });
    expect(changed.metadata.managedFields?.map((entry) => [entry.manager, entry.operation])).toEqual([
      ['plumbline', 'Apply'],
    ]);
  });

  test('a dry run answers as the real one would, and stores nothing', async () => {
    const object = configMap(namespace, 'dry');
    expect((await client.apply(object, { ...manager, dryRun: true })).metadata.uid).toBeDefined();
    expect(await client.get(keyOf(object))).toBeUndefined();
  });

  test('every invalid field is a problem of its own', async () => {
    const deployment: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace, name: 'invalid' },
      spec: {
        replicas: -1,
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'b' } }, spec: { containers: [{ name: 'Web_', image: 'nginx' }] } },
      },
    };
    const { problems } = await failureOf(client.apply(deployment, manager));
    expect(new Set(problems.map((problem) => problem.code))).toEqual(new Set(['kube.invalid']));
    expect(problems.map((problem) => problem.where?.field ?? '').toSorted()).toEqual([
      'spec.replicas',
      'spec.template.metadata.labels',
      'spec.template.spec.containers[0].name',
    ]);
    expect(problems[0].where?.object).toBe(`apps/Deployment ${namespace}/invalid`);
  });

  test('every field that does not fit the schema too, at once and without trying again', async () => {
    const before = client.counters.retried;
    const deployment: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace, name: 'misfit' },
      spec: { replicas: 'two', template: { spec: { containers: [{ name: 'web', image: 7 }] } } },
    };
    const error = await failureOf(client.apply(deployment, manager));
    expect(error.problems.map(({ where, message }) => `${where?.field}: ${message}`).toSorted()).toEqual([
      'spec.replicas: expected numeric (int or float), got string',
      'spec.template.spec.containers[name="web"].image: expected string, got 7',
    ]);
    const unknown = { ...deployment, spec: { replicsa: 1 } };
    expect((await failureOf(client.apply(unknown, manager))).problems).toMatchObject([
      { code: 'kube.invalid', message: 'field not declared in schema', where: { field: 'spec.replicsa' } },
    ]);
    expect(error.transient).toBe(false);
    expect(client.counters.retried).toBe(before);
  });

  test('a field of another manager is a conflict that names both; force takes it over', async () => {
    await client.apply(configMap(namespace, 'conflict', 'theirs'), { fieldManager: 'somebody' });
    const error = await failureOf(client.apply(configMap(namespace, 'conflict', 'ours'), manager));
    expect(error.problems).toMatchObject([
      { code: 'kube.conflict', message: 'conflict with "somebody"', where: { field: 'data.value' } },
    ]);
    const taken = await client.apply(configMap(namespace, 'conflict', 'ours'), { ...manager, force: true });
    expect(taken['data']).toEqual({ value: 'ours' });
  });

  test('a namespace that is missing, or not given, is told as that', async () => {
    const nowhere = await failureOf(client.apply(configMap('there-is-no-such', 'a'), manager));
    expect(nowhere.code).toBe('kube.namespace-not-found');
    const { metadata, ...rest } = configMap('', 'a');
    const error = await failureOf(client.apply({ ...rest, metadata: { name: metadata.name } }, manager));
    expect(error.problems).toMatchObject([{ code: 'kube.namespace-required', where: { field: 'metadata.namespace' } }]);
  });

  test('no value of a Secret is in what is told about it', async () => {
    const wrong = [
      { data: { password: 'hunter2!!' } },
      { data: { password: 7358243 } },
      { stringData: { password: { hunter2hunter2: true } } },
      { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'hunter2hunter2' } },
      { type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'hunter2hunter2' } },
    ];
    for (const more of wrong) {
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'secret' }, ...more };
      const error = await failureOf(client.apply(secret, manager));
      expect(error.code).toBe('kube.invalid');
      expect(JSON.stringify([error.problems, error.message])).not.toMatch(/hunter2|7358243/);
    }
  });
});

describe('the other verbs', () => {
  test('create refuses what is there', async () => {
    await client.create(configMap(namespace, 'created'));
    expect((await failureOf(client.create(configMap(namespace, 'created')))).code).toBe('kube.already-exists');
  });

  test('warnings of the server are passed on', async () => {
    const warnings: string[] = [];
    const object = { ...configMap(namespace, 'warned'), dta: {} };
    await client.create(object, { onWarning: (text) => warnings.push(text) });
    expect(warnings).toEqual(['unknown field "dta"']);
    const error = await failureOf(
      client.create({ ...object, metadata: { namespace, name: 'strict' } }, { fieldValidation: 'Strict' }),
    );
    expect(error.problems.map(({ code, where }) => [code, where?.field])).toEqual([['kube.invalid', 'dta']]);
  });

  test('update with an old resourceVersion is stale', async () => {
    const old = await client.create(configMap(namespace, 'updated', 'a'));
    const now = await client.update({ ...old, data: { value: 'b' } });
    expect(now['data']).toEqual({ value: 'b' });
    expect((await failureOf(client.update({ ...old, data: { value: 'c' } }))).code).toBe('kube.stale');
  });

  test('patches of each type, and of a subresource', async () => {
    const ref = keyOf(await client.create(configMap(namespace, 'patched', 'a')));
    const merged = await client.patch(ref, { data: { more: 'x' } }, { type: 'merge' });
    expect(merged['data']).toEqual({ value: 'a', more: 'x' });
    const json = await client.patch(ref, [{ op: 'remove', path: '/data/more' }], { type: 'json' });
    expect(json['data']).toEqual({ value: 'a' });
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace, name: 'scaled' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
      },
    };
    const scaled = keyOf(await client.apply(deployment, manager));
    const scale = await client.patch(
      scaled,
      { spec: { replicas: 3 } },
      { type: 'merge', subresource: 'scale', dryRun: true },
    );
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
  });

  test('delete asks for the very object, and tells whether it is gone', async () => {
    const object = await client.create(configMap(namespace, 'deleted'));
    const ref = keyOf(object);
    const other = { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } };
    expect((await failureOf(client.delete(ref, other))).code).toBe('kube.stale');
    expect(await client.delete(ref, { dryRun: true })).toEqual({ state: 'gone' });
    expect(await client.get(ref)).toBeDefined();
    expect(await client.delete(ref, { preconditions: { uid: object.metadata.uid ?? '' } })).toEqual({ state: 'gone' });
    expect(await client.delete(ref)).toEqual({ state: 'gone' });
    expect(await client.delete({ ...ref, namespace: 'there-is-no-such' })).toEqual({ state: 'gone' });
  });

  test('a namespace is being deleted until all that it holds has gone', async () => {
    const name = `${namespace}-going`;
    const ref = keyOf(await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
    expect(await client.delete(ref)).toMatchObject({ state: 'deleting', object: { metadata: { name } } });
  });

  test('what a finalizer holds is being deleted', async () => {
    const held = configMap(namespace, 'held');
    const metadata = { ...held.metadata, finalizers: ['plumbline.dev/test'] };
    const ref = keyOf(await client.create({ ...held, metadata }));
    const result = await client.delete(ref);
    expect(result).toMatchObject({ state: 'deleting', object: { metadata: { finalizers: ['plumbline.dev/test'] } } });
    await client.patch(ref, { metadata: { finalizers: null } }, { type: 'merge' });
    expect(await client.get(ref)).toBeUndefined();
  });

  test('a list reads every object once, page by page', async () => {
    const names = Array.from({ length: 11 }, (_, index) => `listed-${index}`).toSorted();
    await Promise.all(
      names.map((name) =>
        client.create({ ...configMap(namespace, name), metadata: { namespace, name, labels: { listed: 'yes' } } }),
      ),
    );
    const before = client.counters.requests['list'] ?? 0;
    const list = client.list({ group: '', kind: 'ConfigMap' }, { namespace, labelSelector: 'listed=yes', chunk: 3 });
    const found: KubeObject[] = [];
    for await (const object of list) found.push(object);
    expect(found.map((object) => object.metadata.name)).toEqual(names);
    expect(found[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(Number(list.resourceVersion)).toBeGreaterThan(0);
    expect(client.counters.requests['list']).toBe(before + 4);
  });

  test('an empty list has a version too', async () => {
    const list = client.list({ group: 'apps', kind: 'StatefulSet' }, { namespace });
    for await (const object of list) expect(object).toBeUndefined();
    expect(Number(list.resourceVersion)).toBeGreaterThan(0);
  });

  test('a call ends with its signal, and says why', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(client.get(keyOf(configMap(namespace, 'a')), { signal })).rejects.toThrow('enough');
    const aborting = new AbortController();
    const version = client.request({ method: 'GET', path: '/version', signal: aborting.signal });
    aborting.abort(new Error('while under way'));
    await expect(version).rejects.toThrow('while under way');
  });

  test('any name that Kubernetes knows arrives as it is, and no other is sent', async () => {
    const role: KubeObject = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { namespace, name: 'system:odd rôle?#[..]&x=y' },
      rules: [],
    };
    expect((await client.apply(role, manager)).metadata.name).toBe(role.metadata.name);
    expect(await client.get(keyOf(role))).toBeDefined();
    const sent = { ...client.counters.requests };
    for (const name of ['..', 'a/b', '']) {
      const key = { ...keyOf(role), name };
      await expect(client.get(key)).rejects.toThrow(/cannot be the name of an object \(kube\.invalid\)/);
      await expect(client.delete(key)).rejects.toThrow(/kube\.invalid/);
    }
    expect(client.counters.requests).toEqual(sent);
  });
});

test('an admission policy that denies is told with its words', async () => {
  const name = `${namespace}-policy`;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const policy: KubeObject = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      },
      validations: [{ expression: "object.metadata.name != 'denied'", message: 'that name is not wanted here' }],
    },
  };
  const binding: KubeObject = {
    apiVersion,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  };
  await client.apply(policy, manager);
  await client.apply(binding, manager);
  try {
    // The API server takes a moment to learn of the policy: ask until it denies.
    let denial: unknown;
    const signal = limit();
    while (denial === undefined) {
      denial = await client.create(configMap(namespace, 'denied'), { dryRun: true, signal }).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    expect(denial).toBeInstanceOf(PlumbError);
    expect((denial as PlumbError).problems).toMatchObject([
      { code: 'kube.admission-denied', where: { object: `ConfigMap ${namespace}/denied` } },
    ]);
    expect((denial as PlumbError).message).toContain('that name is not wanted here');
  } finally {
    await client.delete(keyOf(binding));
    await client.delete(keyOf(policy));
  }
});
