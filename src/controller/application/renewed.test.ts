import { expect, test } from 'vitest';
import { parseApplication } from '../../api/index.ts';
import type { KubeObject } from '../../object.ts';
import { leaned, renewed } from './renewed.ts';

const live: KubeObject = {
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Application',
  metadata: {
    name: 'shop',
    namespace: 'prod',
    uid: 'one',
    generation: 3,
    resourceVersion: '10',
    finalizers: ['plumbline.dev/sync'],
    managedFields: [{ manager: 'kubectl' }],
  },
  spec: { source: { repositoryRef: { name: 'apps' } } },
};
const withMetadata = (metadata: Partial<KubeObject['metadata']>): KubeObject => ({
  ...live,
  metadata: { ...live.metadata, ...metadata },
});
const known = parseApplication(leaned(live));

test('takes the metadata of an object whose generation is known, and keeps the parsed spec', () => {
  const annotations = { 'plumbline.dev/requestedAt': 'now' };
  const newer = withMetadata({ resourceVersion: '11', annotations, deletionTimestamp: '2026-11-21T00:00:00Z' });
  const application = renewed(known, newer);
  expect(application?.metadata).toEqual(parseApplication(leaned(newer)).metadata);
  expect(application?.spec).toBe(known.spec);
});

test('what is gone from the metadata is gone', () => {
  const { finalizers: _finalizers, ...metadata } = live.metadata;
  expect(renewed(known, { ...live, metadata })?.metadata).not.toHaveProperty('finalizers');
});

test('asks for a parse where the spec may be another', () => {
  expect(renewed(undefined, live)).toBeUndefined();
  expect(renewed(known, withMetadata({ generation: 4 }))).toBeUndefined();
  expect(renewed(known, withMetadata({ uid: 'two' }))).toBeUndefined();
  const { generation: _generation, ...metadata } = live.metadata;
  expect(renewed(known, { ...live, metadata })).toBeUndefined();
});

test('remembers nothing of who manages which field', () => {
  expect(renewed(known, live)?.metadata).not.toHaveProperty('managedFields');
  expect(known.metadata).not.toHaveProperty('managedFields');
});
