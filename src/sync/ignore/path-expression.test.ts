import { expect, test } from 'vitest';
import { compilePath } from './path-expression.ts';

const object = {
  kind: 'Deployment',
  metadata: { name: 'web', annotations: { 'a.b/c': '1', d: '2' } },
  spec: {
    replicas: 2,
    template: {
      spec: {
        initContainers: [{ name: 'injected-init' }, { name: 'own' }],
        containers: [
          {
            name: 'web',
            image: 'nginx',
            env: [
              { name: 'A', value: '1' },
              { name: 'TOKEN', value: 'x' },
            ],
          },
          { name: 'istio-proxy', image: 'istio', env: [{ name: 'TOKEN', value: 'y' }] },
        ],
      },
    },
  },
  webhooks: [{ clientConfig: { caBundle: 'a' } }, { clientConfig: { url: 'b' } }],
};

function placesIn(source: string): readonly string[] {
  const made = compilePath(source);
  if (typeof made !== 'function') throw new Error(`${made.message} at ${made.at}`);
  return made(object).map((place) => place.join('/'));
}

test.each([
  ['.spec.replicas', ['spec/replicas']],
  ['.spec["replicas"]', ['spec/replicas']],
  ['.metadata.annotations."a.b/c"', ['metadata/annotations/a.b/c']],
  ['.metadata.annotations | .["a.b/c"], .d', ['metadata/annotations/a.b/c', 'metadata/annotations/d']],
  ['.webhooks[].clientConfig.caBundle', ['webhooks/0/clientConfig/caBundle', 'webhooks/1/clientConfig/caBundle']],
  ['.webhooks[]?.clientConfig | select(.caBundle != null) | .caBundle', ['webhooks/0/clientConfig/caBundle']],
  ['.webhooks[-1]', ['webhooks/1']],
  ['.spec.template.spec.initContainers[] | select(.name == "injected-init")', ['spec/template/spec/initContainers/0']],
  [
    '.spec.template.spec.containers[].env[] | select(.name == "TOKEN") | .value',
    ['spec/template/spec/containers/0/env/1/value', 'spec/template/spec/containers/1/env/0/value'],
  ],
  ['.spec.template.spec.containers[] | select(.name | test("^ISTIO-"; "i"))', ['spec/template/spec/containers/1']],
  [
    '.spec.template.spec.containers[] | select((.name | startswith("istio")) or .image == "nginx") | .image',
    ['spec/template/spec/containers/0/image', 'spec/template/spec/containers/1/image'],
  ],
  [
    '.spec.template.spec.containers[] | select(.env | any(.value == "1")) | .name',
    ['spec/template/spec/containers/0/name'],
  ],
  ['.. | select(type == "object" and has("caBundle")) | .caBundle', ['webhooks/0/clientConfig/caBundle']],
  ['select(.kind == "Deployment") | .spec.replicas', ['spec/replicas']],
  ['select(.kind == "Job") | .spec.replicas', []],
  ['.spec.missing[].x', []],
  ['.spec.replicas.x', []],
  ['first(.spec.template.spec.containers[]) | .image', ['spec/template/spec/containers/0/image']],
  ['.spec.template.spec.containers[] | select(.env | length > 1) | .image', ['spec/template/spec/containers/0/image']],
  [
    '.spec.template.spec.containers[] | select(.env | all(.name == "TOKEN")) | .image',
    ['spec/template/spec/containers/1/image'],
  ],
  ['.metadata | select(.name | test("web") | not)', []],
] as const)('%s', (source, places) => {
  expect(placesIn(source)).toEqual(places);
});

test.each([
  ['.spec.', 6],
  ['spec', 0],
  ['.a | keys', 0],
  ['.a == 1', 0],
  ['.a[', 3],
  ['.a | select(', 12],
  ['.a ! .b', 3],
  ['.a | select(.b | test(.c))', 0],
  ['.a | select(.b | test("["))', 0],
  ['.a | input', 5],
  ['.a | select(any(.b[]; .c))', 12],
  ['.a .b | [1]', 8],
  ['('.repeat(40), 32],
])('%s is refused', (source, at) => {
  const made = compilePath(source);
  expect(made).toEqual({ at, message: expect.stringMatching(/./u) });
});

test('an expression cannot run away', () => {
  const twice = Array.from({ length: 60 }, () => '(., .)').join(' | ');
  const made = compilePath(twice);
  expect(typeof made === 'function' ? made(object) : made).toEqual([]);
  const deep = compilePath(Array.from({ length: 30 }, () => '..').join(' | '));
  expect(typeof deep === 'function' ? deep(object) : deep).toEqual([]);
});
