import { expect, test } from 'vitest';
import { PlumbError, type Problem } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { prepare, type PreparedSet, type RenderedObject } from './prepare.ts';
import type { ApiResource, KindRef } from './ports.ts';

const served: readonly ApiResource[] = [
  { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  { group: 'apps', version: 'v2', kind: 'Deployment', plural: 'deployments', namespaced: true },
];

function lookup(kind: KindRef): ApiResource | undefined {
  return served.find((one) => one.group === kind.group && one.version === kind.version && one.kind === kind.kind);
}

function prepared(...objects: readonly object[]): PreparedSet {
  const rendered = objects.map((object, index): RenderedObject => {
    return { object: object as KubeObject, origin: { file: `${index}.yaml`, line: 1 } };
  });
  return prepare(rendered, { namespace: 'prod', applySet: 'applyset-x-v1', lookup });
}

function problems(...objects: readonly object[]): readonly Problem[] {
  try {
    prepared(...objects);
  } catch (error) {
    if (error instanceof PlumbError) return error.problems;
    throw error;
  }
  return [];
}

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
const label = { 'applyset.kubernetes.io/part-of': 'applyset-x-v1' };

test('an object gets the namespace and the label', () => {
  const [one] = prepared(configMap).objects;
  expect(one?.id).toBe('ConfigMap prod/a');
  expect(one?.object.metadata).toEqual({ name: 'a', namespace: 'prod', labels: label });
  expect(one?.origin).toEqual({ file: '0.yaml', line: 1 });
  expect(one?.resource.plural).toBe('configmaps');
});

test('its own namespace and labels stay', () => {
  const metadata = { name: 'a', namespace: 'other', labels: { app: 'x' }, annotations: { b: 'c' } };
  const [one] = prepared({ ...configMap, metadata }).objects;
  expect(one?.object.metadata).toEqual({ ...metadata, labels: { app: 'x', ...label } });
});

test('an object that lives in no namespace loses it', () => {
  const [one] = prepared({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', namespace: 'wrong' } }).objects;
  expect(one?.id).toBe('Namespace a');
  expect(one?.object.metadata).toEqual({ name: 'a', labels: label });
});

test('what only the server may write is taken out', () => {
  const metadata = {
    name: 'a',
    uid: 'u',
    resourceVersion: '5',
    generation: 2,
    creationTimestamp: null,
    managedFields: [],
    annotations: {},
    labels: null,
  };
  expect(prepared({ ...configMap, metadata }).objects[0]?.object.metadata).toEqual({
    name: 'a',
    namespace: 'prod',
    labels: label,
  });
  expect(prepared({ ...configMap, metadata }).digest).toBe(prepared(configMap).digest);
});

test('the text of a Secret is encoded as the server would', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
  const [one] = prepared({ ...secret, data: { a: 'b2xk', b: 'Yg==' }, stringData: { a: 'päss' } }).objects;
  expect(one?.object.data).toEqual({ a: Buffer.from('päss').toString('base64'), b: 'Yg==' });
  expect(one?.object).not.toHaveProperty('stringData');
  // What is no text is left for the server to refuse.
  expect(prepared({ ...secret, stringData: { a: 3 } }).objects[0]?.object.stringData).toEqual({ a: 3 });
});

test('a kind may be defined by the same set', () => {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.dev' },
    spec: {
      group: 'example.dev',
      scope: 'Cluster',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [
        { name: 'v1', served: true },
        { name: 'v0', served: false },
      ],
    },
  };
  const widget = { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name: 'w' } };
  const crds = { ...served[2], group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' } as ApiResource;
  const rendered = [widget, definition].map((object) => ({ object: object as KubeObject }));
  const options = {
    namespace: 'prod',
    applySet: 'x',
    lookup: (kind: KindRef) => lookup(kind) ?? (kind.kind === crds.kind ? crds : undefined),
  };
  const [one, two] = prepare(rendered, options).objects;
  expect([one?.id, one?.definedHere, two?.definedHere]).toEqual(['example.dev/Widget w', true, false]);
  expect(one?.resource).toEqual({
    group: 'example.dev',
    version: 'v1',
    kind: 'Widget',
    plural: 'widgets',
    namespaced: false,
  });
  const old = [{ ...widget, apiVersion: 'example.dev/v0' }, definition].map((object) => ({
    object: object as KubeObject,
  }));
  expect(() => prepare(old, options)).toThrow(/no kind Widget in example.dev\/v0/);
});

test('all problems are told at once, with the object and the file', () => {
  expect(
    problems(
      configMap,
      { ...configMap, metadata: { name: 'a', namespace: 'prod' } },
      { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name: 'w' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'x-' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
      { apiVersion: 'v1', kind: 'ConfigMap' },
      { kind: 'ConfigMap', metadata: { name: 'x' } },
      { apiVersion: 'v1', metadata: { name: 'x' } },
    ).map(({ code, message, where }) => [code, where?.file, where?.object ?? where?.field, message]),
  ).toEqual([
    ['sync.duplicate-object', '1.yaml', 'ConfigMap prod/a', 'the object is there twice (the first is in 0.yaml:1)'],
    ['sync.unknown-kind', '2.yaml', 'example.dev/Widget w', 'the cluster has no kind Widget in example.dev/v1'],
    [
      'sync.invalid-object',
      '3.yaml',
      'metadata.generateName',
      'the ConfigMap has generateName and no name: every sync would make another one of it',
    ],
    ['sync.invalid-object', '4.yaml', 'metadata.name', 'the ConfigMap has no name'],
    ['sync.invalid-object', '5.yaml', 'metadata.name', 'the ConfigMap has no name'],
    ['sync.invalid-object', '6.yaml', 'apiVersion', 'the ConfigMap has no apiVersion'],
    ['sync.invalid-object', '7.yaml', 'kind', 'the object has no kind'],
  ]);
});

test('the same object at two versions is the same object', () => {
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
  expect(problems(deployment, { ...deployment, apiVersion: 'apps/v2' })[0]?.code).toBe('sync.duplicate-object');
});

test('the digest of a set knows no order, and every change', () => {
  const other = { ...configMap, metadata: { name: 'b' } };
  expect(prepared(configMap, other).digest).toBe(prepared(other, configMap).digest);
  expect(prepared(configMap, { ...other, data: { x: 'y' } }).digest).not.toBe(prepared(configMap, other).digest);
  expect(prepared(configMap).digest).not.toBe(prepared(configMap, other).digest);
});

test('an object that waits for its kind is taken as it says, and the digest of the set does not depend on where its kind lives', () => {
  const wait = { annotations: { 'plumbline.dev/missing-kind': 'wait' } };
  const thing = { apiVersion: 'example.dev/v1', kind: 'Thing', metadata: { name: 't', ...wait } };
  const [awaited] = prepared(thing).objects;
  expect(awaited).toMatchObject({ id: 'example.dev/Thing prod/t', awaited: true, definedHere: false });
  const digestWhere = (namespaced: boolean | undefined, object: object = thing): string => {
    const resource = { group: 'example.dev', version: 'v1', kind: 'Thing', plural: 'things' };
    const set = prepare([{ object: object as KubeObject }], {
      namespace: 'prod',
      applySet: 'applyset-x-v1',
      lookup: () => (namespaced === undefined ? undefined : { ...resource, namespaced }),
    });
    expect(set.objects[0]?.key.namespace).toBe(namespaced === false ? '' : 'prod');
    return set.digest;
  };
  expect(new Set([undefined, true, false].map((namespaced) => digestWhere(namespaced))).size).toBe(1);
  expect(digestWhere(undefined, { ...thing, spec: {} })).not.toBe(digestWhere(undefined));
  const argo = { 'argocd.argoproj.io/sync-options': 'SkipDryRunOnMissingResource=true' };
  const [byArgo] = prepared({ ...thing, metadata: { name: 't', annotations: argo } }).objects;
  expect(byArgo?.awaited).toBe(true);
  const no = { 'plumbline.dev/missing-kind': 'fail', ...argo };
  expect(problems({ ...thing, metadata: { name: 't', annotations: no } }).map(({ code }) => code)).toEqual([
    'sync.unknown-kind',
  ]);
});

test('a hook of a kind that is missing is waited for where it or its set says so, and otherwise refused like any object', () => {
  const annotations = { 'plumbline.dev/hook': 'PostSync' };
  const check = { apiVersion: 'example.dev/v1', kind: 'Check', metadata: { generateName: 'c-', annotations } };
  expect(problems(check).map(({ code }) => code)).toEqual(['sync.unknown-kind']);
  const waiting = { ...annotations, 'plumbline.dev/missing-kind': 'wait' };
  const { hooks = [] } = prepared({ ...check, metadata: { ...check.metadata, annotations: waiting } });
  expect(hooks).toMatchObject([{ key: { kind: 'Check', namespace: 'prod' }, awaited: true, definedHere: false }]);
  const object = check as unknown as KubeObject;
  const shared = { namespace: 'prod', applySet: 'applyset-x-v1', missingKinds: 'Wait' } as const;
  const set = prepare([{ object }], { ...shared, lookup: () => undefined });
  expect(set.hooks?.[0]?.awaited).toBe(true);
  // The same where its kind turns out to live in no namespace: the sync that has waited goes on.
  const kind = { group: 'example.dev', version: 'v1', kind: 'Check', plural: 'checks', namespaced: false };
  const come = prepare([{ object }], { ...shared, lookup: () => kind });
  expect([come.hooks?.[0]?.awaited, come.hooks?.[0]?.key.namespace]).toEqual([undefined, '']);
  expect(come.digest).toBe(set.digest);
});

const annotated = (annotations: unknown) => ({ ...configMap, metadata: { name: 'a', annotations } });

test.each([
  [{ 'argocd.argoproj.io/sync-wave': 1 }, 'the annotation argocd.argoproj.io/sync-wave is 1 and no text'],
  [
    { 'helm.sh/hook-weight': -5, 'helm.sh/hook': 'pre-install' },
    'the annotation helm.sh/hook-weight is -5 and no text',
  ],
  [{ 'argocd.argoproj.io/hook': true }, 'the annotation argocd.argoproj.io/hook is true and no text'],
  [{ 'example.dev/list': ['a'] }, 'the annotation example.dev/list is ["a"] and no text'],
  ['a: b', 'the annotations are no map'],
])(
  'annotations that are no text are told with their file, and do not end it for the others: %j',
  (annotations, told) => {
    const missing = { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} };
    expect(problems(annotated(annotations), missing).map(({ code, message, where }) => [code, message, where])).toEqual(
      [
        [
          'sync.invalid-object',
          expect.stringContaining(told),
          { file: '0.yaml', line: 1, field: 'metadata.annotations' },
        ],
        ['sync.invalid-object', expect.stringContaining('no name'), expect.anything()],
      ],
    );
  },
);

test('an annotation that is null is as if it were not there', () => {
  const nothing = Object.fromEntries(
    ['argocd.argoproj.io/hook', 'helm.sh/hook', 'argocd.argoproj.io/sync-wave', 'plumbline.dev/hook'].map((name) => [
      name,
      null,
    ]),
  );
  const set = prepared(annotated(nothing));
  expect([set.objects.map(({ id }) => id), set.hooks, set.warnings]).toEqual([
    ['ConfigMap prod/a'],
    undefined,
    undefined,
  ]);
});

test('what is skipped is known by its name, and counts in the digest; where its kind is not there, it is not either', () => {
  const skip = { 'argocd.argoproj.io/hook': 'Skip' };
  const nameless = { ...configMap, metadata: { annotations: skip } };
  const set = prepared(annotated(skip), { ...annotated(skip), kind: 'Widget' }, nameless);
  expect([set.objects, set.skipped, set.warnings]).toEqual([[], new Set(['ConfigMap prod/a']), undefined]);
  expect(set.digest).not.toBe(prepared().digest);
  expect(prepared(annotated({ 'helm.sh/hook': 'test' }))).toEqual(prepared());
});

test('what is never applied because nobody knows when is told, with its file', () => {
  const set = prepared(annotated({ 'argocd.argoproj.io/hook': 'presync' }));
  expect([set.objects, set.hooks, set.warnings]).toEqual([
    [],
    undefined,
    [
      {
        code: 'sync.unknown-option',
        message: 'argocd.argoproj.io/hook knows no phase "presync"; the object is never applied',
        where: { file: '0.yaml', line: 1, object: 'ConfigMap prod/a' },
      },
    ],
  ]);
});
