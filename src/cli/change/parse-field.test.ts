import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editedObject } from './edited-object.ts';
import { parseFieldEdit } from './parse-field.ts';

test.each([
  ['spec.replicas=3', ['spec', 'replicas'], 3],
  ['spec.paused=true', ['spec', 'paused'], true],
  ['spec.paused-', ['spec', 'paused'], undefined],
  ['metadata.labels.my-app=web', ['metadata', 'labels', 'my-app'], 'web'],
  ['metadata.labels.my-app-', ['metadata', 'labels', 'my-app'], undefined],
  ['metadata.labels["app.kubernetes.io/name"]=web', ['metadata', 'labels', 'app.kubernetes.io/name'], 'web'],
  ['spec.containers[name=web].image=nginx:1.29', ['spec', 'containers', { name: 'web' }, 'image'], 'nginx:1.29'],
  ['ports[containerPort=80,protocol=TCP].name=http', ['ports', { containerPort: 80, protocol: 'TCP' }, 'name'], 'http'],
  ['args[0]="yes"', ['args', 0], 'yes'],
  ['data.text=', ['data', 'text'], ''],
  ['data.when=2026-11-22', ['data', 'when'], '2026-11-22'],
  ['spec.limits={cpu: 1, memory: 2Gi}', ['spec', 'limits'], { cpu: 1, memory: '2Gi' }],
  ['data.query=a=b', ['data', 'query'], 'a=b'],
  ['spec.nothing=null', ['spec', 'nothing'], null],
])('%s', async (text, path, value) => {
  expect(await parseFieldEdit(text)).toEqual({ path, value });
});

test.each(['', '=3', 'spec', 'spec.', '.spec=1', 'spec..replicas=1', 'a[=1', 'a[x]=1', 'a b=1', 'a={b: '])(
  '%s is no field with a value',
  async (text) => {
    await expect(parseFieldEdit(text)).rejects.toMatchObject({ code: 'cli.usage' });
  },
);

test('any name is a field in brackets, and any JSON a value', async () => {
  const name = fc.string({ minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 4 }), fc.jsonValue(), async (path, value) => {
      const text = `${path.map((step) => `[${JSON.stringify(step)}]`).join('')}=${JSON.stringify(value)}`;
      expect(await parseFieldEdit(text)).toEqual({ path, value: JSON.parse(JSON.stringify(value)) as unknown });
    }),
  );
});

test('fields are made on the way, and items of lists are not', () => {
  const object = { spec: { containers: [{ name: 'web' }] } };
  const set = (...path: (string | number | Record<string, string>)[]) => editedObject(object, [{ path, value: 1 }]);
  expect(set('spec', 'a', 'b')).toEqual({ spec: { ...object.spec, a: { b: 1 } } });
  expect(set('spec', 'containers', { name: 'web' }, 'x')).toEqual({ spec: { containers: [{ name: 'web', x: 1 }] } });
  expect(() => set('spec', 'containers', { name: 'wbe' }, 'x')).toThrow(/no item \[name=wbe\]/);
  expect(() => set('spec', 'containers', 1, 'x')).toThrow(/no item \[1\]/);
});
