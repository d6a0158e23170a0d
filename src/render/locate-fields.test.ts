import { expect, test } from 'vitest';
import { memoryTree } from '../../test/support/render.ts';
import { locateFields } from './index.ts';
import { type AskedField, parseFieldPath } from './locate-fields.ts';

// The published example of the workflow: `image` and `ports` stand beside the container.
const published = `# the example
apiVersion: v1
kind: ConfigMap
metadata:
  name: first
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: nginx
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: nginx
      image: nginx:stable
      ports:
      - containerPort: 80
`;

const list = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: web}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  spec: {replicas: three}
`;

const files = memoryTree({
  'app/deployment.yaml': published,
  'app/list.yaml': list,
  'app/object.json':
    '{\n  "apiVersion": "v1",\n  "kind": "Pod",\n  "spec": {"x.y/z": [\n    {"name": "a"},\n    {"name": "b", "wrong": 1}\n  ]}\n}\n',
});

const locate = async (origin: AskedField['origin'], field: string, object?: AskedField['object']) =>
  (await locateFields(files, [{ origin, field, ...(object === undefined ? {} : { object }) }]))[0];

test.each([
  ['spec.template.spec.image', '17:7'],
  ['spec.template.spec.ports[0].containerPort', '19:9'],
  ['.spec.replicas', '12:3'],
  ['spec.template.spec.containers[0].name', '16:9'],
  ['spec.template.spec.containers[name="nginx"]', '16:9'],
  // A patch added it: the nearest that is in the file.
  ['spec.template.spec.containers[3].env', '15:7'],
  ['status.phase', '7:1'],
])('%s of the published example stands at %s', async (field, place) => {
  const found = await locate({ file: 'app/deployment.yaml', document: 1 }, field);
  expect(`${found?.line}:${found?.column}`).toBe(place);
  expect(found).toMatchObject({ file: 'app/deployment.yaml', field });
});

test('an item of a List is found by what it is', async () => {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
  expect(await locate({ file: 'app/list.yaml' }, 'spec.replicas', object)).toMatchObject({
    line: 10,
    column: 10,
  });
});

test('JSON is as good as YAML', async () => {
  expect(await locate({ file: 'app/object.json' }, 'spec["x.y/z"][name=b].wrong')).toMatchObject({
    line: 6,
    column: 19,
  });
});

test.each([
  ['a template', { file: 'app/templates/x.tpl' }],
  ['a generated object', { file: 'app/deployment.yaml', generator: 'ConfigMapGenerator' }],
  ['a file that is gone', { file: 'app/gone.yaml' }],
  ['a document that is gone', { file: 'app/deployment.yaml', document: 9 }],
  ['nothing', {}],
])('%s has no place', async (_, origin) => {
  expect(await locate(origin, 'spec')).toBeUndefined();
});

test('all that is asked of a file is found in one reading, and one that cannot be read keeps no other from it', async () => {
  const tree = memoryTree({ 'a.yaml': list, 'b.yaml': published, 'c.json': '{"kind": "Pod"}' });
  const broken: typeof tree = {
    ...tree,
    read: async (path) => {
      const content = await tree.read(path);
      if (path === 'a.yaml') throw new Error('the mirror is gone');
      return content;
    },
  };
  const asked = [
    { origin: { file: 'b.yaml', document: 1 }, field: 'spec.replicas' },
    { origin: { file: 'a.yaml' }, field: 'items' },
    { origin: { file: 'c.json' }, field: 'kind' },
    { origin: { file: 'b.yaml' }, field: 'metadata.name' },
    { origin: { file: 'a.yaml' }, field: 'kind' },
  ];
  const places = await locateFields(broken, asked);
  expect(places.map((place) => place && `${place.file}:${place.line}:${place.column}`)).toEqual([
    'b.yaml:12:3',
    undefined,
    'c.json:1:2',
    'b.yaml:5:3',
    undefined,
  ]);
  expect(tree.asked).toEqual(['read b.yaml', 'read a.yaml', 'read c.json']);
});

test('field paths are taken apart as the API server writes them', () => {
  expect(parseFieldPath('.spec.containers[0].ports[name="http"].labels["a.b/c"][protocol=TCP]')).toEqual([
    'spec',
    'containers',
    0,
    'ports',
    { key: 'name', value: 'http' },
    'labels',
    'a.b/c',
    { key: 'protocol', value: 'TCP' },
  ]);
});
