import { expect, test } from 'vitest';
import { configMap, memberLike, preparedObject, viewOf } from '../../../test/support/sync-objects.ts';
import type { HealthStatus } from '../../health/index.ts';
import { healthOf } from './health.ts';

const overrides = 'argocd.argoproj.io/health-aggregate-overrides';

/** The health of an Application of one object that is as told and carries these annotations, and of one that is well. */
function healthWith(annotations: Readonly<Record<string, string>>, status: HealthStatus): string {
  const plain = configMap('one');
  const ill = preparedObject({ ...plain, metadata: { ...plain.metadata, annotations } });
  const well = preparedObject(configMap('well'));
  const isThere = status !== 'Missing';
  const members = [
    memberLike(well.object),
    ...(isThere ? [memberLike(ill.object, { health: { status, message: 'why' } })] : []),
  ];
  return healthOf({ objects: [ill, well], digest: '' }, viewOf(members)).status;
}

test('an object counts in the health of its Application, unless its annotations say otherwise', () => {
  for (const status of ['Degraded', 'Progressing', 'Missing', 'Unknown', 'Suspended'] as const) {
    expect(healthWith({}, status)).toBe(status);
    expect(healthWith({ 'argocd.argoproj.io/ignore-healthcheck': 'false' }, status)).toBe(status);
    expect(healthWith({ 'argocd.argoproj.io/ignore-healthcheck': 'true' }, status)).toBe('Healthy');
    expect(healthWith({ 'plumbline.dev/health': 'ignore' }, status)).toBe('Healthy');
  }
});

test('it counts with another status where its annotation says so', () => {
  const annotations = { [overrides]: 'Suspended=Healthy, Progressing=Degraded' };
  expect(healthWith(annotations, 'Suspended')).toBe('Healthy');
  expect(healthWith(annotations, 'Progressing')).toBe('Degraded');
  expect(healthWith(annotations, 'Missing')).toBe('Missing');
  expect(healthWith({ [overrides]: 'Suspended' }, 'Suspended')).toBe('Suspended');
});
