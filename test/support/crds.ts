import { crds } from '../../src/api/index.ts';
import type { KubeCall } from './kube-call.ts';
import { limit } from './limit.ts';

/** Puts Plumbline's CustomResourceDefinitions into the cluster, where they are missing, and waits for them. */
export async function installCrds(kube: KubeCall): Promise<void> {
  for (const crd of crds()) await installDefinition(kube, crd);
}

/** Puts one CustomResourceDefinition into the cluster, where it is missing, and waits for it. */
export async function installDefinition(
  kube: KubeCall,
  crd: { readonly metadata: { readonly name: string } },
): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  await kube.call('POST', path, crd).catch((error: Error) => {
    if (!error.message.includes(': 409 ')) throw error;
  });
  await kube.until(
    path,
    (seen) =>
      seen.metadata.name === crd.metadata.name &&
      (seen.status?.conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True'),
    limit(),
  );
}

/** A definition in the group `test.plumbline.dev` whose objects may hold anything. */
export function anyDefinition(kind: string, group = 'test.plumbline.dev', version = 'v1') {
  const singular = kind.toLowerCase();
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: anything, status: anything } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, singular, plural: `${singular}s` },
      versions: [{ name: version, served: true, storage: true, subresources: { status: {} }, schema }],
    },
  };
}
