import fc from 'fast-check';
import type { Json, JsonObject, KubeObject } from '../../src/object.ts';
import type { FieldEdit } from '../../src/writeback/index.ts';
import type { Files } from './place.ts';
import { editOf, randomMap, randomValue, yamlOf } from './random-yaml.ts';

/** A kind of its own, of which no schema tells anything. */
function thing(name: string, random: fc.GeneratorValue): JsonObject {
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name }, spec: random(() => randomMap) };
}

/** A workload, as the schemas of Kubernetes know it. */
function deployment(name: string, random: fc.GeneratorValue): JsonObject {
  const names = random(fc.uniqueArray, fc.constantFrom('web', 'side', 'log'), { minLength: 1, maxLength: 3 });
  const containers = names.map((each): JsonObject => ({
    name: String(each),
    image: random(fc.constantFrom, 'nginx:stable', 'nginx', 'envoy:v1', 'registry:5000/log:1.2'),
    ...(random(fc.boolean)
      ? { args: random(fc.array, fc.constantFrom('--a', 'b c', 'yes', '8080'), { maxLength: 3 }) }
      : {}),
    ...(random(fc.boolean) ? { ports: [{ containerPort: 80, name: 'http' }, { containerPort: 81 }] } : {}),
    ...(random(fc.boolean)
      ? {
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: random(fc.constantFrom, 'true', 'x\ny\n', '') },
          ],
        }
      : {}),
  }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name }, annotations: { note: 'any' } },
    spec: {
      replicas: random(fc.nat, { max: 5 }),
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers, restartPolicy: 'Always' } },
    },
  };
}

/** The files of some objects, each in some style, alone or with others. */
export function randomManifests(random: fc.GeneratorValue, folder: string): Files {
  const count = random(fc.integer, { min: 1, max: 4 });
  const objects = Array.from({ length: count }, (_, index) =>
    random(fc.boolean) ? thing(`thing-${index}`, random) : deployment(`app-${index}`, random),
  );
  const texts = objects.map((object) => manifest(object, random));
  if (random(fc.nat, { max: 3 }) > 0)
    return Object.fromEntries(texts.map((text, index) => [`${folder}${index}.yaml`, text]));
  const ended = texts.map((text) => (text.endsWith('\n') ? text : `${text}\n`));
  return { [`${folder}all.yaml`]: ended.join(random(fc.constantFrom, '---\n', '--- # next\n', '---\n# empty\n---\n')) };
}

function manifest(object: JsonObject, random: fc.GeneratorValue): string {
  const kind = random(fc.nat, { max: 9 });
  if (kind === 0) return `${JSON.stringify(object, undefined, 2)}\n`;
  return yamlOf(object, random);
}

/** An overlay that does to its base some of what overlays do. */
export function randomOverlay(random: fc.GeneratorValue, resources: readonly string[]): string {
  const chance = (text: string): string => (random(fc.boolean) ? text : '');
  return [
    '# overlay\nresources:\n',
    ...resources.map((each) => `- ${each}\n`),
    chance('namespace: prod\n'),
    chance('namePrefix: my-\n'),
    chance('labels:\n- pairs: {team: blue} # ours\n'),
    chance('images:\n- name: nginx\n  newTag: "1.0"\n'),
    chance('commonAnnotations: {by: us}\n'),
    chance(
      'patches:\n- target: {kind: Deployment}\n  patch: |\n    - op: add\n      path: /spec/minReadySeconds\n      value: 3\n',
    ),
  ].join('');
}

/** Some edits that people and controllers make, and some that nobody does. */
export function randomEdits(object: KubeObject, random: fc.GeneratorValue): readonly FieldEdit[] {
  const { spec } = object as { readonly spec?: Json };
  const usual = usualEdits(object, random);
  if (usual.length > 0 && random(fc.boolean)) return usual;
  if (spec === undefined || spec === null || Object.keys(spec).length === 0)
    return [{ path: ['spec', 'x'], value: random(() => randomValue) }];
  const edit = editOf(spec, random);
  return [{ ...edit, path: ['spec', ...edit.path] }];
}

function usualEdits({ kind }: KubeObject, random: fc.GeneratorValue): FieldEdit[] {
  const label = { path: ['metadata', 'labels', 'new'], value: random(fc.constantFrom, 'x', 'yes', '1') };
  if (kind !== 'Deployment') return [label];
  const template = ['spec', 'template', 'spec'];
  return random(fc.subarray, [
    label,
    { path: ['spec', 'replicas'], value: random(fc.integer, { min: 6, max: 9 }) },
    {
      path: [...template, 'containers', 0, 'image'],
      value: random(fc.constantFrom, 'nginx:1.29', 'other/envoy:v2', 'log'),
    },
    { path: [...template, 'containers', 0, 'resources', 'limits', 'cpu'], value: random(fc.constantFrom, '1', '100m') },
    { path: [...template, 'restartPolicy'], value: undefined },
    { path: [...template, 'containers', { name: 'new' }], value: { image: 'x' } },
  ]);
}
