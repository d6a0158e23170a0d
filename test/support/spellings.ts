import * as fc from 'fast-check';
import type { KubeObject } from '../../src/object.ts';

// Objects of the most used kinds, spelled in all the ways that people and generators spell them: quantities in several
// units, numbers as text, empty maps and lists, nulls, defaults written out, what only the server writes.

type Field = fc.Arbitrary<unknown>;

/** Fields that may each be left out, be null, or be one of these. */
export function fields(arbitraries: Readonly<Record<string, Field>>): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const left = Symbol('left out');
  const each = Object.values(arbitraries).map((arbitrary) =>
    fc.oneof({ weight: 3, arbitrary }, { weight: 2, arbitrary: fc.constant(left) }, fc.constant(null)),
  );
  return fc.tuple(...each).map((values) => {
    const named = Object.keys(arbitraries).map((name, index) => [name, values[index]] as const);
    return Object.fromEntries(named.filter(([, value]) => value !== left));
  });
}

export const among = (...values: readonly unknown[]): Field => fc.constantFrom(...values);

/** The fields that are there, and others that may be. */
export function object(always: object, others: Readonly<Record<string, Field>>): Field {
  return fields(others).map((some) => ({ ...always, ...some }));
}

export const quantity = among(
  '1',
  1,
  '1000m',
  0.5,
  '0.5',
  '500m',
  '1024Mi',
  '1Gi',
  '1e3',
  '1000000k',
  1_073_741_824,
  '0.001Gi',
);
export const portName = among(80, 'http', 8080);
export const share = among(1, '25%', '1%', '100%');
export const texts = among({}, { a: '' }, { a: 'b', 'example.dev/c': '80' });

const metadata = (name: string): Field =>
  object(
    { name },
    {
      labels: texts,
      annotations: among({}, { a: '' }, { 'kubectl.kubernetes.io/last-applied-configuration': '{"a": 1}\n' }),
      creationTimestamp: among('2020-01-01T00:00:00Z'),
      finalizers: among([]),
      ownerReferences: among([]),
      managedFields: among([]),
      resourceVersion: among('', '1'),
      uid: among('', '0c0e0a4e-0000-4000-8000-000000000000'),
      generation: among(3),
    },
  );

export function kind(
  apiVersion: string,
  name: string,
  content: Readonly<Record<string, Field>>,
): fc.Arbitrary<KubeObject> {
  const named = metadata(name.toLowerCase());
  return fc
    .tuple(named, fc.record(content))
    .map(([given, body]) => ({ apiVersion, kind: name, metadata: given, ...withoutLeft(body) }) as KubeObject);
}

/** `omitted` stands for a field of the object itself that is not there. */
const omitted = Symbol('omitted');
function withoutLeft(body: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== omitted));
}
export const optional = (...values: readonly unknown[]): Field => among(omitted, null, ...values);

const resources = fc.oneof(
  among({}),
  object({}, { requests: fields({ cpu: quantity, memory: quantity }) }),
  object({}, { limits: fields({ cpu: quantity, memory: quantity }), claims: among([]) }),
);
const probe = object(
  {},
  {
    initialDelaySeconds: among(0, 5),
    periodSeconds: among(10),
    terminationGracePeriodSeconds: among(10),
  },
);
const container = object(
  { name: 'web', image: 'nginx' },
  {
    ports: among([], [{ containerPort: 80 }], [{ containerPort: 80, name: 'http', protocol: 'TCP', hostPort: null }]),
    env: among(
      [],
      [{ name: 'A', value: '' }],
      [{ name: 'A' }, { name: 'B', value: null }],
      [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    ),
    envFrom: among([], [{ configMapRef: { name: 'a', optional: null } }]),
    resources,
    securityContext: among({}, { capabilities: { drop: ['ALL'], add: [] } }, { capabilities: {} }),
    livenessProbe: fc
      .tuple(probe, portName)
      .map(([one, port]) => ({ ...(one as object), httpGet: { path: '/', port } })),
    command: among([], ['a', 'a']),
    volumeMounts: among([]),
    imagePullPolicy: among('Always'),
    lifecycle: among({}),
    workingDir: among(''),
    tty: among(false, true),
  },
);
const volume = fc.oneof(
  among({ emptyDir: {} }, { emptyDir: null }, { configMap: { name: 'a', defaultMode: 420, items: [] } }),
  quantity.map((sizeLimit) => ({ emptyDir: { sizeLimit } })),
);
const podSpec = (always: object = {}): Field =>
  fc
    .tuple(
      container,
      fields({
        initContainers: among([]),
        volumes: fc
          .array(volume, { maxLength: 2 })
          .map((all) => all.map((one, at) => ({ name: `v${at}`, ...(one as object) }))),
        nodeSelector: texts,
        tolerations: among([], [{ operator: 'Exists' }]),
        affinity: among(
          {},
          { nodeAffinity: {} },
          { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
        ),
        securityContext: among({}, { runAsUser: 0, sysctls: [] }),
        terminationGracePeriodSeconds: among(30, 0),
        dnsPolicy: among('ClusterFirst'),
        dnsConfig: among({}),
        imagePullSecrets: among([], [{ name: 'a' }], [{}]),
        serviceAccountName: among('', 'other'),
        topologySpreadConstraints: among([]),
        hostAliases: among([]),
        hostNetwork: among(false),
        readinessGates: among([]),
      }),
    )
    .map(([one, more]) => ({ ...more, ...always, containers: [one] }));
export const selector = { matchLabels: { app: 'web' } };
export const template = (always: object = {}): Field =>
  fc
    .tuple(podSpec(always), fields({ annotations: texts, creationTimestamp: among(null), name: among('') }))
    .map(([spec, more]) => ({ metadata: { ...more, labels: { app: 'web' } }, spec }));
export const workloadStatus = optional({}, { replicas: 0, availableReplicas: 0 });
