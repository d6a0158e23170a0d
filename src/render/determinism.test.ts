import { expect, test } from 'vitest';
import { disposableRenderer, forever, hosts, memoryTree, renderRequest } from '../../test/support/render.ts';
import type { RenderRequest } from './index.ts';

const random = `apiVersion: v1
kind: ConfigMap
metadata: {name: random}
data:
  alpha: {{ randAlphaNum 24 }}
  again: {{ randAlphaNum 24 }}
  bytes: {{ randBytes 16 }}
  integer: "{{ randInt 0 1000000 }}"
  uuid: {{ uuidv4 }}
  shuffled: {{ shuffle "abcdefghijklmnopqrstuvwxyz" }}
  hash: {{ htpasswd "user" "password" | quote }}
  sealed: {{ "text" | encryptAES "0123456789abcdef0123456789abcdef" }}
  now: {{ now | date "2006-01-02T15:04:05" }}
`;
const files = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'chart/templates/random.yaml': random,
  'plain/kustomization.yaml': 'resources: [a.yaml]\n',
  'plain/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
};

/** Renders the chart in a fresh renderer, after so many others, and gives its values. */
async function values(host: 'wasm' | 'native', before: number, given: Partial<RenderRequest> = {}) {
  await using renderer = disposableRenderer({ host, workers: 1 });
  for (let index = 0; index < before; index += 1) {
    await renderer.render(renderRequest('chart', { name: `other-${index}` }), memoryTree(files), forever);
    await renderer.render(renderRequest('plain', { name: `plain-${index}` }), memoryTree(files), forever);
  }
  const { objects } = await renderer.render(renderRequest('chart', given), memoryTree(files), forever);
  return objects[0]?.['data'] as Record<string, string>;
}

test('random values are the same at every render, in every worker and on both hosts', async () => {
  const first = await values('wasm', 0);
  expect(Object.keys(first)).toHaveLength(9);
  expect(first['alpha']).not.toBe(first['again']);
  for (const host of hosts)
    for (const before of [0, 1, 3]) expect(await values(host, before), `${host} ${before}`).toEqual(first);
});

test('nobody can tell them without the secret, and no two Applications share them', async () => {
  const seen = [
    await values('native', 0),
    await values('native', 0, { seed: Buffer.from('another secret') }),
    await values('native', 0, { name: 'other' }),
    await values('native', 0, { namespace: 'other' }),
  ];
  for (const key of ['alpha', 'bytes', 'uuid', 'shuffled', 'sealed']) {
    expect(new Set(seen.map((data) => data[key])).size, key).toBe(seen.length);
  }
});

test('several workers at the same time give what one gives alone', async () => {
  for (const host of hosts) {
    await using renderer = disposableRenderer({ host, workers: 3, memoryCacheBytes: 0 });
    const names = Array.from({ length: 12 }, (_, index) => `app-${index % 4}`);
    const digests = await Promise.all(
      names.map(
        async (name) => (await renderer.render(renderRequest('chart', { name }), memoryTree(files), forever)).digest,
      ),
    );
    expect(new Set(digests).size).toBe(4);
    expect(digests.slice(4, 8)).toEqual(digests.slice(0, 4));
    expect(digests.slice(8)).toEqual(digests.slice(0, 4));
  }
});
