import { describe, expect, test } from 'vitest';
import { plumbError } from '../../errors.ts';
import { formatKey, keyOf, type KubeObject, type ManagedFieldsEntry } from '../../object.ts';
import type { PreparedObject } from '../../sync/index.ts';
import type { CaptureSettings } from './capture-state.ts';
import { collectDrift, type CollectOptions } from './collect.ts';
import { detailsOf, summaryOf, writersOf } from './describe.ts';

const label = { 'applyset.kubernetes.io/part-of': 'mine' };
const settings: CaptureSettings = { mode: 'commit', quietPeriod: 1_000, meanwhile: 'Hold', ignoreManagers: ['bot'] };

const entry = (manager: string, field: string, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  time: '2026-11-21T10:00:00Z',
  fieldsV1: { 'f:spec': { [`f:${field}`]: {} } },
  ...more,
});

function deployment(replicas: number, managedFields: readonly ManagedFieldsEntry[]): KubeObject {
  const metadata = { name: 'web', namespace: 'prod', labels: label, managedFields };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas } };
}

const desiredOf = (object: KubeObject): PreparedObject => ({
  id: formatKey(keyOf(object)),
  key: keyOf(object),
  object,
  digest: '',
  resource: { group: 'apps', version: 'v1', kind: object.kind, plural: '', namespaced: true },
  definedHere: false,
});

const desired = deployment(2, []);
const applied = deployment(2, [entry('plumbline', 'replicas', { operation: 'Apply' })]);

/** Collects from a cluster that holds this and has these autoscalers. */
function collect(live: KubeObject | undefined, autoscalers: readonly KubeObject[] | 'forbidden' = []) {
  const cluster: CollectOptions['cluster'] = {
    get: () => Promise.resolve(live),
    apply: (_, { dryRun }) => (dryRun ? Promise.resolve(applied) : Promise.reject(new Error('nothing may be applied'))),
    async *list() {
      if (autoscalers === 'forbidden') throw plumbError('kube.forbidden', 'no');
      yield* autoscalers;
    },
  };
  const signal = new AbortController().signal;
  return collectDrift([desiredOf(desired)], { cluster, settings, fieldManager: 'plumbline', signal });
}

const never = () => {
  throw new Error('it was read');
};

const autoscaler = (name: string): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'scaler', namespace: 'prod' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
});

describe('what is captured', () => {
  test('is what a person changed, also with kubectl scale; the commit says who, what and when', async () => {
    for (const more of [{}, { subresource: 'scale' }]) {
      const drift = await collect(deployment(5, [entry('kubectl', 'replicas', more)]), [autoscaler('other')]);
      expect(drift.left).toEqual([]);
      expect(summaryOf(drift)).toBe('spec.replicas of apps/Deployment prod/web');
      expect(detailsOf(drift)).toBe(
        'apps/Deployment prod/web: spec.replicas changed by kubectl (Update, 2026-11-21T10:00:00Z)',
      );
      expect(writersOf(drift).map(({ manager }) => manager)).toEqual(['kubectl']);
    }
  });

  test.each<[string, KubeObject | undefined, Parameters<typeof collect>[1], RegExp]>([
    [
      'an autoscaler wrote',
      deployment(5, [entry('kube-controller-manager', 'replicas', { subresource: 'scale' })]),
      [],
      /is scaled by kube-controller-manager/,
    ],
    [
      'belongs to an autoscaler, whoever wrote it',
      deployment(5, [entry('kubectl', 'replicas')]),
      [autoscaler('web')],
      /belongs to the HorizontalPodAutoscaler prod\/scaler/,
    ],
    ['an ignored manager wrote', deployment(5, [entry('bot', 'replicas')]), [], /changed by bot, which is ignored/],
    ['was deleted with its object', undefined, [], /was deleted, and that is never captured/],
    [
      'is of an object that is no member any more',
      { ...deployment(5, []), metadata: { name: 'web', namespace: 'prod' } },
      [],
      /has lost the label/,
    ],
  ])('is nothing that %s', async (_, live, autoscalers, reason) => {
    const drift = await collect(live, autoscalers);
    expect(drift.objects).toEqual([]);
    expect(drift.left.map((each) => each.reason).join()).toMatch(reason);
  });

  test('is told by field managers alone where autoscalers may not be listed', async () => {
    expect((await collect(deployment(5, [entry('kubectl', 'replicas')]), 'forbidden')).objects).toHaveLength(1);
  });

  test('is nothing of a Secret, and nothing is read of it', async () => {
    const secret: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token', namespace: 'prod' } };
    const options = { settings, fieldManager: 'plumbline', signal: new AbortController().signal };
    const drift = await collectDrift([desiredOf(secret)], {
      ...options,
      cluster: { get: never, apply: never, list: never },
    });
    expect(drift).toEqual({
      objects: [],
      left: [{ reason: expect.stringContaining('plain text') as string, isOwned: false }],
    });
  });
});
