import { expect, test } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { settleAcross } from './across.ts';
import { compareRenders } from './compare.ts';
import type { ApplicationPreview } from './types.ts';

const application = (name: string, made: readonly KubeObject[], ...problems: readonly [ErrorCode, string][]) => ({
  application: name,
  changes: compareRenders([], made),
  problems: problems.map(([code, object]) => ({ code, message: '', where: { object } })),
  warnings: [],
  notes: ['said before'],
});
const left = ({ problems, notes }: ApplicationPreview) => [problems.map(({ where }) => where?.object), notes];

test('a namespace or a kind that another Application brings is waited for, and no other', () => {
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fresh' } };
  const definition: KubeObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.org' },
    spec: { group: 'example.org', names: { kind: 'Widget' } },
  };
  const [first, second] = settleAcross([
    application('platform', [namespace, definition]),
    application(
      'web',
      [],
      ['kube.namespace-not-found', 'apps/Deployment fresh/web'],
      ['kube.namespace-not-found', 'Service fresh/web'],
      ['kube.namespace-not-found', 'Service gone/web'],
      ['sync.unknown-kind', 'example.org/Widget fresh/one'],
      ['sync.unknown-kind', 'example.org/Gadget fresh/one'],
      ['kube.invalid', 'apps/Deployment fresh/web'],
    ),
  ]);
  expect(first?.notes).toEqual(['said before']);
  expect(second && left(second)).toEqual([
    ['Service gone/web', 'example.org/Gadget fresh/one', 'apps/Deployment fresh/web'],
    [
      'said before',
      'the kind example.org/Widget comes with another Application of this change',
      'the namespace fresh comes with another Application of this change',
    ],
  ]);
});

test('a namespace that goes is none that comes', () => {
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fresh' } };
  const going = { ...application('platform', []), changes: compareRenders([namespace], []) };
  const waiting = application('web', [], ['kube.namespace-not-found', 'Service fresh/web']);
  expect(settleAcross([going, waiting]).map(left)).toEqual([
    [[], ['said before']],
    [['Service fresh/web'], ['said before']],
  ]);
});
