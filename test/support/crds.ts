import { crds } from '../../src/api/index.ts';
import type { KubeCall } from './kube-call.ts';

/** Puts Plumbline's CustomResourceDefinitions into the cluster, where they are missing, and waits for them. */
export async function installCrds(kube: KubeCall): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const crd of crds()) {
    await kube.call('POST', path, crd).catch((error: Error) => {
      if (!error.message.includes(': 409 ')) throw error;
    });
    await kube.until(
      path,
      (seen) =>
        seen.metadata.name === crd.metadata.name &&
        (seen.status?.conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True'),
      AbortSignal.timeout(30_000),
    );
  }
}
