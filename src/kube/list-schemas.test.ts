import { expect, test } from 'vitest';
import { createListSchemas, listsIn } from './list-schemas.ts';

const reference = (name: string) => ({ allOf: [{ $ref: `#/components/schemas/${name}` }] });
const list = (items: object, rest: object) => ({ type: 'array', items, ...rest });

const schemas = {
  Thing: {
    properties: {
      metadata: { properties: { finalizers: list({ type: 'string' }, { 'x-kubernetes-patch-strategy': 'merge' }) } },
      spec: reference('Spec'),
    },
    'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Thing' }],
  },
  Spec: {
    properties: {
      ports: list(reference('Port'), {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'protocol'],
        'x-kubernetes-patch-merge-key': 'port',
      }),
      volumes: list(reference('Spec'), { 'x-kubernetes-patch-merge-key': 'name' }),
      order: list({ type: 'string' }, { 'x-kubernetes-list-type': 'atomic' }),
      names: list({ type: 'string' }, { 'x-kubernetes-list-type': 'set' }),
      unsaid: list(reference('Port'), {}),
    },
  },
  Port: {
    properties: {
      port: { type: 'integer' },
      protocol: { type: 'string', default: 'TCP' },
      routes: list({}, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['host'] }),
    },
  },
};

test('the lists of a kind are found wherever they are, once where a schema holds itself', () => {
  const ports = { type: 'map', keys: [{ name: 'port' }, { name: 'protocol', usual: 'TCP' }] };
  expect(Object.fromEntries(listsIn(schemas, 'Thing', 'v1') ?? [])).toEqual({
    'metadata.finalizers': { type: 'set' },
    'spec.ports': ports,
    'spec.ports[].routes': { type: 'map', keys: [{ name: 'host' }] },
    'spec.volumes': { type: 'map', keys: [{ name: 'name' }] },
    'spec.order': { type: 'atomic' },
    'spec.names': { type: 'set' },
    'spec.unsaid[].routes': { type: 'map', keys: [{ name: 'host' }] },
  });
  expect(listsIn(schemas, 'Thing', 'v2')).toBeUndefined();
});

test('the document of a group is read once for a kind', async () => {
  const asked: string[] = [];
  const reader = createListSchemas({
    async request({ path }) {
      asked.push(path);
      const body = Buffer.from(JSON.stringify({ components: { schemas } }));
      return { status: 200, contentType: 'application/json', body, json: () => JSON.parse(body.toString()) as unknown };
    },
  });
  const { signal } = new AbortController();
  for (let round = 0; round < 3; round += 1) expect((await reader.of('example.com/v1', 'Thing', signal))?.size).toBe(7);
  expect(await reader.of('v1', 'Other', signal)).toBeUndefined();
  expect(asked).toEqual(['/openapi/v3/apis/example.com/v1', '/openapi/v3/api/v1']);
});
