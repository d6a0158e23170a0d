import { expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import { compareRenders } from './compare.ts';
import { rules } from './rules.ts';

/** A change, as the object before and after it, and the risks that it has, with what is told of them. */
interface Case {
  readonly name: string;
  readonly before?: object;
  readonly after?: object;
  readonly risks: readonly (readonly [rule: string, detail?: string])[];
}

const object = (apiVersion: string, kind: string, rest: object = {}, name = 'x') => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'prod' },
  ...rest,
});
const cluster = (apiVersion: string, kind: string, rest: object = {}, name = 'x') => ({
  apiVersion,
  kind,
  metadata: { name },
  ...rest,
});
const pods = (spec: object, more: object = {}) =>
  object('apps/v1', 'Deployment', { spec: { ...more, template: { spec } } });
const container = (rest: object) => ({ containers: [{ name: 'web', ...rest }] });
const role = (...grants: readonly object[]) =>
  cluster('rbac.authorization.k8s.io/v1', 'ClusterRole', { rules: grants });
const binding = (given: string, ...names: readonly string[]) =>
  cluster('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: given },
    subjects: names.map((name) => ({ kind: 'ServiceAccount', namespace: 'prod', name })),
  });
const pvc = (size: string, mode = 'ReadWriteOnce') =>
  object('v1', 'PersistentVolumeClaim', { spec: { accessModes: [mode], resources: { requests: { storage: size } } } });
const secret = (data: Record<string, string>) => object('v1', 'Secret', { data });
const definition = (...served: readonly string[]) =>
  cluster('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
    spec: { versions: ['v1', 'v2'].map((name) => ({ name, served: served.includes(name) })) },
  });
const read = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };

