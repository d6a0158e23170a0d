import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import { withoutUnsaid } from './unsaid-fields.ts';

const named = (apiVersion: string, kind: string, body: object, metadata: object = {}) =>
  ({ apiVersion, kind, metadata: { name: 'web', ...metadata }, ...body }) as KubeObject;

test('a field that is null says nothing, wherever it is', () => {
  const spec = {
    replicas: null,
    selector: { matchLabels: { app: 'web' }, matchExpressions: null },
    template: { spec: { containers: [{ name: 'web', env: [{ name: 'A', value: null }], resources: null }] } },
  };
  expect(withoutUnsaid(named('apps/v1', 'Deployment', { spec, status: null }, { labels: null }))).toEqual(
    named('apps/v1', 'Deployment', {
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { spec: { containers: [{ name: 'web', env: [{ name: 'A' }] }] } },
      },
    }),
  );
});

test('in a map of names that people choose, null is an entry', () => {
  const data = { empty: null };
  const kept = named('v1', 'ConfigMap', { data }, { annotations: data, labels: data });
  expect(withoutUnsaid(kept)).toBe(kept);
  const service = named('v1', 'Service', { spec: { selector: data } });
  expect(withoutUnsaid(service)).toBe(service);
});

test('in a kind that a definition makes, null may be a value', () => {
  const spec = { nullable: null };
  const made = named('example.dev/v1', 'Thing', { spec });
  expect(withoutUnsaid(made)).toBe(made);
  expect(withoutUnsaid(named('example.dev/v1', 'Thing', { spec }, { annotations: null }))).toEqual(made);
  const definition = named('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec: { default: null } });
  expect(withoutUnsaid(definition)).toBe(definition);
});

const claim = (spec: object) => named('v1', 'PersistentVolumeClaim', { spec });

test('an empty text says nothing where a controller fills the field', () => {
  expect(withoutUnsaid(claim({ volumeName: '', storageClassName: '' }))).toEqual(claim({ storageClassName: '' }));
  const bound = claim({ volumeName: 'pv' });
  expect(withoutUnsaid(bound)).toBe(bound);
});

test('a status is left out where only controllers may write it', () => {
  const status = { replicas: 0 };
  expect(withoutUnsaid(named('apps/v1', 'Deployment', { status }))).toEqual(named('apps/v1', 'Deployment', {}));
  const definition = ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'] as const;
  expect(withoutUnsaid(named(...definition, { status }))).toEqual(named(...definition, {}));
  const made = named('example.dev/v1', 'Thing', { status });
  expect(withoutUnsaid(made)).toBe(made);
});

const embedding = (metadata: object) =>
  named('example.dev/v1', 'Thing', { spec: [{ template: { metadata, a: null } }] });

test('what an object of a defined kind embeds was never created', () => {
  expect(withoutUnsaid(embedding({ name: 'a', creationTimestamp: null }))).toEqual(embedding({ name: 'a' }));
});

test('an object without a null stays the very same', () => {
  const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('null'));
  fc.assert(
    fc.property(json, (spec) => {
      const object = named('v1', 'Pod', { spec });
      expect(withoutUnsaid(object)).toBe(object);
    }),
  );
});
