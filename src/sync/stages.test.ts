import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ObjectKey } from '../object.ts';
import { applyStages, deletionStages } from './stages.ts';

function key(kind: string, name = 'x', namespace = 'n'): ObjectKey {
  const dot = kind.indexOf('.');
  return dot < 0
    ? { group: '', kind, namespace, name }
    : { group: kind.slice(dot + 1), kind: kind.slice(0, dot), namespace, name };
}

function kindsOf(staged: readonly (readonly ObjectKey[])[]): readonly (readonly string[])[] {
  return staged.map((stage) => stage.map(({ kind }) => kind));
}

const all = [
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
  'Widget.example.dev',
  'Deployment.apps',
  'Service',
  'ConfigMap',
  'ServiceAccount',
  'CustomResourceDefinition.apiextensions.k8s.io',
  'Namespace',
].map((kind) => key(kind));

test('what others need is applied before them, in few stages, each in the order of Helm', () => {
  expect(kindsOf(applyStages(all, (item) => item))).toEqual([
    ['Namespace', 'CustomResourceDefinition'],
    ['ServiceAccount', 'ConfigMap', 'Service'],
    ['Deployment', 'Widget'],
    ['ValidatingWebhookConfiguration'],
  ]);
});

test('deletion goes the other way, custom resources before the operators that end them', () => {
  expect(kindsOf(deletionStages(all, (item) => item))).toEqual([
    ['ValidatingWebhookConfiguration'],
    ['Widget'],
    ['Deployment'],
    ['ConfigMap', 'Service', 'ServiceAccount'],
    ['CustomResourceDefinition'],
    ['Namespace'],
  ]);
});

test('a kind of another group that has the name of a built-in one is not taken for it', () => {
  const staged = applyStages([key('Namespace.example.dev'), key('ConfigMap')], (item) => item);
  expect(kindsOf(staged)).toEqual([['ConfigMap'], ['Namespace']]);
  const last = deletionStages([key('Namespace.example.dev'), key('ConfigMap')], (item) => item);
  expect(kindsOf(last)).toEqual([['Namespace'], ['ConfigMap']]);
});

const keys = fc.array(
  fc.record({ kind: fc.constantFrom(...all), name: fc.string(), namespace: fc.string() }).map(({ kind, ...rest }) => ({
    ...kind,
    ...rest,
  })),
);

test('property: both ways keep every object, in an order that does not depend on the input', () => {
  fc.assert(
    fc.property(keys, (list) => {
      for (const cut of [applyStages<ObjectKey>, deletionStages<ObjectKey>]) {
        const staged = cut(list, (item) => item);
        expect(staged.flat()).toHaveLength(list.length);
        expect(new Set(staged.flat())).toEqual(new Set(list));
        expect(cut(list.toReversed(), (item) => item)).toEqual(staged);
        expect(staged.every((stage) => stage.length > 0)).toBe(true);
      }
    }),
  );
});

test('property: a namespace is applied before all that may live in it, and deleted after all', () => {
  fc.assert(
    fc.property(keys, (list) => {
      const applied = applyStages(list, (item) => item).map((stage) => stage.some(({ kind }) => kind === 'Namespace'));
      const deleted = deletionStages(list, (item) => item);
      expect(applied.lastIndexOf(true)).toBeLessThanOrEqual(0);
      const place = deleted.findIndex((stage) => stage.some(({ kind }) => kind === 'Namespace'));
      if (place >= 0) expect(place).toBe(deleted.length - 1);
    }),
  );
});
