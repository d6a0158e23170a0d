import { installDefinition } from './crds.ts';
import type { KubeCall } from './kube-call.ts';

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const issuer = {
  type: 'object',
  properties: {
    selfSigned: { type: 'object', properties: { crlDistributionPoints: texts } },
    ca: { type: 'object', required: ['secretName'], properties: { secretName: text } },
    acme: {
      type: 'object',
      properties: {
        email: text,
        server: text,
        privateKeySecretRef: { type: 'object', properties: { name: text, key: text } },
        solvers: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    },
  },
};
const certificate = {
  type: 'object',
  required: ['secretName', 'issuerRef'],
  properties: {
    commonName: text,
    dnsNames: { ...texts, 'x-kubernetes-list-type': 'atomic' },
    duration: text,
    renewBefore: text,
    isCA: { type: 'boolean' },
    secretName: text,
    subject: { type: 'object', properties: { organizations: texts } },
    issuerRef: {
      type: 'object',
      required: ['name'],
      properties: { name: text, kind: text, group: text },
    },
    privateKey: { type: 'object', properties: { algorithm: text, size: { type: 'integer' } } },
  },
};

function definition(kind: string, scope: 'Namespaced' | 'Cluster', spec: object): { metadata: { name: string } } {
  const singular = kind.toLowerCase();
  const group = 'cert-manager.io';
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    },
  };
  const definitionOf = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group,
      scope,
      names: { kind, singular, plural: `${singular}s` },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema }],
    },
  };
  return definitionOf;
}

/** The kinds of cert-manager that the corpus uses, with schemas that drop what they do not know. */
export async function installCertManager(kube: KubeCall): Promise<void> {
  await installDefinition(kube, definition('Issuer', 'Namespaced', issuer));
  await installDefinition(kube, definition('ClusterIssuer', 'Cluster', issuer));
  await installDefinition(kube, definition('Certificate', 'Namespaced', certificate));
}
