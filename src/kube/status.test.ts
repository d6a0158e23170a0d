import { expect, test } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import { codeOf, mayPass, parseStatus, statusError, type RequestContext } from './status.ts';

const deployment = { group: 'apps', kind: 'Deployment', namespace: 'st', name: 'x' };

function status(code: number, message: string, more: object = {}) {
  const parsed = parseStatus({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message, ...more });
  if (parsed === undefined) throw new Error('not a Status');
  return parsed;
}

// What Kubernetes 1.36.3 answered, word for word.
test('every cause of an invalid object is a problem of its own, with its field', () => {
  const invalid = status(422, 'Deployment.apps "x" is invalid: [spec.replicas: …]', {
    reason: 'Invalid',
    details: {
      name: 'x',
      group: 'apps',
      kind: 'Deployment',
      causes: [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: -1: must be greater than or equal to 0',
          field: 'spec.replicas',
        },
        { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.template.spec.containers[0].image' },
        { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.template.spec.containers[0].image' },
      ],
    },
  });
  expect(statusError(invalid, { object: deployment }).problems).toEqual([
    {
      code: 'kube.invalid',
      message: 'Invalid value: -1: must be greater than or equal to 0',
      where: { object: 'apps/Deployment st/x', field: 'spec.replicas' },
    },
    {
      code: 'kube.invalid',
      message: 'Required value',
      where: { object: 'apps/Deployment st/x', field: 'spec.template.spec.containers[0].image' },
    },
  ]);
});

test('an object that does not fit its schema is told field by field, though the server calls it 500', () => {
  const misfit = status(
    500,
    'failed to create typed patch object (/x; apps/v1, Kind=Deployment): errors:\n .spec.template.spec.containers[name="web"].image: expected string, got &value.valueUnstructured{Value:7}\n .spec.replicas: expected numeric (int or float), got string',
  );
  expect(mayPass(misfit)).toBe(false);
  expect(
    statusError(misfit, { object: deployment }).problems.map(({ message, where }) => [where?.field, message]),
  ).toEqual([
    ['spec.template.spec.containers[name="web"].image', 'expected string, got 7'],
    ['spec.replicas', 'expected numeric (int or float), got string'],
  ]);
});

test('one misfit alone', () => {
  const misfit = status(
    500,
    'failed to create typed patch object (/x; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
  );
  expect(statusError(misfit, { object: deployment }).problems).toEqual([
    {
      code: 'kube.invalid',
      message: 'field not declared in schema',
      where: { object: 'apps/Deployment st/x', field: 'spec.foo' },
    },
  ]);
});

test('strict validation tells every field that the kind does not have', () => {
  const refused = status(
    400,
    'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.a", ' +
      'unknown field "spec.template.spec.containers[0].b", duplicate field "spec.replicas"',
    { reason: 'BadRequest' },
  );
  expect(mayPass(refused)).toBe(false);
  const { problems } = statusError(refused, { object: deployment });
  expect(problems.map(({ code, message, where }) => [code, where?.field, message])).toEqual([
    ['kube.invalid', 'spec.a', 'field not declared in schema'],
    ['kube.invalid', 'spec.template.spec.containers[0].b', 'field not declared in schema'],
    ['kube.invalid', 'spec.replicas', 'field given twice'],
  ]);
});

test('a conflict names the field and the manager that owns it', () => {
  const conflict = status(409, 'Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.a', {
    reason: 'Conflict',
    details: {
      causes: [
        { reason: 'FieldManagerConflict', message: 'conflict with "kubectl-create" using v1', field: '.data.a' },
      ],
    },
  });
  expect(statusError(conflict, { object: deployment }).problems).toMatchObject([
    { code: 'kube.conflict', message: 'conflict with "kubectl-create" using v1', where: { field: 'data.a' } },
  ]);
});

const namespaced: RequestContext = { object: deployment };
test.each<[ErrorCode, number, string, object]>([
  ['kube.bad-request', 400, 'the name of the object (a) does not match the name on the URL (b)', {}],
  ['kube.admission-denied', 400, 'admission webhook "deny.example.org" denied the request: no', {}],
  ['kube.unauthorized', 401, 'Unauthorized', { reason: 'Unauthorized' }],
  [
    'kube.forbidden',
    403,
    'configmaps "cm" is forbidden: User "bob" cannot patch resource "configmaps" in API group "" in the namespace "st"',
    {},
  ],
  ['kube.admission-denied', 403, 'pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged', {}],
  [
    'kube.quota-exceeded',
    403,
    'pods "x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1',
    {},
  ],
  [
    'kube.namespace-terminating',
    403,
    'configmaps "x" is forbidden: unable to create new content in namespace st because it is being terminated',
    {
      details: {
        causes: [
          { reason: 'NamespaceTerminating', message: 'namespace st is being terminated', field: 'metadata.namespace' },
        ],
      },
    },
  ],
  ['kube.not-found', 404, 'configmaps "zz" not found', { details: { name: 'zz', kind: 'configmaps' } }],
  ['kube.namespace-not-found', 404, 'namespaces "nope" not found', { details: { name: 'nope', kind: 'namespaces' } }],
  ['kube.no-such-kind', 404, 'the server could not find the requested resource', { details: {} }],
  ['kube.already-exists', 409, 'configmaps "a" already exists', { reason: 'AlreadyExists' }],
  [
    'kube.stale',
    409,
    'Operation cannot be fulfilled on configmaps "cm2": the object has been modified',
    { reason: 'Conflict' },
  ],
  ['kube.expired', 410, 'The provided continue parameter is too old', { reason: 'Expired' }],
  ['kube.too-large', 413, 'limit is 3145728', {}],
  [
    'kube.admission-denied',
    422,
    "deployments.apps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: false",
    { reason: 'Invalid' },
  ],
  ['kube.throttled', 429, 'Too many requests, please try again later.', {}],
  [
    'kube.webhook-failed',
    500,
    'Internal error occurred: failed calling webhook "w.example.org": failed to call webhook: Post "https://w.st.svc:443/": connection refused',
    {},
  ],
  ['kube.unavailable', 500, 'etcdserver: leader changed', {}],
  ['kube.too-large', 500, 'etcdserver: request is too large', {}],
  ['kube.unavailable', 503, 'the server is currently unable to handle the request', {}],
])('%s: %i %s', (code, http, message, more) => {
  expect(codeOf(status(http, message, more), namespaced)).toBe(code);
});

test('a path that is not there is told by the kind and the version that were asked for', () => {
  const gone = status(404, '404 page not found');
  const told = (context: RequestContext) => statusError(gone, context).problems[0]?.message;
  expect(told({ object: deployment, sent: { apiVersion: 'apps/v9' } })).toBe(
    'the API server does not serve the kind Deployment in the version apps/v9',
  );
  expect(told({ object: deployment })).toBe('the API server does not serve the kind Deployment');
  expect(told({})).toBe('the API server has no such path');
});

test('only what passes by itself may be sent again', () => {
  expect(mayPass(status(503, ''))).toBe(true);
  expect(mayPass(status(500, 'etcdserver: leader changed'))).toBe(true);
  expect(mayPass(status(500, 'x', { details: { retryAfterSeconds: 2 } }))).toBe(true);
  expect(mayPass(status(500, 'failed calling webhook "w": context deadline exceeded'))).toBe(false);
  expect(mayPass(status(500, 'a nil pointer'))).toBe(false);
  expect(mayPass(status(409, 'Conflict'))).toBe(false);
});

test('a denial keeps the words of the policy, with the object', () => {
  const denial = status(400, 'admission webhook "deny.example.org" denied the request: images must be signed', {
    details: { causes: [{ message: 'images must be signed' }] },
  });
  expect(statusError(denial, namespaced).message).toBe(
    'apps/Deployment st/x: admission webhook "deny.example.org" denied the request: images must be signed (kube.admission-denied)',
  );
});

test('what is no Status is none', () => {
  expect(parseStatus({ kind: 'Pod' })).toBeUndefined();
  expect(parseStatus('Status')).toBeUndefined();
});
