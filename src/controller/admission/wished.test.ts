import { expect, test } from 'vitest';
import type { KubeObject } from '../../object.ts';
import { withoutManager } from './afterwards.ts';
import type { AdmissionRequest } from './types.ts';
import { wishedOf } from './wished.ts';

const key = { group: 'apps', kind: 'Deployment', namespace: 'models', name: 'web' };

const inCluster = (spec: object): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'models', uid: 'u', resourceVersion: '7', generation: 2 },
  spec: { progressDeadlineSeconds: 600, ...spec },
  status: { replicas: 1 },
});
const inGit = (spec: object) => ({
  object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'models' }, spec },
  path: 'models/Deployment/web/web.json',
  etag: '"a-b"',
});
const update = (before: object, after: object, more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  uid: '1',
  kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  namespace: 'models',
  operation: 'UPDATE',
  userInfo: { username: 'alice' },
  object: inCluster(after),
  oldObject: inCluster(before),
  dryRun: false,
  fieldManager: 'kubectl-edit',
  ...more,
});

test('of a changed object only what is changed goes into Git, whatever the server has filled in', () => {
  const git = inGit({ template: { containers: [{ name: 'web', image: 'nginx:1' }] } });
  const container = { name: 'web', image: 'nginx:1', imagePullPolicy: 'Always' };
  const before = { replicas: 1, template: { containers: [container] } };
  const after = { replicas: 3, template: { containers: [{ ...container, image: 'nginx:2' }] } };
  expect(wishedOf(update(before, after), key, git)).toEqual({
    kind: 'change',
    change: {
      verb: 'replace',
      ifMatch: git.etag,
      object: {
        ...git.object,
        spec: { replicas: 3, template: { containers: [{ name: 'web', image: 'nginx:2' }] } },
      },
    },
  });
});

test('what Git has already, and what a server writes, is no change', () => {
  const git = inGit({ replicas: 3 });
  expect(wishedOf(update({ replicas: 1 }, { replicas: 3 }), key, git)).toEqual({ kind: 'pass' });
  const touched = update({ replicas: 3 }, { replicas: 3 });
  const status = { ...touched, object: { ...inCluster({ replicas: 3 }), status: { replicas: 3 } } };
  expect(wishedOf(status, key, git)).toEqual({ kind: 'pass' });
});

test('a field that Git has changed, and the cluster does not have yet, is a conflict with both sides', () => {
  const git = inGit({ replicas: 5 });
  expect(() => wishedOf(update({ replicas: 1 }, { replicas: 3 }), key, git)).toThrow(
    expect.objectContaining({
      problems: [
        expect.objectContaining({
          code: 'writeback.conflict',
          where: { object: 'apps/Deployment models/web', field: 'spec.replicas' },
          sides: { base: 1, ours: 3, theirs: 5 },
        }),
      ],
    }),
  );
});

test('another version than that of Git is refused, for its fields may be others', () => {
  const old = update({ replicas: 1 }, { replicas: 3 });
  const request = { ...old, object: { ...inCluster({ replicas: 3 }), apiVersion: 'apps/v1beta2' } };
  expect(() => wishedOf(request, key, inGit({ replicas: 1 }))).toThrow(/send that version/);
});

test('what an apply has written before is not taken for what this request writes', () => {
  const text = JSON.stringify({ ...inGit({ replicas: 9 }).object });
  const object = inCluster({ replicas: 1 });
  const annotated = {
    ...object,
    metadata: { ...object.metadata, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } },
  };
  const create = { operation: 'CREATE', oldObject: null, object: annotated } as const;
  const wished = (fieldManager: string) => wishedOf(update({}, {}, { ...create, fieldManager }), key, undefined);
  expect(wished('kubectl-create')).toMatchObject({ change: { verb: 'create', object: { spec: { replicas: 1 } } } });
  expect(wished('kubectl-client-side-apply')).toMatchObject({ change: { object: { spec: { replicas: 9 } } } });
});

test('the fields of a person become those of Plumbline, but for what kubectl remembers with', () => {
  const own = { manager: 'plumbline', operation: 'Apply', fieldsV1: { 'f:data': {} } } as const;
  const status = { manager: 'kubectl-edit', operation: 'Update', subresource: 'status' } as const;
  const annotations = { '.': {}, 'f:kubectl.kubernetes.io/last-applied-configuration': {} };
  const fieldsV1 = { 'f:metadata': { 'f:annotations': annotations }, 'f:data': { 'f:a': {} } };
  const hers = { manager: 'kubectl-edit', operation: 'Update', apiVersion: 'v1', fieldsV1 } as const;
  expect(withoutManager([own, status, hers], 'kubectl-edit')).toEqual([own, status]);
  expect(withoutManager([status, hers], 'kubectl-edit')).toEqual([
    status,
    { ...hers, manager: 'plumbline', operation: 'Apply', fieldsV1: { 'f:metadata': {}, 'f:data': { 'f:a': {} } } },
  ]);
  expect(withoutManager([own, status], 'kubectl-edit')).toBeUndefined();
});