const cases: readonly Case[] = [
  { name: 'a Namespace goes', before: cluster('v1', 'Namespace'), risks: [['namespace-deleted'], ['deleted']] },
  { name: 'a definition goes', before: definition('v1'), risks: [['definition-deleted'], ['deleted']] },
  { name: 'a claim goes', before: pvc('1Gi'), risks: [['volume-deleted'], ['deleted']] },
  {
    name: 'a StatefulSet goes',
    before: object('apps/v1', 'StatefulSet'),
    risks: [['stateful-deleted'], ['deleted']],
  },
  { name: 'anything else goes', before: object('v1', 'Service'), risks: [['deleted']] },
  { name: 'a plain object comes', after: object('v1', 'Service'), risks: [] },
  {
    name: 'the selector of a Deployment changes',
    before: object('apps/v1', 'Deployment', { spec: { selector: { matchLabels: { app: 'a' } } } }),
    after: object('apps/v1', 'Deployment', { spec: { selector: { matchLabels: { app: 'b' } } } }),
    risks: [['recreated-immutable', 'spec.selector.matchLabels.app']],
  },
  {
    name: 'the volumes of a StatefulSet change',
    before: object('apps/v1', 'StatefulSet', { spec: { volumeClaimTemplates: [{ metadata: { name: 'a' } }] } }),
    after: object('apps/v1', 'StatefulSet', { spec: { volumeClaimTemplates: [{ metadata: { name: 'b' } }] } }),
    risks: [['stateful-deleted'], ['recreated-immutable', 'spec.volumeClaimTemplates[0].metadata.name']],
  },
  {
    name: 'a claim changes its mode',
    before: pvc('1Gi'),
    after: pvc('1Gi', 'ReadWriteMany'),
    risks: [['volume-deleted'], ['recreated-immutable', 'spec.accessModes']],
  },
  { name: 'a claim grows', before: pvc('1Gi'), after: pvc('2Gi'), risks: [['storage']] },
  {
    name: 'a sealed ConfigMap changes',
    before: object('v1', 'ConfigMap', { immutable: true, data: { a: '1' } }),
    after: object('v1', 'ConfigMap', { immutable: true, data: { a: '2' } }),
    risks: [['recreated-immutable', 'data.a']],
  },
  {
    name: 'an object is renamed',
    before: object('v1', 'Service', { spec: { clusterIP: 'None' } }, 'old'),
    after: object('v1', 'Service', { spec: { clusterIP: 'None' } }, 'new'),
    risks: [['recreated-renamed', 'was Service prod/old']],
  },
  {
    name: 'a generated ConfigMap has another hash',
    before: object('v1', 'ConfigMap', { data: { a: '1' } }, 'config-7bg8d2m4hk'),
    after: object('v1', 'ConfigMap', { data: { a: '2' } }, 'config-fk6m2t9dbc'),
    risks: [],
  },
  { name: 'a Namespace comes', after: cluster('v1', 'Namespace'), risks: [['namespace']] },
  {
    name: 'the labels of a Namespace change',
    before: cluster('v1', 'Namespace'),
    after: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x', labels: { a: 'b' } } },
    risks: [['namespace']],
  },
  {
    name: 'somebody becomes cluster-admin',
    before: binding('view', 'bot'),
    after: binding('cluster-admin', 'bot'),
    risks: [
      ['recreated-immutable', 'roleRef.name'],
      ['cluster-admin', 'ServiceAccount prod/bot gets ClusterRole cluster-admin'],
    ],
  },
  {
    name: 'somebody more gets a role',
    before: binding('view', 'bot'),
    after: binding('view', 'bot', 'other'),
    risks: [['rbac-binding', 'ServiceAccount prod/other gets ClusterRole view']],
  },
  { name: 'somebody loses a role', before: binding('view', 'bot', 'other'), after: binding('view', 'bot'), risks: [] },
  {
    name: 'a role allows every verb',
    before: role(read),
    after: role(read, { apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'] }),
    risks: [['rbac-wildcard', '* deployments.apps']],
  },
  {
    name: 'a role allows every resource',
    after: role({ apiGroups: ['*'], resources: ['*'], verbs: ['get'] }),
    risks: [['rbac-wildcard', 'get *.*']],
  },
  {
    name: 'a role lets its holder be anybody',
    after: role({ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }),
    risks: [['rbac-wildcard', 'impersonate users']],
  },
  {
    name: 'a role lets read Secrets and run commands',
    before: role(read),
    after: role(read, { apiGroups: [''], resources: ['secrets', 'pods/exec'], verbs: ['create', 'get'] }),
    risks: [
      ['rbac-sensitive', 'create pods/exec, get secrets, get pods/exec'],
      ['rbac-wider', 'create secrets'],
    ],
  },
  {
    name: 'a role allows a little more',
    before: role(read),
    after: role({ ...read, verbs: ['get', 'list'] }),
    risks: [['rbac-wider', 'list pods']],
  },
  { name: 'a role allows less', before: role({ ...read, verbs: ['get', 'list'] }), after: role(read), risks: [] },
  {
    name: 'a role allows the same in other words',
    before: role({ ...read, verbs: ['get', 'list'] }),
    after: role({ ...read, verbs: ['list'] }, read),
    risks: [],
  },
  {
    name: 'a container becomes privileged',
    before: pods(container({})),
    after: pods(container({ securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN'] } } })),
    risks: [['privileged', 'containers[name=web] privileged, containers[name=web] capability SYS_ADMIN']],
  },
  {
    name: 'a pod gets onto its node',
    before: pods(container({})),
    after: pods({
      ...container({}),
      hostNetwork: true,
      hostPID: true,
      volumes: [{ name: 'root', hostPath: { path: '/' } }],
    }),
    risks: [['privileged', 'hostNetwork, hostPID, hostPath /']],
  },
  {
    name: 'a pod that is out of its bounds stays so',
    before: pods({ ...container({ image: 'a:1' }), hostNetwork: true }),
    after: pods({ ...container({ image: 'a:1', command: ['b'] }), hostNetwork: true }),
    risks: [],
  },
  {
    name: 'a CronJob mounts a folder of its node',
    after: object('batch/v1', 'CronJob', {
      spec: { jobTemplate: { spec: { template: { spec: { volumes: [{ name: 'a', hostPath: { path: '/etc' } }] } } } } },
    }),
    risks: [['privileged', 'hostPath /etc']],
  },
  {
    name: 'a webhook comes',
    after: cluster('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
    risks: [['admission']],
  },
  {
    name: 'all pods are stopped',
    before: pods(container({}), { replicas: 3 }),
    after: pods(container({}), { replicas: 0 }),
    risks: [['replicas-zero', 'spec.replicas: 3 -> 0']],
  },
  {
    name: 'an unset number of pods is stopped',
    before: pods(container({})),
    after: pods(container({}), { replicas: 0 }),
    risks: [['replicas-zero', 'spec.replicas: not set -> 0']],
  },
  { name: 'a Deployment comes with no pods', after: pods(container({}), { replicas: 0 }), risks: [] },
  { name: 'fewer pods', before: pods({}, { replicas: 3 }), after: pods({}, { replicas: 1 }), risks: [] },
  {
    name: 'a StorageClass comes',
    after: cluster('storage.k8s.io/v1', 'StorageClass', { provisioner: 'p' }),
    risks: [['storage']],
  },
  {
    name: 'a version of a kind ends',
    before: definition('v1', 'v2'),
    after: definition('v2'),
    risks: [['definition-version', 'v1']],
  },
  {
    name: 'keys of a Secret come, go and change',
    before: secret({ gone: 'YQ==', other: 'Yg==', same: 'Yw==' }),
    after: secret({ fresh: 'YQ==', other: 'ZA==', same: 'Yw==' }),
    risks: [['secret', 'fresh is new, gone goes, other changes']],
  },
  {
    name: 'another tag',
    before: pods(container({ image: 'registry.example.org:5000/web:1.0' })),
    after: pods(container({ image: 'registry.example.org:5000/web:1.1' })),
    risks: [['image', 'containers[name=web]: registry.example.org:5000/web:1.0 -> registry.example.org:5000/web:1.1']],
  },
  {
    name: 'a tag in the place of a digest',
    before: pods(container({ image: 'web@sha256:00' })),
    after: pods(container({ image: 'web:1.1' })),
    risks: [['image', 'containers[name=web]: web@sha256:00 -> web:1.1 (was pinned by digest, is by tag)']],
  },
  {
    name: 'no tag in the place of a tag',
    before: pods(container({ image: 'web:1.1' })),
    after: pods(container({ image: 'web' })),
    risks: [
      ['image-unpinned', 'containers[name=web]: web'],
      ['image', 'containers[name=web]: web:1.1 -> web (was by tag, is whatever is newest)'],
    ],
  },
  {
    name: 'an init container runs the newest',
    after: pods({ initContainers: [{ name: 'i', image: 'tool:latest' }] }),
    risks: [['image-unpinned', 'initContainers[name=i]: tool:latest']],
  },
  {
    name: 'manifests of no sensible form are no reason to fail',
    before: pods({ containers: 'none', volumes: {} }),
    after: pods({ containers: [3, null, { image: 7 }], volumes: ['x'], hostNetwork: 'yes' }),
    risks: [],
  },
];

test.each(cases)('$name', ({ before, after, risks }) => {
  const changes = compareRenders(
    before === undefined ? [] : [before as KubeObject],
    after === undefined ? [] : [after as KubeObject],
  );
  expect(changes).toHaveLength(1);
  const found = changes[0]?.risks.map(({ rule, detail }) => (detail === undefined ? [rule] : [rule, detail]));
  expect(found).toEqual(risks);
});

test('every rule has a case, a name of its own and a reason of its own', () => {
  const met = new Set(cases.flatMap(({ risks }) => risks.map(([rule]) => rule)));
  expect(rules.map(({ name }) => name).filter((name) => !met.has(name))).toEqual([]);
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  expect(new Set(rules.map(({ reason }) => reason)).size).toBe(rules.length);
});
