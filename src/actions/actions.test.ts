import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCel } from '../health/index.ts';
import type { JsonObject, KubeObject } from '../object.ts';
import type { Action } from './action.ts';
import { effectOf } from './effect.ts';
import { touchesApplied } from './maintained.ts';
import { offeredActions } from './offered.ts';
import { neededRight } from './rights.ts';
import { actionsOfKind, allActions } from './rules/index.ts';
import { parseValues } from './values.ts';

const now = new Date('2026-11-22T04:05:06.789Z');
const table = [...allActions()].flatMap(({ group, kind, actions }) =>
  actions.map((action) => ({ group, kind, action, id: `${kind}.${group} ${action.name}` })),
);

const object = (apiVersion: string, kind: string, rest: object = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
  ...rest,
});

const named = (group: string, kind: string, name: string): Action => {
  const found = actionsOfKind({ group, kind }).find((action) => action.name === name);
  if (found === undefined) throw new Error(`${kind} has no ${name}`);
  return found;
};

const offeredOf = (of: KubeObject): string =>
  offeredActions(of)
    .filter(({ offered }) => offered)
    .map(({ action }) => action.name)
    .join(' ');

test('the table is whole: every expression compiles, every name is one of its kind, every place that is filled in has its value', () => {
  expect(new Set(table.map(({ id }) => id)).size).toBe(table.length);
  for (const { action, id } of table) {
    for (const source of [action.when, action.unless]) {
      if (source !== undefined) expect(typeof compileCel(source, 'bool'), `${id}: ${source}`).toBe('function');
    }
    expect(action.name, id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    const text = JSON.stringify(action.effect);
    const filled = [...text.matchAll(/"fill":"value:([^"]+)"/g)].map(([, name = '']) => name);
    expect(Object.keys(action.parameters ?? {}), id).toEqual(expect.arrayContaining(filled));
  }
});

test.each([
  ['Deployment', object('apps/v1', 'Deployment', { spec: {} }), 'restart scale pause'],
  ['a paused Deployment', object('apps/v1', 'Deployment', { spec: { paused: true } }), 'scale resume'],
  ['StatefulSet', object('apps/v1', 'StatefulSet', { spec: {} }), 'restart scale'],
  ['DaemonSet', object('apps/v1', 'DaemonSet', { spec: {} }), 'restart'],
  [
    'a ReplicaSet of a Deployment',
    {
      ...object('apps/v1', 'ReplicaSet'),
      metadata: {
        name: 'web',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u', controller: true }],
      },
    },
    '',
  ],
  ['a ReplicaSet of nobody', object('apps/v1', 'ReplicaSet', { spec: {} }), 'scale'],
  ['CronJob', object('batch/v1', 'CronJob', { spec: { suspend: false } }), 'run suspend'],
  ['a suspended CronJob', object('batch/v1', 'CronJob', { spec: { suspend: true } }), 'run resume'],
  ['a Job that runs', object('batch/v1', 'Job', { spec: {}, status: { active: 1 } }), 'suspend'],
  ['a suspended Job', object('batch/v1', 'Job', { spec: { suspend: true }, status: { conditions: [] } }), 'resume'],
  [
    'a Job that has ended',
    object('batch/v1', 'Job', { spec: {}, status: { conditions: [{ type: 'Failed', status: 'True' }] } }),
    'run',
  ],
  [
    'a Rollout that waits',
    object('argoproj.io/v1alpha1', 'Rollout', {
      spec: { strategy: { canary: { steps: [{}, {}] } } },
      status: { currentPodHash: 'b', stableRS: 'a', currentStepIndex: 1, pauseConditions: [{}] },
    }),
    'restart scale pause promote skip-step promote-full abort',
  ],
  [
    'a Rollout that is through',
    object('argoproj.io/v1alpha1', 'Rollout', {
      spec: { strategy: { canary: { steps: [{}] } } },
      status: { currentPodHash: 'a', stableRS: 'a', currentStepIndex: 1 },
    }),
    'restart scale pause',
  ],
  [
    'a Rollout that was aborted',
    object('argoproj.io/v1alpha1', 'Rollout', {
      spec: { paused: true, strategy: { canary: { steps: [{}] } } },
      status: { currentPodHash: 'b', stableRS: 'a', abort: true, currentStepIndex: 0 },
    }),
    'restart scale resume promote-full retry',
  ],
  ['Kustomization', object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', { spec: {} }), 'reconcile suspend'],
  [
    'a suspended HelmRelease',
    object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', { spec: { suspend: true } }),
    'resume',
  ],
  ['ScaledObject', object('keda.sh/v1alpha1', 'ScaledObject', { spec: {} }), 'pause pause-at'],
  [
    'a ScaledObject held at a number',
    {
      ...object('keda.sh/v1alpha1', 'ScaledObject'),
      metadata: { name: 'web', annotations: { 'autoscaling.keda.sh/paused-replicas': '2' } },
    },
    'pause pause-at resume',
  ],
  ['a bucket of Crossplane', object('s3.aws.crossplane.io/v1beta1', 'Bucket', { spec: {} }), 'pause'],
  ['a stopped machine', object('kubevirt.io/v1', 'VirtualMachine', { spec: { runStrategy: 'Halted' } }), 'start'],
  [
    'what is being deleted',
    { ...object('apps/v1', 'Deployment'), metadata: { name: 'web', deletionTimestamp: now.toISOString() } },
    '',
  ],
  ['a kind with no actions', object('v1', 'ConfigMap'), ''],
  ['a kind whose name is a trap', object('apps/v1', 'constructor'), ''],
] as const)('%s', (_name, of, expected) => {
  expect(offeredOf(of)).toBe(expected);
});

test('a restart writes the moment, and a scale the number by the subresource', () => {
  const of = object('apps/v1', 'Deployment');
  const restart = named('apps', 'Deployment', 'restart');
  expect(effectOf(restart, { object: of, values: {}, now })).toEqual({
    kind: 'patch',
    belongs: 'Cluster',
    patch: {
      spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': now.toISOString() } } } },
    },
  });
  const scale = named('apps', 'Deployment', 'scale');
  expect(effectOf(scale, { object: of, values: parseValues(scale, { replicas: '3' }), now })).toEqual({
    kind: 'patch',
    belongs: 'Git',
    subresource: 'scale',
    patch: { spec: { replicas: 3 } },
  });
  expect(neededRight(scale, { group: 'apps', kind: 'Deployment' })).toEqual({
    verb: 'patch',
    group: 'apps',
    kind: 'Deployment',
    subresource: 'scale',
  });
  const held = named('keda.sh', 'ScaledObject', 'pause-at');
  expect(effectOf(held, { object: of, values: { replicas: 2 }, now })).toMatchObject({
    patch: { metadata: { annotations: { 'autoscaling.keda.sh/paused-replicas': '2' } } },
  });
});

test('a step is left by its number, together with what holds it', () => {
  const skip = named('argoproj.io', 'Rollout', 'skip-step');
  const of = object('argoproj.io/v1alpha1', 'Rollout', { status: { currentStepIndex: 2 } });
  expect(effectOf(skip, { object: of, values: {}, now })).toMatchObject({
    patch: { status: { currentStepIndex: 3, pauseConditions: null } },
  });
});

test('a Job of a CronJob is owned by it, and has a name that fits', () => {
  const run = named('batch', 'CronJob', 'run');
  const long = 'a'.repeat(52);
  const of = {
    ...object('batch/v1', 'CronJob', {
      spec: { jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { backoffLimit: 1 } } },
    }),
    metadata: { name: long, namespace: 'shop', uid: 'u1' },
  };
  const made = effectOf(run, { object: of, values: {}, now });
  if (made.kind !== 'create') throw new Error('it makes nothing');
  expect(made.object).toMatchObject({
    kind: 'Job',
    metadata: {
      namespace: 'shop',
      labels: { a: 'b' },
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ kind: 'CronJob', name: long, uid: 'u1', controller: true }],
    },
    spec: { backoffLimit: 1 },
  });
  expect(made.object.metadata.name.length).toBeLessThanOrEqual(63);
  expect(neededRight(run, { group: 'batch', kind: 'CronJob' })).toEqual({
    verb: 'create',
    group: 'batch',
    kind: 'Job',
  });
});

