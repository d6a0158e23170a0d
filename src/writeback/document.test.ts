import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanObject } from './clean-object.ts';
import { newFile, readFile, withObject, withoutObject } from './document.ts';
import { isSame } from './fields.ts';
import type { KubeObject } from '../object.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (path: string, text: string) => readFile(path, bytes(text));
const map = (name: string, data: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n' },
  data,
});

test('a new file is JSON with two blanks and a line end, or YAML', () => {
  expect(newFile(map('a', { x: '1' }), 'json')).toBe(
    '{\n  "apiVersion": "v1",\n  "kind": "ConfigMap",\n  "metadata": {\n    "name": "a",\n    "namespace": "n"\n  },\n  "data": {\n    "x": "1"\n  }\n}\n',
  );
  expect(newFile(map('a', { x: '1', y: 'yes', z: '0777' }), 'yaml')).toBe(
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: "n"\ndata:\n  x: "1"\n  "y": "yes"\n  z: "0777"\n',
  );
});

test('what servers write is not wished', () => {
  const live = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    status: { replicas: 1 },
    spec: { replicas: 1 },
    metadata: {
      uid: 'u',
      resourceVersion: '1',
      generation: 2,
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [],
      ownerReferences: [],
      name: 'web',
      namespace: 'n',
      labels: { app: 'web', 'applyset.kubernetes.io/part-of': 'x' },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      finalizers: ['example.org/keep'],
    },
  };
  expect(cleanObject(live)).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'n', labels: { app: 'web' }, finalizers: ['example.org/keep'] },
    spec: { replicas: 1 },
  });
});

const yaml = `# Ours.
apiVersion: v1
kind: ConfigMap # a map
metadata:
  name: a
data:
  # One.
  x: "1"
  y: 'two'
---
apiVersion: v1
kind: Service
metadata:
  name: b
spec:
  ports:
  - port: 80
`;

test('a change of one object in a YAML file leaves comments, quotes and the other objects as they are', () => {
  const file = read('n/all.yaml', yaml);
  expect(file.objects.map(({ object, document }) => [object.kind, document])).toEqual([
    ['ConfigMap', 0],
    ['Service', 1],
  ]);
  const [first, second] = file.objects;
  if (first === undefined || second === undefined) throw new Error('two objects were expected');
  const data = { x: '2', y: 'two', z: 'new' };
  expect(withObject(file, first, { ...first.object, data })).toBe(
    yaml.replace('x: "1"', 'x: "2"').replace("y: 'two'", "y: 'two'\n  z: new"),
  );
  expect(withObject(file, second, second.object)).toBe(yaml);
  expect(withoutObject(file, second)).toBe(yaml.slice(0, yaml.indexOf('---')));
  expect(withoutObject(file, first)).toContain('name: b');
});

test('the last object that goes takes its file along', () => {
  const file = read('n/a.json', newFile(map('a'), 'json'));
  const [only] = file.objects;
  if (only === undefined) throw new Error('an object was expected');
  expect(withoutObject(file, only)).toBeUndefined();
});

test('an item of a List is changed and removed in its place', () => {
  const text = `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [map('a'), map('b')] }, undefined, '\t')}\n`;
  const file = read('n/list.json', text);
  const [first, second] = file.objects;
  if (first === undefined || second === undefined) throw new Error('two objects were expected');
  expect(JSON.parse(withObject(file, second, map('b', { x: '1' })))).toEqual({
    apiVersion: 'v1',
    kind: 'List',
    items: [map('a'), map('b', { x: '1' })],
  });
  expect(withoutObject(file, first)).toContain('\n\t\t{');
  expect(JSON.parse(withoutObject(file, first) ?? '')).toMatchObject({ items: [map('b')] });
});

const refusal = (path: string, text: string) => {
  try {
    read(path, text);
  } catch (error) {
    return String(error);
  }
  return '';
};

test('a file that cannot be read is told by its place, and its text is not', () => {
  expect(refusal('n/a.json', '{"password": hunter2')).toMatch(/^PlumbError: n\/a.json: the file is no JSON/);
  expect(refusal('n/a.yaml', 'a: 1\nb: [hunter2')).toMatch(/n\/a.yaml:2:\d+: the file is no YAML/);
  expect(
    refusal(
      'n/a.yaml',
      'a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c]',
    ),
  ).toMatch(/anchors/);
  expect(refusal('n/a.yaml', 'a: 1\na: 2')).toMatch(/DUPLICATE_KEY/);
  expect(() => readFile('n/a.yaml', Uint8Array.of(0xff, 0xfe))).toThrow('not in UTF-8');
});

const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'yes',
    'no',
    'on',
    '0777',
    '1e3',
    '~',
    'null',
    '2026-01-01',
    '=',
    '<<',
    '0x1f',
    '1_000',
    '.5',
    '# x',
    '- a',
  ),
);
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    // Kubernetes takes no such key, and YAML of old gives it a meaning of its own.
    fc.dictionary(
      text.filter((key) => key !== '<<'),
      tie('value'),
      { maxKeys: 3, noNullPrototype: true },
    ),
  ),
})).value;

test('any object that is written is read again as it was, and after any change as what it became', () => {
  fc.assert(
    fc.property(value, value, fc.constantFrom('json', 'yaml'), (before, after, format) => {
      const one = { ...map('a'), spec: before };
      const other = { ...map('a'), spec: after };
      const path = `n/a.${format}`;
      const file = read(path, newFile(one, format));
      const [placed] = file.objects;
      if (placed === undefined) throw new Error('an object was expected');
      expect(isSame(placed.object, one)).toBe(true);
      const [changed] = read(path, withObject(file, placed, other)).objects;
      expect(isSame(changed?.object, other)).toBe(true);
    }),
  );
});
