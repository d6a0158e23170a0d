import { expect, test } from 'vitest';
import { memoryTree } from '../../test/support/render.ts';
import { locateField } from './index.ts';
import { parseFieldPath } from './locate-field.ts';

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
  const found = await locateField(files, { file: 'app/deployment.yaml', document: 1 }, field);
  expect(`${found?.line}:${found?.column}`).toBe(place);
  expect(found).toMatchObject({ file: 'app/deployment.yaml', field });
});

test('an item of a List is found by what it is', async () => {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
  expect(await locateField(files, { file: 'app/list.yaml' }, 'spec.replicas', object)).toMatchObject({
    line: 10,
    column: 10,
  });
});

test('JSON is as good as YAML', async () => {
  expect(await locateField(files, { file: 'app/object.json' }, 'spec["x.y/z"][name=b].wrong')).toMatchObject({
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
  expect(await locateField(files, origin, 'spec')).toBeUndefined();
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