test('a Job that runs again is nobody’s: without what finds its pods, and what says who maintains it', () => {
  const own = { 'controller-uid': 'u1', 'batch.kubernetes.io/job-name': 'web', app: 'web' };
  const of: KubeObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'web',
      namespace: 'shop',
      labels: { ...own, 'applyset.kubernetes.io/part-of': 'x' },
      annotations: { 'argocd.argoproj.io/hook': 'PreSync', note: 'kept' },
    },
    spec: {
      selector: { matchLabels: own },
      suspend: false,
      backoffLimit: 2,
      template: { metadata: { labels: own }, spec: { restartPolicy: 'Never' } },
    },
  };
  const made = effectOf(named('batch', 'Job', 'run'), { object: of, values: {}, now });
  expect(made).toEqual({
    kind: 'create',
    object: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: `web-${now.getTime().toString(36)}`,
        namespace: 'shop',
        labels: { app: 'web' },
        annotations: { note: 'kept' },
      },
      spec: {
        backoffLimit: 2,
        template: { metadata: { labels: { app: 'web' } }, spec: { restartPolicy: 'Never' } },
      },
    },
  });
});

test.each([
  [{ replicas: '0' }, { replicas: 0 }],
  [{ replicas: 7 }, { replicas: 7 }],
])('%o is taken', (given, values) => {
  expect(parseValues(named('apps', 'Deployment', 'scale'), given)).toEqual(values);
});

