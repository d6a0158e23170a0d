import { expect, test } from 'vitest';
import { plumbError } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import type { ApiResource, KindRef, SyncCluster } from './ports.ts';
import { lookupResources } from './resources.ts';

function object(apiVersion: string, kind: string): KubeObject {
  return { apiVersion, kind, metadata: { name: 'x' } };
}

function served({ group, kind }: KindRef): ApiResource {
  return { group, version: 'v1', kind, plural: `${kind.toLowerCase()}s`, namespaced: true };
}

/** Discovery that knows ConfigMaps at once, Deployments when asked, and of whose APIs one is down. */
function discovery(): SyncCluster['discovery'] & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    find: (kind) => (kind.kind === 'ConfigMap' ? served(kind) : undefined),
    resource: async (kind) => {
      asked.push(kind.kind);
      await Promise.resolve();
      if (kind.kind === 'Deployment') return served(kind);
      if (kind.group === 'down.example') throw plumbError('kube.api-unavailable', `${kind.group} is down`);
      throw plumbError('kube.no-such-kind', 'no such kind');
    },
    resources: () => Promise.resolve([]),
    unavailable: [],
    refresh: () => Promise.resolve(),
  };
}

const signal = new AbortController().signal;

test('each kind is asked for once, and only where it is not known', async () => {
  const objects = [object('v1', 'ConfigMap'), object('apps/v1', 'Deployment'), object('apps/v1', 'Deployment')];
  const from = discovery();
  const lookup = await lookupResources(objects, from, signal);
  expect(from.asked).toEqual(['Deployment']);
  expect(lookup({ group: 'apps', version: 'v1', kind: 'Deployment' })?.plural).toBe('deployments');
  expect(lookup({ group: '', version: 'v1', kind: 'ConfigMap' })?.plural).toBe('configmaps');
  expect(lookup({ group: 'apps', version: 'v2', kind: 'Deployment' })).toBeUndefined();
});

test('a kind that nobody serves is simply not found', async () => {
  const lookup = await lookupResources([object('example.dev/v1', 'Widget')], discovery(), signal);
  expect(lookup({ group: 'example.dev', version: 'v1', kind: 'Widget' })).toBeUndefined();
});

test('an API that is down is not taken for one that is not there', async () => {
  const objects = [object('down.example/v1', 'A'), object('down.example/v1', 'B'), object('example.dev/v1', 'Widget')];
  await expect(lookupResources(objects, discovery(), signal)).rejects.toMatchObject({
    problems: [{ code: 'kube.api-unavailable' }, { code: 'kube.api-unavailable' }],
  });
});
