import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlumbError } from '../errors.ts';
import { candidatePaths, checkKey, isPathSafe, objectPath, parsePrefix, placeOf } from './layout.ts';

const layout = { prefix: '', namespace: 'models', format: 'json' } as const;
const deployment = { group: 'machinelearning.seldon.io', kind: 'SeldonDeployment', namespace: 'models', name: 'iris' };

test('an object lies in a folder of its own, below its kind and its namespace', () => {
  expect(objectPath(layout, deployment)).toBe('models/SeldonDeployment/iris/iris.json');
  expect(objectPath({ ...layout, prefix: 'clusters/prod', format: 'yaml' }, deployment)).toBe(
    'clusters/prod/models/SeldonDeployment/iris/iris.yaml',
  );
});

test('where another group has the folder, the group stands in its name', () => {
  const service = { group: 'serving.knative.dev', kind: 'Service', namespace: 'models', name: 'web' };
  expect(objectPath(layout, service, 'group')).toBe('models/Service.serving.knative.dev/web/web.json');
  expect(objectPath(layout, { ...service, group: '' }, 'group')).toBe('models/Service.core/web/web.json');
  expect(placeOf(layout, 'models/Service.core/web/web.json')).toEqual({
    kind: 'Service',
    group: '',
    name: 'web',
    role: 'main',
  });
});

test('both formats and the older layout are looked for, the format of the namespace first', () => {
  expect(candidatePaths({ ...layout, format: 'yaml' }, { ...deployment, group: '' })).toEqual([
    'models/SeldonDeployment/iris/iris.yaml',
    'models/SeldonDeployment/iris/iris.json',
    'models/SeldonDeployment/iris/iris.yml',
    'models/SeldonDeployment.core/iris/iris.yaml',
    'models/SeldonDeployment.core/iris/iris.json',
    'models/SeldonDeployment.core/iris/iris.yml',
    'models/SeldonDeployment-iris.yaml',
    'models/SeldonDeployment-iris.json',
    'models/SeldonDeployment-iris.yml',
  ]);
});

const at = (path: string) => placeOf(layout, path);

test('a path tells which object is at it, in both layouts', () => {
  expect(at('models/Deployment/web/web.json')).toEqual({ kind: 'Deployment', name: 'web', role: 'main' });
  expect(at('models/Deployment/web/route.yaml')).toEqual({ kind: 'Deployment', name: 'web', role: 'side' });
  expect(at('models/Deployment-web-one.json')).toEqual({ kind: 'Deployment', name: 'web-one', role: 'old' });
  expect(at('models/Service.a.dev/web/web.yml')).toEqual({
    kind: 'Service',
    group: 'a.dev',
    name: 'web',
    role: 'main',
  });
  for (const path of ['other/Deployment/web/web.json', 'models/a/b/c/d.json', 'models/README.md', 'models/-x.json']) {
    expect(at(path)).toBeUndefined();
  }
});

const part = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,20}$/).filter(isPathSafe);

test('what is written is found again, wherever the namespace lies', () => {
  const prefixes = fc.array(part, { maxLength: 3 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(
      prefixes,
      part,
      part,
      part,
      fc.constantFrom('json', 'yaml'),
      (prefix, namespace, kind, name, format) => {
        const here = { prefix, namespace, format } as const;
        const key = { group: 'example.org', kind, namespace, name };
        for (const named of ['kind', 'group'] as const) {
          const path = objectPath(here, key, named);
          expect(candidatePaths(here, key)).toContain(path);
          expect(placeOf(here, path)).toMatchObject({ kind, name, role: 'main' });
        }
      },
    ),
  );
});

test('no key leads out of the folder of its namespace', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (kind, name) => {
      const key = { group: '', kind, namespace: 'models', name };
      try {
        checkKey(key);
      } catch (error) {
        expect(error).toBeInstanceOf(PlumbError);
        return;
      }
      expect(objectPath(layout, key)).toMatch(
        /^models\/[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*\.json$/,
      );
    }),
  );
  for (const name of ['..', '.git', 'a/b', '', 'system:view', 'CON', 'nul.txt', 'x.', '-rf', 'a\nb']) {
    expect(() => checkKey({ ...deployment, name })).toThrow('cannot be the name of a file');
  }
});

test('the folder of the annotation is taken without its slashes, and may not lead out', () => {
  expect(['', '/', '.', './', 'a', '/a/b/', './a'].map(parsePrefix)).toEqual(['', '', '', '', 'a', 'a/b', 'a']);
  for (const text of ['..', 'a/../b', 'a//b', '.git', 'a b', 'x'.repeat(600)]) {
    expect(() => parsePrefix(text)).toThrow('cannot be a folder');
  }
});