test.each([
  {},
  { replicas: '-1' },
  { replicas: 1.5 },
  { replicas: 'many' },
  { replicas: '1', more: '2' },
  { replicas: true },
  { replicas: 2 ** 31 },
])('%o is refused', (given) => {
  expect(() => parseValues(named('apps', 'Deployment', 'scale'), given)).toThrow(
    expect.objectContaining({ code: 'actions.parameter-invalid' }),
  );
});

test('a text is taken where all of it fits', () => {
  const promote = named('postgresql.cnpg.io', 'Cluster', 'promote');
  expect(parseValues(promote, { instance: 'db-2' })).toEqual({ instance: 'db-2' });
  for (const instance of ['', 'db 2', '$(x)', 'db-2\n']) {
    expect(() => parseValues(promote, { instance })).toThrow(/instance is to be a text/);
  }
});

const nested = (names: readonly string[], prefix: string, leaf: JsonObject | number): JsonObject =>
  names.reduceRight<JsonObject | number>((inner, name) => ({ [`${prefix}${name}`]: inner }), leaf) as JsonObject;

const managed = (manager: string, fieldsV1: JsonObject, operation: 'Apply' | 'Update' = 'Apply'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', managedFields: [{ manager, operation, fieldsType: 'FieldsV1', fieldsV1 }] },
});

test('a field is applied where its manager has applied it, or all that it lies in', () => {
  const replicas = { spec: { replicas: 3 } };
  expect(touchesApplied(replicas, managed('plumbline', { 'f:spec': { 'f:replicas': {} } }), 'plumbline')).toBe(true);
  expect(touchesApplied(replicas, managed('plumbline', { 'f:spec': {} }), 'plumbline')).toBe(true);
  expect(touchesApplied(replicas, managed('plumbline', { 'f:spec': { 'f:paused': {} } }), 'plumbline')).toBe(false);
  expect(touchesApplied(replicas, managed('kubectl', { 'f:spec': { 'f:replicas': {} } }), 'plumbline')).toBe(false);
  expect(
    touchesApplied(replicas, managed('plumbline', { 'f:spec': { 'f:replicas': {} } }, 'Update'), 'plumbline'),
  ).toBe(false);
});

test('a patch touches what was applied exactly where they share a leaf', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(path, path, (patched, applied) => {
      const of = managed('plumbline', nested(applied, 'f:', {}));
      expect(touchesApplied(nested(patched, '', 1), of, 'plumbline')).toBe(patched.join() === applied.join());
    }),
  );
});
