import fc from 'fast-check';
import { formatObject, type KubeObject } from '../../src/object.ts';
import type { Preview, PreviewChange } from '../../src/preview/types.ts';

const names = ['a', 'b', 'c', 'web', 'config-7bg8d2m4hk', 'config-fk6m2t9dbc'];
const kinds = [
  ['v1', 'ConfigMap'],
  ['v1', 'Service'],
  ['v1', 'Namespace'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
] as const;

const word = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('a', 'b', 'x', 'y', '0', '9') });
const plain = fc.oneof(word, fc.integer({ min: 0, max: 3 }), fc.boolean());
const nested = fc.dictionary(word, fc.oneof(plain, fc.dictionary(word, plain, { noNullPrototype: true })), {
  noNullPrototype: true,
  maxKeys: 3,
});

const arbitraryObject: fc.Arbitrary<KubeObject> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    name: fc.constantFrom(...names),
    namespace: fc.constantFrom('prod', 'test'),
    spec: nested,
  })
  .map(({ kind: [apiVersion, kind], name, namespace, spec }) => ({
    apiVersion,
    kind,
    metadata: kind === 'Namespace' || kind === 'ClusterRole' ? { name } : { name, namespace },
    spec,
  }));

/** Sets of objects, each with a name of its own. */
export const arbitraryObjects: fc.Arbitrary<readonly KubeObject[]> = fc.uniqueArray(arbitraryObject, {
  selector: formatObject,
  maxLength: 8,
});

/** A value that is found nowhere by chance. */
const secretValue = fc
  .tuple(fc.constantFrom('hunter', 'Ω-pass', 'line\nbreak', '"quoted"', '```'), fc.nat())
  .map(([start, number]) => `${start}-${number}-kept-quiet`);

const arbitrarySecret = fc.record({
  name: fc.constantFrom('a', 'b', 'db-7bg8d2m4hk', 'db-fk6m2t9dbc'),
  data: fc.dictionary(word, secretValue, { maxKeys: 3, noNullPrototype: true }),
  stringData: fc.dictionary(word, secretValue, { maxKeys: 3, noNullPrototype: true }),
  odd: fc.boolean(),
});
const arbitrarySecrets = fc.uniqueArray(arbitrarySecret, { selector: ({ name }) => name, maxLength: 3 });

/** Two sets of Secrets in every form that they may be written in, with all the values that must not show. */
export const arbitrarySecretSides = fc.tuple(arbitrarySecrets, arbitrarySecrets).map((sides) => {
  const values: string[] = [];
  const [base = [], head = []] = sides.map((secrets) =>
    secrets.map(({ name, data, stringData, odd }): KubeObject => {
      values.push(...Object.values(data), ...Object.values(stringData));
      const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
      const all = { data: Object.fromEntries(encoded), stringData };
      return {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name,
          namespace: 'prod',
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(all) },
        },
        // Not as the API server wants it, and no less secret.
        ...(odd ? { data: encoded.map(([, value]) => value), stringData: Object.values(stringData)[0] } : all),
      };
    }),
  );
  return { base, head, values };
});

/** A preview of one Application with these changes. */
export function previewOf(changes: readonly PreviewChange[], more: Partial<Preview> = {}): Preview {
  return {
    base: { name: 'main', commit: 'b'.repeat(40) },
    head: { name: 'feature', commit: 'a'.repeat(40) },
    applications: [{ application: 'team-a/web', changes, problems: [], warnings: [], notes: [] }],
    untouched: 0,
    problems: [],
    ...more,
  };
}
