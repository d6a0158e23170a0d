import type { KubeObject } from '../../src/object.ts';

/** A definition as a generator writes it, with the parts of which a server makes something else. */
export function thingDefinition(group: string): KubeObject {
  const size = { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] };
  const port = {
    type: 'object',
    required: ['port'],
    properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, note: { type: 'string' } },
  };
  const spec = {
    type: 'object',
    properties: {
      count: { type: 'integer', default: 3 },
      maybe: { type: 'string', nullable: true, default: 'something' },
      size,
      share: size,
      nested: { type: 'object', default: {}, properties: { deep: { type: 'boolean', default: true } } },
      names: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      ports: {
        type: 'array',
        items: port,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'protocol'],
      },
      atomic: { type: 'array', items: port },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      template: {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        'x-kubernetes-preserve-unknown-fields': true,
      },
    },
  };
  const status = { type: 'object', properties: { phase: { type: 'string' } } };
  const versions = [
    {
      name: 'v1',
      served: true,
      storage: true,
      subresources: { status: {} },
      additionalPrinterColumns: [],
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            metadata: { type: 'object' },
            spec,
            status,
          },
        },
      },
    },
    {
      name: 'v1beta1',
      served: true,
      storage: false,
      deprecated: true,
      subresources: { status: {} },
      schema: { openAPIV3Schema: { type: 'object', properties: { spec, status } } },
    },
  ];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `things.${group}`,
      annotations: { 'controller-gen.kubebuilder.io/version': '(devel)' },
      creationTimestamp: null,
    },
    spec: {
      group,
      names: {
        kind: 'Thing',
        listKind: 'ThingList',
        plural: 'things',
        singular: 'thing',
        shortNames: [],
        categories: [],
      },
      scope: 'Namespaced',
      preserveUnknownFields: false,
      conversion: { strategy: 'None' },
      versions,
    },
    status: { acceptedNames: { kind: '', plural: '' }, conditions: [], storedVersions: [] },
  } as unknown as KubeObject;
}

/** Objects of that kind, at both of its versions, in spellings of which the server makes others. */
export function things(group: string, namespace: string): readonly KubeObject[] {
  const specs: readonly object[] = [
    {},
    { count: null, maybe: null, nested: {}, names: ['b', 'a'], ports: [{ port: 80 }, { port: 80, protocol: 'UDP' }] },
    {
      size: '1000m',
      share: 80,
      atomic: [{ port: 1 }, { port: 1 }],
      labels: {},
      free: { any: null, list: [null, 1.5] },
    },
    { size: 1, share: '80%', nested: null, names: [], ports: [], labels: { a: '' }, free: {} },
    { template: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', creationTimestamp: null }, data: {} } },
  ];
  return ['v1', 'v1beta1'].flatMap((version) =>
    specs.map(
      (spec, index) =>
        ({
          apiVersion: `${group}/${version}`,
          kind: 'Thing',
          metadata: { name: `${version}-${index}`, namespace, creationTimestamp: null, annotations: null },
          spec,
          status: {},
        }) as unknown as KubeObject,
    ),
  );
}
