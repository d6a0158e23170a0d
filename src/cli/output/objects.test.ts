import fc from 'fast-check';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../object.ts';
import { maskSecret } from './mask.ts';
import { formatObjects, resourceName } from './objects.ts';

const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', managedFields: [{ manager: 'plumbline' }] },
  spec: { ports: [{ port: 80 }] },
};

test('a name is what kubectl takes as an argument', () => {
  expect(resourceName(service)).toBe('service/web');
  expect(resourceName({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } })).toBe(
    'deployment.apps/web',
  );
});

test('one object is printed as itself, several as a List', async () => {
  expect(JSON.parse(await formatObjects([service], 'json'))).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { ports: [{ port: 80 }] },
  });
  expect(JSON.parse(await formatObjects([service, service], 'json'))).toMatchObject({ kind: 'List', items: [{}, {}] });
  expect(JSON.parse(await formatObjects([], 'json'))).toEqual({ apiVersion: 'v1', kind: 'List', items: [] });
  expect(await formatObjects([service, service], 'name')).toBe('service/web\nservice/web\n');
});

test('what YAML 1.1 would misread is quoted', async () => {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c' },
    data: { a: 'yes', b: '0777', c: 'n' },
  };
  const printed = await formatObjects([object], 'yaml');
  expect(printed).toContain("a: 'yes'");
  expect(printed).toContain("b: '0777'");
  expect(load(printed)).toEqual(object);
});

test('no value of a Secret is ever printed', async () => {
  const value = fc.string({ minLength: 8 }).filter((text) => !/^[\s*]+$/.test(text));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value), async (values) => {
      const secret: KubeObject = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 's',
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(values) },
        },
        data: values,
        stringData: values,
      };
      const masked = maskSecret(secret);
      expect(Object.keys(masked['data'] as object)).toEqual(Object.keys(values));
      for (const shown of [
        ...Object.values(masked['data'] as object),
        ...Object.values(masked['stringData'] as object),
        ...Object.values(masked.metadata.annotations ?? {}),
      ]) {
        expect(shown).toBe('***');
      }
      const printed = JSON.parse(await formatObjects([secret], 'json'));
      expect(printed).toEqual(masked);
    }),
  );
});
